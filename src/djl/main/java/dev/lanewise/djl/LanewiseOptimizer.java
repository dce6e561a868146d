package dev.lanewise.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.optimizer.Optimizer;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.MatrixShape;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * A rule of Lanewise as the optimizer of a DJL {@code Trainer}:
 *
 * {@snippet :
 * new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
 *         .optOptimizer(new LanewiseOptimizer(new AdamW(new WarmupCosine(1e-3, 100, 10_000))));
 * }
 *
 * <p>A step updates the parameter in the memory of DJL's engine, which the PyTorch engine lends for dense arrays on the
 * processor. Any other parameter is copied before the step and after it, which takes many times longer; the log has one line
 * about it. As DJL's own optimizers do, a step sets the gradient to 0 afterwards.
 *
 * <p>The learning rate and the weight decay are those of the rule. Each parameter has an {@link dev.lanewise.optim.Optimizer} of
 * its own, whose steps count from 0, so what the options do with norms, such as clipping, they do for each parameter alone. A
 * rule for each parameter leaves some without decay:
 *
 * {@snippet :
 * AdamW rule = new AdamW(1e-3);
 * new LanewiseOptimizer(weight -> weight.getName().equals("bias") ? rule.withWeightDecay(0) : rule, StepOptions.DEFAULT);
 * }
 *
 * <p>A parameter with two dimensions is a matrix of outputs × inputs for rules such as {@link dev.lanewise.optim.Muon}.
 *
 * <p>The application runs with {@code --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED}. The memory of a
 * parameter must stay where it is and as long as its trainer is open; a step of a parameter that was moved is refused.
 */
public final class LanewiseOptimizer extends Optimizer {
    private static final System.Logger LOG = System.getLogger(LanewiseOptimizer.class.getName());
    private static final AtomicBoolean COPY_LOGGED = new AtomicBoolean();

    private final Function<? super NDArray, ? extends UpdateRule> rules;
    private final StepOptions options;

    /** The trained parameters, by their identifier and device. */
    private final Map<String, Trained> trained = new ConcurrentHashMap<>();

    /**
     * Makes an optimizer that applies one rule to all parameters, with the default options.
     *
     * @param rule the rule
     */
    public LanewiseOptimizer(UpdateRule rule) {
        this(rule, StepOptions.DEFAULT);
    }

    /**
     * Makes an optimizer that applies one rule to all parameters.
     *
     * @param rule the rule
     * @param options the options of each step
     * @throws IllegalArgumentException if the options zero the gradients, which DJL's optimizers do anyway, or have a loss scale,
     *     which belongs to one optimizer
     */
    public LanewiseOptimizer(UpdateRule rule, StepOptions options) {
        this(constant(rule), options);
    }

    private static Function<NDArray, UpdateRule> constant(UpdateRule rule) {
        Objects.requireNonNull(rule, "rule");
        return weight -> rule;
    }

    /**
     * Makes an optimizer with a rule for each parameter.
     *
     * @param rules the rule of a parameter, which has a shape and DJL's name for it, such as {@code weight}, {@code bias} or
     *     {@code gamma}; it is called once for each parameter, at its first step
     * @param options the options of each step
     * @throws IllegalArgumentException if the options zero the gradients or have a loss scale
     */
    public LanewiseOptimizer(Function<? super NDArray, ? extends UpdateRule> rules, StepOptions options) {
        super(new Builder());
        if (options.zeroGradients()) {
            throw new IllegalArgumentException("zeroGradients must be false, since each step does so anyway: true");
        }
        if (options.lossScale() != null) {
            throw new IllegalArgumentException(
                    "lossScale must be null, since each parameter has an optimizer of its own: " + options.lossScale());
        }
        this.rules = Objects.requireNonNull(rules, "rules");
        this.options = options;
    }

    /**
     * Returns the optimizer of each parameter that has been updated, to save its {@link dev.lanewise.optim.Checkpoint} or to read its
     * {@link dev.lanewise.optim.StepReport}.
     *
     * @return DJL's identifier of the parameter, an {@code @} and the device → the optimizer
     */
    public Map<String, dev.lanewise.optim.Optimizer> optimizers() {
        Map<String, dev.lanewise.optim.Optimizer> optimizers = new TreeMap<>();
        trained.forEach((id, parameter) -> optimizers.put(id, parameter.optimizer));
        return optimizers;
    }

