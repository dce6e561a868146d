package consumer;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Lion;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.StepOptions;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;

/** Creates, steps and drops many small optimizers, and tells by how many bytes the heap and the rest grew. */
public final class Many {
    public static void main(String[] args) {
        int optimizers = Integer.parseInt(args[0]);
        // The first ones link and compile the kernels.
        run(optimizers / 10);
        long heap = used(MemoryType.HEAP), metaspace = metaspace();
        run(optimizers);
        System.out.println("heap " + (used(MemoryType.HEAP) - heap));
        System.out.println("metaspace " + (metaspace() - metaspace));
    }

    private static void run(int optimizers) {
        StepOptions statistics = StepOptions.DEFAULT.withStatistics(true);
        FloatSpan gradients = FloatSpan.of(new float[10]);
        try (Arena arena = Arena.ofConfined()) {
            FloatSpan onHeap = FloatSpan.of(new float[10]);
            FloatSpan outside = FloatSpan.of(arena.allocate(40, 4));
            for (int i = 0; i < optimizers; i++) {
                FloatSpan parameters = i % 2 == 0 ? onHeap : outside;
                Optimizer optimizer = switch (i % 3) {
                    case 0 -> new Optimizer(parameters, new AdamW());
                    case 1 -> new Optimizer(parameters, new Lion());
                    default -> new Optimizer(parameters, new Sgd(0.1), statistics);
                };
                optimizer.step(gradients);
            }
        }
    }

    private static long used(MemoryType type) {
        System.gc();
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == type)
                .mapToLong(pool -> pool.getCollectionUsage().getUsed())
                .sum();
    }

    private static long metaspace() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().equals("Metaspace"))
                .mapToLong(pool -> pool.getUsage().getUsed())
                .sum();
    }
}
