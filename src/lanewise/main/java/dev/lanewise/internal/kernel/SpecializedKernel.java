package dev.lanewise.internal.kernel;

import dev.lanewise.internal.kernel.FirstVectors.Part;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A kernel class that is specialized for the storages of its buffers, and linked by its first trial. */
public final class SpecializedKernel {
    /** The elements of each buffer of a trial: enough for the vectors of any trial, of any width and with statistics. */
    private static final int ELEMENTS = 16 * 16;

    /** The room for a kernel's last argument, which is more than any takes. */
    private static final int ARGUMENTS = 16;

    /** The kernels whose last argument is sums. */
    private static final Set<String> SUMS = Set.of("SumOfSquares", "Dot");

    private final String kernel;
    private final Specialization specialization;
    private final Readiness readiness;

    /**
     * The loop; null until it is linked. It must not be a constant for C2, which would inline the loop into its caller; if that is
     * cold, C2 leaves parts of the loop uninlined and boxes the vectors, which is a hundred times slower.
     */
    private volatile MethodHandle loop;

    /** Whether it has been linked, and is to be called in a trial of its own. */
    private boolean linked;

    /** The buffers of a trial, and its last argument. */
    private Object[] arrays;

    private long[] at;
    private final float[] constants = new float[ARGUMENTS];
    private final double[] sums = new double[ARGUMENTS];

    /** The native memory of a trial, which would be freed if nothing referred to it. */
    private MemorySegment memory;

    SpecializedKernel(String kernel, Specialization specialization, int leastLanes) {
        this.kernel = kernel;
        this.specialization = specialization;
        this.readiness = new Readiness(kernel, leastLanes, this::call, parts(kernel, specialization));
        if (readiness.isReady()) {
            loop = Kernels.link(kernel, specialization, false);
        }
    }

    /** {@return what the kernel needs of the Vector API} */
    private static Part[] parts(String kernel, Specialization specialization) {
        List<Storage> storages = specialization.storages();
        Set<Part> parts = EnumSet.noneOf(Part.class);
        if (storages.contains(Storage.BF16) || storages.contains(Storage.BF16_NATIVE)) {
            parts.addAll(List.of(Part.BITS, Part.SHORTS));
        }
        if (storages.contains(Storage.BYTES)) {
            parts.addAll(List.of(Part.BITS, Part.BYTES));
        }
        if (specialization.takesStatistics()) {
            parts.add(Part.BITS);
        }
        if (SUMS.contains(kernel)) {
            parts.add(Part.DOUBLES);
        }
        if (specialization.addsUp()) {
            parts.addAll(List.of(Part.DOUBLES, Part.HALVES));
        }
        return parts.toArray(Part[]::new);
    }

    /** {@return whether the loop should run rather than the scalar definition} */
    public boolean isReady() {
        return readiness.isReady() && loop != null;
    }

    /** {@return whether there turned out to be no kernel} */
    boolean isAbsent() {
        return !readiness.isReady() && !readiness.isPending();
    }

    /** {@return the time before the definition runs instead: see {@link Readiness#start}} */
    long start() {
        return readiness.start();
    }

    /** Reports that the definition has run instead: see {@link Readiness#end}. The units are elements. */
    void end(long start, long elements) {
        readiness.end(start, elements);
    }

    /** Reports that the loop has run: see {@link Readiness#ran}. The units are elements. */
    boolean ran(long nanos, long elements) {
        return readiness.ran(nanos, elements);
    }

    /** Calls the loop of a rule, which is linked; for the arguments see {@link Kernels#link}. */
    void run(Object[] arrays, long[] at, int count, float[] constants) {
        try {
            loop.invokeExact(arrays, at, count, constants);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Calls the loop of {@link SumOfSquares} or {@link DotProduct}, which is linked. */
    void run(Object[] arrays, long[] at, int count, double[] sums) {
        try {
            loop.invokeExact(arrays, at, count, sums);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static RuntimeException unchecked(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        if (e instanceof RuntimeException exception) {
            return exception;
        }
        throw new AssertionError(e);
    }

    private long call(int vectors) {
        if (vectors == Readiness.LINKING) {
            if (!linked) {
                return link() ? 0 : -1;
            }
            linked = false;
        }
        if (loop.type().lastParameterType() == double[].class) {
            run(arrays, at, vectors * Statistics.PARTIALS, sums);
            return (long) vectors * Statistics.PARTIALS;
        }
        run(arrays, at, vectors * specialization.step(), constants);
        return (long) vectors * Kernels.lanes();
    }

    /** {@return whether there is such a kernel} */
    private boolean link() {
        // A new class has profiles of its own, so that C2 may do better than with the last.
        MethodHandle next = Kernels.link(kernel, specialization, loop != null);
        if (next == null) {
            return false;
        }
        if (arrays == null) {
            allocate();
        }
        loop = next;
        linked = true;
        return true;
    }

    private static Object array(Storage storage) {
        return switch (storage) {
            case BF16 -> new short[ELEMENTS];
            case BYTES -> new byte[ELEMENTS];
            default -> new float[ELEMENTS];
        };
    }

    private void allocate() {
        int buffers = specialization.storages().size();
        Object[] arrays = new Object[buffers + 1];
        long[] at = new long[buffers + 1];
        Arrays.setAll(arrays, i -> array(i < buffers ? specialization.storages().get(i) : Storage.ARRAY));
        arrays[buffers] = specialization.addsUp() ? new double[Scratch.SUMS] : arrays[buffers];
        if (specialization.storages().stream().anyMatch(Storage::isNative)) {
            memory = Arena.ofAuto().allocate((long) buffers * ELEMENTS * Float.BYTES, Float.BYTES);
            for (int i = 0; i < buffers; i++) {
                if (specialization.storages().get(i).isNative()) {
                    arrays[i] = null;
                    at[i] = memory.address() + (long) i * ELEMENTS * Float.BYTES;
                }
            }
        }
        this.arrays = arrays;
        this.at = at;
    }
}
