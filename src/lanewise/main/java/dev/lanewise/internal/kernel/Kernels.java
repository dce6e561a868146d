package dev.lanewise.internal.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Specializes kernel classes. This is the only reflection of the library. */
public final class Kernels {
    /** Added to state, so that it is never subnormal; {@link dev.lanewise.optim.UpdateRule#TINY} gives the reason. */
    public static final float TINY = 0x1p-100f;

    /** Added to signed state and subtracted again; {@link dev.lanewise.optim.UpdateRule#SIGNED_TINY} gives the reason. */
    public static final float SIGNED_TINY = 0x1p-62f;

    /**
     * Added to the interpolation of {@link dev.lanewise.optim.Lion} and subtracted again, which makes 0 of magnitudes up to 2⁻¹⁰⁴.
     * Unlike a power of two it has the same spacing of floats on both sides, and so one bound for both signs.
     */
    public static final float SIGNLESS = 0x1.8p-80f;

    private static final Map<List<Object>, SpecializedKernel> SPECIALIZED = new ConcurrentHashMap<>();

    private Kernels() {}

    /** {@return the lanes of a vector, each of which holds a float; 0 where the scalar definitions run} */
    public static int lanes() {
        return Platform.vectorBits() / Float.SIZE;
    }

    /**
     * {@return the kernel for some storages of its buffers, which is not linked yet; null without the Vector API} There is one for
     * all callers, so that it becomes ready for all.
     *
     * @param kernel the name of the kernel's class without {@code Kernel}
     * @param storages the storage of each buffer, {@link Storage#ARRAY} or {@link Storage#NATIVE}
     * @param options the names of the rule's options that are on
     */
    public static SpecializedKernel specialize(String kernel, List<Storage> storages, Set<String> options) {
        return specialize(kernel, storages, options, 1);
    }

    /**
     * {@return the kernel for some storages of its buffers, as {@link #specialize(String, List, Set)}}
     *
     * @param leastLanes the lanes of the shortest vectors for which there is a kernel
     */
    static SpecializedKernel specialize(String kernel, List<Storage> storages, Set<String> options, int leastLanes) {
        // A record as the key would link its hashCode for milliseconds at the first step.
        return !Platform.mayHaveVectors()
                ? null
                : SPECIALIZED.computeIfAbsent(
                        List.of(kernel, storages, options, leastLanes),
                        key -> new SpecializedKernel(kernel, new Specialization(storages, options), leastLanes));
    }

    /**
     * Links a kernel: defines its class for the specialization.
     *
     * <p>A rule's loop takes {@code (Object[] arrays, long[] at, int count, float[] constants)}: for each buffer its array and
     * the index of its first element, or null and its address; a multiple of {@link #lanes()}; the rule's coefficients. For 0
     * elements it returns before its loop: see {@link Readiness}.
     *
     * @param anew whether the kernel has been linked before, so that it needs another class
     * @return the loop, or null if there is no kernel of that name
     */
    static MethodHandle link(String kernel, Specialization specialization, boolean anew) {
        return link(kernel, specialization, "run", anew);
    }

    /**
     * Finds a method that kernels call through a handle, mostly through a constant. C2 inlines no method any more once a kernel
     * has 18,000 nodes (its {@code NodeCountInliningCutoff}), and boxes the vectors of that call; it exempts the JDK's own
     * methods and the targets of constant handles. An operation on vectors has about 400 nodes, and more where other code has
     * used the same operation on vectors of other lengths, so that the last calls of a long kernel are beyond that limit. Loads
     * come first and need no handle.
     *
     * @param type the class, which has one method of that name
     * @param name the method's name
     */
    static MethodHandle handle(Class<?> type, String name) {
        for (Method method : type.getDeclaredMethods()) {
            if (method.getName().equals(name)) {
                try {
                    return MethodHandles.lookup().unreflect(method);
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                }
            }
        }
        throw new AssertionError(type + "." + name);
    }

    /** Links one of several methods of a kernel class, each time in a class of its own unless it is the plain one. */
    static MethodHandle link(String kernel, Specialization specialization, String loop) {
        return link(kernel, specialization, loop, false);
    }

    private static MethodHandle link(String kernel, Specialization specialization, String loop, boolean anew) {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        String name = kernel + "Kernel";
        try (InputStream file = Kernels.class.getResourceAsStream(name + ".class")) {
            if (file == null) {
                return null;
            }
            MethodHandles.Lookup own = specialization.isPlain() && !anew
                    ? lookup.in(lookup.findClass(Kernels.class.getPackageName() + "." + name))
                    : lookup.defineHiddenClassWithClassData(file.readAllBytes(), specialization, true);
            for (Method method : own.lookupClass().getDeclaredMethods()) {
                if (method.getName().equals(loop)) {
                    return own.unreflect(method);
                }
            }
            throw new NoSuchMethodException(name + "." + loop);
        } catch (IOException | ReflectiveOperationException e) {
            throw new IllegalStateException("cannot specialize " + name, e);
        }
    }
}
