package dev.lanewise.mnist.lab;

import dev.lanewise.optim.AdEMAMix;
import dev.lanewise.optim.AdaBelief;
import dev.lanewise.optim.Adafactor;
import dev.lanewise.optim.Adan;
import dev.lanewise.optim.Adopt;
import dev.lanewise.optim.Asgd;
import dev.lanewise.optim.Lamb;
import dev.lanewise.optim.Lars;
import dev.lanewise.optim.Muon;
import dev.lanewise.optim.NovoGrad;
import dev.lanewise.optim.Prodigy;
import dev.lanewise.optim.ScheduleFreeAdamW;
import dev.lanewise.optim.ScheduleFreeSgd;
import dev.lanewise.optim.Signum;
import dev.lanewise.optim.UpdateRule;

/** Update rules that came after the lecture or that it leaves out, each with the rate in the middle of its search. */
public enum LaterRule {
    SIGNUM("Signum", new Signum(), 1e-4),
    ASGD("ASGD", new Asgd(), 0.1),
    ADABELIEF("AdaBelief", new AdaBelief(), 1e-3),
    ADAN("Adan", new Adan(), 1e-3),
    ADEMAMIX("AdEMAMix", new AdEMAMix(), 3e-4),
    ADOPT("ADOPT", new Adopt(), 1e-3),
    NOVOGRAD("NovoGrad", new NovoGrad(), 1e-3),
    LARS("LARS", new Lars().withMomentum(0.9), 1),
    LAMB("LAMB", new Lamb(), 3e-3),
    ADAFACTOR("Adafactor", new Adafactor(), 0.03),
    MUON("Muon", new Muon().withWeightDecay(0.01), 0.01),
    SCHEDULE_FREE_SGD("Schedule-Free SGD", new ScheduleFreeSgd(), 1),
    SCHEDULE_FREE_ADAMW("Schedule-Free AdamW", new ScheduleFreeAdamW(), 2.5e-3),
    PRODIGY("Prodigy", new Prodigy(), 1);

    /** The name on the page. */
    public final String text;

    /** The rule with its hyperparameters. */
    public final UpdateRule rule;

    /** The rate in the middle of the search. */
    public final double middle;

    LaterRule(String text, UpdateRule rule, double middle) {
        this.text = text;
        this.rule = rule;
        this.middle = middle;
    }
}
