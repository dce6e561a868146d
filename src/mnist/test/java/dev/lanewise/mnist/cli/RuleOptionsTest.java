package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.optim.AdEMAMix;
import dev.lanewise.optim.AdaBelief;
import dev.lanewise.optim.UpdateRule;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class RuleOptionsTest {
    private static Map<String, Object> given(String... options) {
        CommandSpec spec = RuleOptions.spec();
        new CommandLine(spec).parseArgs(options);
        return RuleOptions.given(spec);
    }

    private static UpdateRule rule(String name, String... options) {
        return RuleOption.ALL.stream()
                .filter(rule -> rule.name().equals(name))
                .findFirst()
                .orElseThrow()
                .with(given(options));
    }

    @Test
    void whatIsOnByDefaultCanBeTurnedOff() {
        assertEquals(Map.of("--rectify", false, "--amsgrad", true), given("--no-rectify", "--amsgrad"));
        assertEquals(new AdaBelief(), rule("adabelief", "--rectify"));
        assertEquals(
                new AdaBelief().withRectify(false).withDecoupledWeightDecay(false),
                rule("adabelief", "--no-rectify", "--no-decoupled-weight-decay"));
    }

    @Test
    void numbersOfStepsAreOptions() {
        assertEquals(new AdEMAMix().withBeta3Warmup(500), rule("ademamix", "--beta3-warmup", "500"));
    }
}
