package dev.lanewise.distributed;

import dev.lanewise.Workers;
import dev.lanewise.internal.SumTree;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.MemorySegment;

/**
 * Sends the sums of a rank's micro-gradients to the owners of the parameters, and adds up what this rank owns. The buffers are
 * made when they are first needed.
 */
final class GradientExchange {
    private final Collective ranks;

    /** Where the parameters of each rank begin. */
    private final long[] parameters;

    private final VectorSum sum;
    private final SumTree tree = new SumTree(this::add);
    private ExchangePlan plan;
    private FloatSpan send, receive;

    GradientExchange(Collective ranks, long[] parameters, Workers workers) {
        this.ranks = ranks;
        this.parameters = parameters;
        this.sum = new VectorSum(workers);
    }

    /** {@return the gradient of this rank's parameters} */
    FloatSpan run(ExchangePlan plan, MicroGradients gradients, StepTimes times) {
        long begin = System.nanoTime();
        this.plan = plan;
        reserve();
        int count = plan.count(ranks.rank());
        for (int r = 0; r < ranks.world(); r++) {
            long length = parameters[r + 1] - parameters[r];
            for (int i = 0; i < count; i++) {
                MemorySegment block = gradients.block(i).segment();
                MemorySegment.copy(
                        block, 4 * parameters[r], send.segment(), 4 * (plan.sendFrom[r] + i * length), 4 * length);
            }
        }
        long packed = System.nanoTime();
        ranks.exchange(send, plan.sendFrom, receive, plan.receiveFrom);
        long received = System.nanoTime();
        FloatSpan gradient = plan.sum(tree);
        times.exchange += received - packed;
        times.tree += packed - begin + System.nanoTime() - received;
        return gradient;
    }

    private void reserve() {
        int world = ranks.world();
        if (send == null || send.length() < plan.sendFrom[world]) {
            send = MicroGradients.allocateNative(plan.sendFrom[world]);
        }
        if (receive == null || receive.length() < plan.receiveFrom[world]) {
            receive = MicroGradients.allocateNative(plan.receiveFrom[world]);
        }
        plan.receiveInto(receive);
    }

    private void add(int left, int right) {
        sum.add(plan.received(left), plan.received(right));
    }
}
