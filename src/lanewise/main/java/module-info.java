/**
 * SIMD kernels for training neural networks, in pure Java: optimizer update rules as fused loops over flat buffers,
 * learning-rate schedules and finders, and the matrix products of a small multi-layer perceptron.
 *
 * <p>Three promises hold everywhere. <b>At the limit:</b> a step runs at memory bandwidth, or at the CPU's divide and square-root
 * throughput, whichever is slower, and allocates nothing. <b>Bit for bit:</b> the same inputs give the same bits with any vector
 * width, number of threads and storage, and without vectors, but for the sign and the payload of a NaN, which differ between processors.
 * <b>No cliff:</b> nothing that an application does with segments or
 * vectors makes a kernel many times slower.
 *
 * <h2>What to call, in what order</h2>
 *
 * <ol>
 * <li>Put all parameters into one buffer and all gradients into another of the same layout, arrays or native memory, and make a
 *     {@link dev.lanewise.memory.FloatSpan} of each: a view, nothing is copied.
 * <li>Choose a rule, such as {@link dev.lanewise.optim.AdamW}, and a number or a
 *     {@linkplain dev.lanewise.schedule.Schedule schedule} for its learning rate. If parts of the parameters need different ones,
 *     make them {@linkplain dev.lanewise.optim.ParameterGroup groups}.
 * <li>Choose in {@link dev.lanewise.optim.StepOptions} what a step does besides the rule: threads, clipping, the policy for gradients
 *     that are not finite, statistics, an average of the parameters.
 * <li>Create an {@link dev.lanewise.optim.Optimizer}. It owns the state.
 * <li>After each backward pass call {@link dev.lanewise.optim.Optimizer#step(dev.lanewise.memory.FloatSpan) step}, and read the
 *     {@linkplain dev.lanewise.optim.StepReport report} that it returns.
 * <li>Save a {@link dev.lanewise.optim.Checkpoint} from time to time. Training that is resumed from it gives the same bits as training
 *     that was never interrupted.
 * </ol>
 *
 * {@snippet :
 * float[] parameters = new float[100_000], gradients = new float[100_000];
 * try (Workers workers = Workers.of(2)) {
 *     List<ParameterGroup> groups = List.of(
 *             new ParameterGroup("weights", 0, 99_000, new AdamW(new WarmupCosine(1e-3, 50, 1_000))),
 *             new ParameterGroup("biases", 99_000, 1_000, new AdamW(1e-3).withWeightDecay(0)));
 *     StepOptions options = StepOptions.DEFAULT
 *             .withWorkers(workers)
 *             .withClipping(Clipping.byNorm(1))
 *             .withNonFinitePolicy(NonFinitePolicy.SKIP)
 *             .withStatistics(true);
 *     Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), groups, options);
 *     for (int step = 0; step < 1_000; step++) {
 *         gradients[step] = 1; // the backward pass
 *         StepReport report = optimizer.step(FloatSpan.of(gradients));
 *         if (report.applied() && report.group("weights").updateRatio() > 0.5) {
 *             System.out.println("the step was as large as the weights: " + step);
 *         }
 *     }
 *     new Checkpoint(optimizer).save(file);
 * }
 * }
 *
 * <p>The multi-layer perceptron keeps its parameters and gradients in this layout, with a range for the weights and the biases of
 * each layer:
 *
 * {@snippet :
 * Mlp mlp = new Mlp(784, 256, 128, 10);
 * mlp.initialize(42);
 * Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW());
 * for (int step = 0; step < 10; step++) {
 *     double loss = mlp.forwardBackward(images, 0, labels, 0, 128);
 *     optimizer.step(mlp.gradients());
 * }
 * }
 *
 * <h2>Choosing a learning rate</h2>
 *
 * <p>{@link dev.lanewise.tune.LearningRateRangeTest} estimates it from one short run,
 * {@link dev.lanewise.tune.LearningRateSearch} measures it with many runs, and {@link dev.lanewise.tune.SpikeDetector} reports
 * why a loss spikes.
 *
 * <h2>Flags of the JVM</h2>
 *
 * <table>
 * <caption>Flags</caption>
 * <tr><th>flag</th><th>when</th><th>without it</th></tr>
 * <tr><td>{@code --add-modules jdk.incubator.vector}</td><td>on the class path; on the module path this module requires it</td>
 *     <td>the scalar definitions run, with the same bits; training and predictions take two to four times as long then. One line
 *     in the log gives the reason, once definitions have run for a tenth of a second</td></tr>
 * <tr><td>{@code --enable-native-access=ALL-UNNAMED}, or {@code =dev.lanewise} on the module path</td>
 *     <td>parameters in native memory</td>
 *     <td>native buffers are copied through small arrays (a staging copy), which takes 1.7 (AdamW in the caches) to 3 times (SGD)
 *     as long</td></tr>
 * <tr><td>{@code -Dlanewise.vectorBits=0|64|128|256|512}</td>
 *     <td>to run with another vector width, or with 0 without vectors</td><td>the machine's preferred width is used</td></tr>
 * </table>
 *
 * {@link dev.lanewise.Lanewise#runtime() Lanewise.runtime()} returns what is in use, and why. The page of each package begins with a table
 * of its symbols or classes, and lists the differences from other libraries.
 */
module dev.lanewise {
    requires jdk.incubator.vector;
    requires jdk.jfr;
    requires static jdk.management;

    exports dev.lanewise;
    exports dev.lanewise.distributed;
    exports dev.lanewise.fit;
    exports dev.lanewise.linalg;
    exports dev.lanewise.memory;
    exports dev.lanewise.nn;
    exports dev.lanewise.optim;
    exports dev.lanewise.safetensors;
    exports dev.lanewise.schedule;
    exports dev.lanewise.tune;
}
