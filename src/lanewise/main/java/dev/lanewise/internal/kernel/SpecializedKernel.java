package dev.lanewise.internal.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/** A kernel class that is specialized for the storages of its buffers, and linked by its first trial. */
public final class SpecializedKernel {
    /** The elements of each buffer of a trial: enough for the vectors of any trial, of any width and with statistics. */
    private static final int ELEMENTS = 16 * 16;

    /** The room for a kernel's last argument, which is more than any takes. */
    private static final int ARGUMENTS = 16;

    private final String kernel;
    private final Specialization specialization;
    private final Readiness readiness;

    /** The loop; null until it is linked. It is not final, for the reason given at {@link #loop}. */
    private volatile MethodHandle loop;

    /** The buffers of a trial, and its last argument. */
    private Object[] arrays;

    private long[] at;
    private final float[] constants = new float[ARGUMENTS];
    private final double[] sums = new double[ARGUMENTS];

    /** The native memory of a trial, which would be freed if nothing referred to it. */
    private MemorySegment memory;

    SpecializedKernel(String kernel, Specialization specialization) {
        this.kernel = kernel;
        this.specialization = specialization;
        this.readiness = new Readiness(kernel, this::call);
        if (Readiness.IMMEDIATE) {
            loop = Kernels.link(kernel, specialization);
        }
    }

    /** {@return whether the loop should run rather than the scalar definition} */
    public boolean isReady() {
        return readiness.isReady() && loop != null;
    }

    /** Reports that the definition ran instead: see {@link Readiness#defined}. The units are elements. */
    void defined(long nanos, long elements) {
        readiness.defined(nanos, elements);
    }

    /**
     * {@return the loop; null unless {@link #isReady()}} It must not be a constant for C2, which would inline the loop into its
     * caller; if that is cold, C2 leaves parts of the loop uninlined and boxes the vectors, which is a hundred times slower.
     */
    MethodHandle loop() {
        return loop;
    }

    private long call(int vectors) {
        if (loop == null) {
            loop = Kernels.link(kernel, specialization);
            if (loop == null) {
                return -1;
            }
            allocate();
        }
        int step = specialization.takesStatistics() ? Statistics.PARTIALS : Kernels.lanes();
        try {
            if (loop.type().lastParameterType() == double[].class) {
                loop.invokeExact(arrays, at, vectors * Statistics.PARTIALS, sums);
                return (long) vectors * Statistics.PARTIALS;
            }
            loop.invokeExact(arrays, at, vectors * step, constants);
            return (long) vectors * Kernels.lanes();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private void allocate() {
        int buffers = specialization.storages().size();
        Object[] arrays = new Object[buffers + 1];
        long[] at = new long[buffers + 1];
        Arrays.setAll(arrays, i -> new float[ELEMENTS]);
        if (specialization.storages().contains(Storage.NATIVE)) {
            memory = Arena.ofAuto().allocate((long) buffers * ELEMENTS * Float.BYTES, Float.BYTES);
            for (int i = 0; i < buffers; i++) {
                if (specialization.storages().get(i) == Storage.NATIVE) {
                    arrays[i] = null;
                    at[i] = memory.address() + (long) i * ELEMENTS * Float.BYTES;
                }
            }
        }
        this.arrays = arrays;
        this.at = at;
    }
}
