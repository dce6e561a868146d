package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Bf16View;
import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.GradientEdit;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.memory.FloatSpan;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Runs the pass of a step over the parameters, divided among threads. It is made once, and the arguments of each step are fields,
 * because a lambda that captured them would allocate at each step.
 */
final class StepPass {
    private static final float[] NONE = {};

    private final FloatSpan parameters;
    private final StateMemory memory;
    private final GradientNorms norms;
    private final StepOptions options;
    /** One group of each loop. */
    private final GroupState[] owners;

    /** The names of the rules, each once. */
    private final String rules;

    /** The statistics; null where the options have none. */
    private final BlockStatistics statistics;

    private final FusedLoop averageLoop;

    /** The loop that rounds the parameters to the copy in bf16, with its target; null if there is none. */
    private final FusedLoop copyLoop;

    private final Bf16View copy = new Bf16View();
    private final float[] averageCoefficients;

    /** Whether the pass is the update alone, so that no blocks are needed. */
    private final boolean plain;

    private final IntConsumer updateRange = this::updateRange;

    /** The arguments of the current step. */
    private Segment[] segments;

    private FloatSource gradients;
    private int ranges;

    StepPass(FloatSpan parameters, StateMemory memory, GroupState[] groups, GradientNorms norms, StepOptions options) {
        this.parameters = parameters;
        this.memory = memory;
        this.norms = norms;
        this.options = options;
        this.owners = owners(groups);
        this.rules = names(groups);
        this.statistics = options.statistics()
                ? new BlockStatistics(groups, norms, options.clipping().editsGradients())
                : null;
        double decay = options.averageDecay();
        this.averageLoop = memory.average() == null
                ? null
                : new FusedLoop("Average", Set.of(), 2, 0, 0, options.workers().threads(), false);
        this.averageCoefficients = new float[] {(float) decay, (float) (1 - decay)};
        this.copyLoop = memory.copy() == null
                ? null
                : new FusedLoop(
                        "Copy", Set.of("nearest"), 2, 0, 0, options.workers().threads(), false);
        copy.set(memory.copy(), false);
        this.plain = statistics == null && averageLoop == null && copyLoop == null && !options.zeroGradients();
    }

    private static GroupState[] owners(GroupState[] groups) {
        Map<FusedLoop, GroupState> owners = new LinkedHashMap<>();
        for (GroupState group : groups) {
            owners.putIfAbsent(group.loop, group);
        }
        return owners.values().toArray(new GroupState[0]);
    }

    private static String names(GroupState[] groups) {
        Set<String> names = new LinkedHashSet<>();
        for (GroupState group : groups) {
            Class<?> rule = group.settings.rule().at(0).getClass();
            names.add(KernelRule.class.isAssignableFrom(rule) ? rule.getSimpleName() : rule.getName());
        }
        return String.join(", ", names);
    }

    /** {@return the names of the rules, each once} They stay the same, and each recorded step has them. */
    String rules() {
        return rules;
    }

    /** Updates the parameters and the state, takes the statistics, moves the average and zeroes the gradients, as the options require. */
    void run(Segment[] segments, FloatSource gradients, GradientEdit edit) {
        this.segments = segments;
        this.gradients = gradients;
        try {
            bind(edit);
            ranges = Ranges.of(
                    options.workers(), parameters.length(), Storage.isConfined(parameters) || gradients.isConfined());
            options.workers().run(ranges, updateRange);
        } finally {
            this.gradients = null;
        }
    }

    private void bind(GradientEdit edit) {
        for (GroupState owner : owners) {
            memory.bind(owner, owner.loop, gradients, edit);
        }
        if (statistics != null) {
            norms.bind(gradients);
        }
        if (averageLoop != null) {
            averageLoop.bind(0, memory.average());
            averageLoop.bind(1, parameters);
            averageLoop.specialize();
        }
        if (copyLoop != null) {
            copyLoop.bind(0, copy, 0);
            copyLoop.bind(1, parameters);
            copyLoop.specialize();
        }
    }

    private void updateRange(int range) {
        long from = boundary(range);
        long to = boundary(range + 1);
        for (int i = Segment.firstEndingAfter(segments, from); i < segments.length && segments[i].from() < to; i++) {
            Segment segment = segments[i];
            long start = Math.max(from, segment.from());
            long end = Math.min(to, segment.to());
            if (segment.constants().settings.frozen()) {
                finish(range, start, end - start);
            } else if (plain) {
                segment.update(range, start, end);
            } else {
                int length = segment.blockLength();
                for (long block = start; block < end; block += length) {
                    updateBlock(range, segment, block, (int) Math.min(length, end - block));
                }
            }
        }
    }

    /** Updates a block, and does the rest of the pass for it while it is in the cache. */
    private void updateBlock(int range, Segment segment, long from, int count) {
        segment.update(range, from, from + count);
        if (statistics != null) {
            statistics.take(range, segment, gradients, from, count);
        }
        finish(range, from, count);
    }

    /**
     * Moves the average, copies the parameters and zeroes the gradients, also of a frozen group, whose gradients would otherwise
     * add up.
     */
    private void finish(int range, long from, long count) {
        if (averageLoop != null) {
            averageLoop.run(range, from, from + count, averageCoefficients, StepPass::updateAverage);
        }
        if (copyLoop != null) {
            copyLoop.run(range, from, from + count, NONE, StepPass::updateCopy);
        }
        if (options.zeroGradients()) {
            gradients.zero(from, count);
        }
    }

    /** The scalar definition of the copy, which is rounded when it is stored. */
    private static void updateCopy(float[][] buffers, int from, int to, float[] none) {
        System.arraycopy(buffers[1], from, buffers[0], from, to - from);
    }

    /** The scalar definition of the average: a = decay · a + (1 − decay) · p. */
    private static void updateAverage(float[][] buffers, int from, int to, float[] c) {
        float decay = c[0], fresh = c[1];
        float[] a = buffers[0], p = buffers[1];
        for (int i = from; i < to; i++) {
            a[i] = a[i] * decay + p[i] * fresh;
        }
    }

    /** {@return the beginning of a range, which is the beginning of a block, so that sums over blocks do not depend on the ranges} */
    private long boundary(int range) {
        long length = parameters.length();
        if (range == 0 || range == ranges) {
            return range == 0 ? 0 : length;
        }
        long position = length / ranges * range;
        int index = Segment.firstEndingAfter(segments, position);
        if (index == segments.length || segments[index].from() >= position) {
            return position;
        }
        Segment segment = segments[index];
        return position - (position - segment.from()) % segment.blockLength();
    }

    /** Writes the statistics of the step into the report. */
    void writeTo(StepReport report, double factor) {
        if (statistics != null) {
            statistics.writeTo(report, factor);
        }
    }
}