    /**
     * Updates a parameter and sets its gradient to 0. DJL's trainer calls this.
     *
     * @param parameterId DJL's identifier
     * @param weight the parameter, of float32
     * @param grad its gradient, of float32
     * @throws IllegalArgumentException if the parameter or its gradient has another type, or another length than in the first step
     * @throws IllegalStateException if the memory of the parameter was moved
     */
    @Override
    public void update(String parameterId, NDArray weight, NDArray grad) {
        check("weight", weight);
        check("grad", grad);
        trained.computeIfAbsent(parameterId + "@" + weight.getDevice(), id -> new Trained(id, weight))
                .step(weight, grad);
    }

    private static void check(String name, NDArray array) {
        if (array.getDataType() != DataType.FLOAT32) {
            throw new IllegalArgumentException(name + " must be of float32: " + array.getDataType());
        }
    }

    /** Sets the gradient to 0 in an engine that has no call for it. */
    private static void zeroGradient(NDArray weight) {
        try (NDArray gradient = weight.getGradient()) {
            MemorySegment memory = memory(gradient);
            if (memory == null) {
                gradient.set(FloatBuffer.allocate(Math.toIntExact(gradient.size())));
            } else {
                memory.fill((byte) 0);
            }
        }
    }

    /** The PyTorch engine's call, in a class that is loaded only where the engine is present. */
    private static final class PyTorch {
        static boolean has(NDArray weight) {
            return weight.getClass().getName().equals("ai.djl.pytorch.engine.PtNDArray");
        }

        static void zeroGradient(NDArray weight) {
            JniUtils.zeroGrad((PtNDArray) weight);
        }
    }

    /** {@return the shape of the weight of a linear layer, for rules of matrices; null for other parameters} */
    private static MatrixShape shape(Shape shape) {
        return shape.dimension() != 2 || shape.size() == 0
                ? null
                : MatrixShape.outputsByInputs(Math.toIntExact(shape.get(0)), Math.toIntExact(shape.get(1)));
    }

    /** {@return the memory of an array; null where the engine does not lend it} An engine that copies gives another address each time. */
    private static MemorySegment memory(NDArray array) {
        MemorySegment once = direct(array), again = direct(array);
        return once == null || again == null || once.address() != again.address() ? null : once;
    }

    /**
     * {@return the memory of an array, or of a copy of it; null where that is on the heap} The address of a dense array is the
     * same each time.
     */
    private static MemorySegment direct(NDArray array) {
        if (array.getDevice().isGpu()) {
            return null;
        }
        MemorySegment segment = MemorySegment.ofBuffer(array.toByteBuffer(true));
        return segment.isNative() ? segment : null;
    }

    /** A parameter with its optimizer, which updates the memory of the engine or a copy of it. */
    private final class Trained {
        private final String id;
        private final MemorySegment memory;
        private final FloatSpan parameters;
        private final dev.lanewise.optim.Optimizer optimizer;
        private final boolean inPyTorch;

        Trained(String id, NDArray weight) {
            this.id = id;
            this.inPyTorch = PyTorch.has(weight);
            this.memory = memory(weight);
            if (memory == null && COPY_LOGGED.compareAndSet(false, true)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "parameters are copied before each step and after it, which is many times slower, because the"
                                + " engine does not lend their memory: {0} of {1} on {2}",
                        id,
                        weight.getShape(),
                        weight.getDevice());
            }
            this.parameters = FloatSpan.of(
                    memory == null ? MemorySegment.ofArray(new float[Math.toIntExact(weight.size())]) : memory);
            ParameterGroup all = new ParameterGroup("all", 0, weight.size(), rules.apply(weight))
                    .withShape(shape(weight.getShape()));
            this.optimizer = new dev.lanewise.optim.Optimizer(parameters, List.of(all), options);
        }

        void step(NDArray weight, NDArray grad) {
            MemorySegment direct = direct(grad);
            FloatSpan gradients = direct == null ? FloatSpan.of(grad.toFloatArray()) : FloatSpan.of(direct);
            if (memory == null) {
                parameters.copyFrom(FloatSpan.of(weight.toFloatArray()));
                optimizer.step(gradients);
                weight.set(FloatBuffer.wrap(parameters.array()));
            } else {
                checkMemory(direct(weight));
                optimizer.step(gradients);
            }
            if (inPyTorch) {
                PyTorch.zeroGradient(weight);
            } else if (weight.hasGradient()) {
                zeroGradient(weight);
            }
        }

        private void checkMemory(MemorySegment now) {
            if (now == null || now.address() != memory.address() || now.byteSize() != memory.byteSize()) {
                throw new IllegalStateException("the memory of parameter " + id
                        + " must stay where it was when its first step was taken: " + memory + ", now " + now);
            }
        }
    }

    /** DJL's constructor needs one; all that it sets is in the rule and the options. */
    private static final class Builder extends OptimizerBuilder<Builder> {
        @Override
        protected Builder self() {
            return this;
        }
    }
}
