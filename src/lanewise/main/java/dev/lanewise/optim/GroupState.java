package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Statistics;
import dev.lanewise.internal.kernel.SumOfSquares;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The state of a parameter group in an optimizer: its range on this rank, its settings, and its constants and offsets. */
final class GroupState {
    /** The group's range among the parameters of this rank; it is empty if the rank has none of the group. */
    final long from;

    final long to;

    /** The loop of the rule, shared by the groups whose rules have one structure. */
    final FusedLoop loop;

    /** The sums that the rule needs before its update, and the loop of its first pass, which is null if the rule prepares nothing. */
    final Reduction[] reductions;

    final FusedLoop prepareLoop;

    /** The state with a float for each row and column; null if there is none on this rank. */
    final Factors factors;

    /** The state with a float for each output; null if there is none on this rank. */
    final OutputMoments outputs;

    /** Whether the first step of the group begins with a copy of its parameters. */
    final boolean copiesParameters;

    /** The type in which the state is stored, but for buffers that need their precision. */
    final StateType type;

    final StepReport.Group report;

    /** The index of the group's first block of squares, among the blocks of all groups and ranks, and their number. */
    final int normBlockOffset;

    final int normBlocks;

    /** The index of the first of these blocks that is on this rank. */
    final int ownNormBlockOffset;

    /** The length of a block of statistics, and the index of the first statistic of the group. */
    final int blockLength;

    final int statisticsOffset;

    /** The distance from the index of a parameter to that of its state, and the memory of the state; {@link StateMemory} sets both. */
    long shift;

    StateBuffers buffers;

    ParameterGroup settings;
    StepConstants constants;

    /** The sum of the squares of the group's gradient at this step, over all ranks; it is set where norms are taken. */
    double sumOfSquares;

    /** The sums of the reductions at this step, over all ranks. */
    final double[] sums;

    private GroupState(
            ParameterGroup settings, long begin, long end, GroupState before, Loops loops, StepOptions options) {
        UpdateRule rule = settings.rule().at(0);
        rule.checkOptions(options);
        this.from = Math.clamp(settings.from(), begin, end) - begin;
        this.to = Math.clamp(settings.end(), begin, end) - begin;
        this.loop = loops.update;
        this.reductions = rule.reductions().toArray(Reduction[]::new);
        this.prepareLoop = loops.prepare;
        this.sums = new double[reductions.length];
        this.copiesParameters = hasCopies(rule);
        this.type = settings.stateType(options);
        this.report = new StepReport.Group(settings.name());
        this.normBlockOffset = before == null ? 0 : Math.addExact(before.normBlockOffset, before.normBlocks);
        this.normBlocks = Shard.blocks(settings.length());
        this.ownNormBlockOffset =
                from == to ? normBlockOffset : normBlockOffset + (int) ((begin + from - settings.from()) / Shard.BLOCK);
        this.factors = from < to && Factors.has(rule, StateBuffer.Extent.ROW) ? new Factors(settings.shape()) : null;
        this.outputs =
                from < to && Factors.has(rule, StateBuffer.Extent.OUTPUT) ? new OutputMoments(settings.shape()) : null;
        this.blockLength = factors == null ? Segment.blockLength(length(), options) : SumOfSquares.BLOCK;
        this.statisticsOffset = before == null ? 0 : before.statisticsEnd();
        this.settings = settings;
    }

    /** {@return the groups of a shard, in the order of their ranges} */
    static GroupState[] of(Shard shard, StepOptions options) {
        long begin = shard.from(), end = shard.end();
        Map<List<Object>, Loops> loops = new HashMap<>();
        List<GroupState> groups = new ArrayList<>();
        for (ParameterGroup settings : shard.groups()) {
            UpdateRule rule = settings.rule().at(0);
            if (rule instanceof RowRule) {
                throw new IllegalArgumentException("the rule of group " + settings.name()
                        + " must be one of parameters, since a RowOptimizer applies those of rows: "
                        + rule.getClass().getSimpleName());
            }
            int buffers = 2 + rule.state().size() - Factors.count(rule) + MatrixPass.buffers(rule);
            List<Object> structure = List.of(rule.getClass(), rule.options(), buffers, settings.stateType(options));
            Loops loop = loops.get(structure);
            if (loop == null) {
                loop = Loops.of(rule, buffers, options);
                loops.put(structure, loop);
            }
            groups.add(new GroupState(settings, begin, end, groups.isEmpty() ? null : groups.getLast(), loop, options));
        }
        GroupState[] all = groups.toArray(GroupState[]::new);
        StateMemory.place(all);
        return all;
    }

    static boolean hasCopies(UpdateRule rule) {
        for (StateBuffer buffer : rule.state()) {
            if (buffer.copied()) {
                return true;
            }
        }
        return false;
    }

    long length() {
        return to - from;
    }

    /** {@return the number of blocks of statistics} */
    int blocks() {
        return Math.toIntExact(Math.ceilDiv(length(), blockLength));
    }

    /** {@return the index after the group's last statistic} */
    int statisticsEnd() {
        return Math.addExact(statisticsOffset, Math.multiplyExact(Statistics.COUNT, blocks()));
    }

    /** The loops of a rule's structure: that of its update, and that of its first pass, or null. */
    private record Loops(FusedLoop update, FusedLoop prepare) {
        static Loops of(UpdateRule rule, int buffers, StepOptions options) {
            int threads = options.workers().threads(), prepared = 0, factored = Factors.temporaries(rule);
            String prepareKernel = rule instanceof KernelRule own ? own.prepareKernel() : KernelRule.kernelOf(rule);
            for (Reduction reduction : rule.reductions()) {
                prepared += reduction.isPrepared() ? 1 : 0;
            }
            Set<String> first = new HashSet<>(rule.options());
            first.add("prepare");
            if (rule instanceof KernelRule own && own.addsUp()) {
                first.add(FusedLoop.SUMS);
            }
            FusedLoop update = KernelRule.loop(rule, buffers, factored, threads, options.statistics());
            if (prepared == 0 && MatrixPass.buffers(rule) == 0) {
                return new Loops(update, null);
            }
            FusedLoop prepare =
                    new FusedLoop(prepareKernel, Set.copyOf(first), buffers, factored, prepared, threads, false);
            return new Loops(
                    update, rule instanceof KernelRule own ? prepare.withLeastLanes(own.prepareLanes()) : prepare);
        }
    }

    /** Checks that other settings have the same range and a rule of the same structure. */
    void checkReplacement(ParameterGroup next, long step, StepOptions options) {
        if (next.from() != settings.from() || next.length() != settings.length()) {
            throw new IllegalArgumentException("group " + settings.name() + " must stay from " + settings.from()
                    + ", length " + settings.length() + ": from " + next.from() + ", length " + next.length());
        }
        if (!Objects.equals(settings.shape(), next.shape())) {
            throw new IllegalArgumentException(
                    "the shape of group " + settings.name() + " must stay " + settings.shape() + ": " + next.shape());
        }
        if (next.stateType(options) != type) {
            throw new IllegalArgumentException(
                    "the state of group " + settings.name() + " must stay " + type + ": " + next.stateType(options));
        }
        UpdateRule before = settings.rule().at(0);
        UpdateRule rule = next.rule().at(step);
        if (!RuleStructure.matches(before, rule)) {
            throw new IllegalArgumentException("the rule of group " + settings.name() + " must stay "
                    + RuleStructure.describe(before) + ": " + RuleStructure.describe(rule));
        }
        rule.checkOptions(options);
    }
}
