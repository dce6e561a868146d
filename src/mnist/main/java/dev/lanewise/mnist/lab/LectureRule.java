package dev.lanewise.mnist.lab;

import dev.lanewise.optim.Adam;
import dev.lanewise.optim.AdamV0;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Lion;
import dev.lanewise.optim.NormalizedSgd;
import dev.lanewise.optim.RmsProp;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.UpdateRule;

/** The lecture's update rules in its order, each with the rate in the middle of its search. */
public enum LectureRule {
    SGD("SGD", new Sgd().withMomentum(0.9), 0.03),
    RPROP("RProp", new NormalizedSgd(), 0.01),
    RMSPROP("RMSProp", new RmsProp().withMomentum(0.9), 1e-4),
    ADAM_V0("Adam v0", new AdamV0(), 1e-4),
    ADAM("Adam", new Adam(), 1e-3),
    AMSGRAD("AMSGrad", new Adam().withAmsgrad(true), 1e-3),
    ADAMW("AdamW", new AdamW(), 1e-3),
    LION("Lion", new Lion().withWeightDecay(0.1), 3e-4);

    /** The name on the page. */
    public final String text;

    /** The rule with its hyperparameters. */
    public final UpdateRule rule;

    /** The rate in the middle of the search. */
    public final double middle;

    LectureRule(String text, UpdateRule rule, double middle) {
        this.text = text;
        this.rule = rule;
        this.middle = middle;
    }

    /** {@return the bytes of state for each parameter} */
    public int bytes() {
        return Float.BYTES * rule.state().size();
    }

    /** {@return the hyperparameters of the rule beside the rate, without those that are off} */
    public String settings() {
        return rule.toString()
                .replaceAll("^\\w+\\[learningRate=[^,]*, |]$", "")
                .replaceAll("(, )?\\w+=(0\\.0|false|NONE)(?=,|$)", "")
                .replaceAll("^, ", "")
                .replace("normScope=GROUP", "the norm of each layer")
                .replace("weightDecay", "weight decay")
                .replace("=true", "")
                .replace("=", " ")
                .replace("1.0E-8", "1e-8");
    }
}
