package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.optim.StateType;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option for the type of the optimizer's state. */
final class StateOption {
    private static final Map<String, StateType> TYPES =
            Map.of("f32", StateType.F32, "bf16", StateType.BF16, "int8", StateType.INT8);

    @Option(
            names = "--state",
            paramLabel = "TYPE",
            defaultValue = "f32",
            description =
                    "The numbers that the rule keeps for each weight, such as moments, are stored as f32, bf16 (half"
                        + " the memory) or int8 (a quarter; biases and layers of fewer than 4,096 weights stay f32)."
                        + " What is lost is rounded at random, by --seed (default: ${DEFAULT-VALUE})")
    private String state;

    void check() {
        if (!TYPES.containsKey(state)) {
            throw new UsageException("--state must be f32, bf16 or int8: " + state);
        }
    }

    StateType type() {
        return TYPES.get(state);
    }

    @Override
    public String toString() {
        return state;
    }
}
