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
    /** State whose magnitude is below this is stored as 0; {@link dev.lanewise.optim.UpdateRule#TINY} gives the reason. */
    public static final float TINY = 0x1p-100f;

    private record Key(String kernel, Specialization specialization) {}

    private static final Map<Key, MethodHandle> SPECIALIZED = new ConcurrentHashMap<>();

    private Kernels() {}

    /** {@return the lanes of a vector, each of which holds a float; 0 where the scalar definitions run} */
    public static int lanes() {
        return Platform.vectorBits() / Float.SIZE;
    }

    /**
     * Specializes a kernel for the storages of its buffers. Each specialization is defined once and cached.
     *
     * <p>A rule's loop takes {@code (Object[] arrays, long[] at, int count, float[] constants)}: for each buffer its array and
     * the index of its first element, or null and its address; a positive multiple of {@link #lanes()}; the rule's
     * coefficients.
     *
     * <p>Callers must keep the method handle in a field that is not final, so that C2 cannot inline the loop into them. If C2
     * inlined it into a cold caller, it would leave parts of it uninlined and box the vectors, which is a hundred times
     * slower.
     *
     * @param kernel the name of the kernel's class without {@code Kernel}
     * @param storages the storage of each buffer, {@link Storage#ARRAY} or {@link Storage#NATIVE}
     * @param options the names of the rule's options that are on
     * @return the loop, or null if there is no kernel of that name or no Vector API
     */
    public static MethodHandle specialize(String kernel, List<Storage> storages, Set<String> options) {
        return lanes() == 0
                ? null
                : SPECIALIZED.computeIfAbsent(new Key(kernel, new Specialization(storages, options)), Kernels::define);
    }

    private static MethodHandle define(Key key) {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        String name = key.kernel + "Kernel";
        try (InputStream file = Kernels.class.getResourceAsStream(name + ".class")) {
            if (file == null) {
                return null;
            }
            MethodHandles.Lookup kernel = key.specialization.isPlain()
                    ? lookup.in(lookup.findClass(Kernels.class.getPackageName() + "." + name))
                    : lookup.defineHiddenClassWithClassData(file.readAllBytes(), key.specialization, true);
            for (Method method : kernel.lookupClass().getDeclaredMethods()) {
                if (method.getName().equals("run")) {
                    return kernel.unreflect(method);
                }
            }
            throw new NoSuchMethodException(name + ".run");
        } catch (IOException | ReflectiveOperationException e) {
            throw new IllegalStateException("cannot specialize " + name, e);
        }
    }
}
