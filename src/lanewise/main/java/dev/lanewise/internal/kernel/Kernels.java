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

/** Links kernel classes. This is the only reflection of the library. */
public final class Kernels {
    private record Key(String kernel, Link link) {}

    private static final Map<Key, MethodHandle> LINKED = new ConcurrentHashMap<>();

    private Kernels() {}

    /**
     * Floats in a vector; 0 where the scalar definitions run.
     *
     * @return the number of lanes
     */
    public static int lanes() {
        return Platform.vectorBits() / Float.SIZE;
    }

    /**
     * A vector loop, linked for these storages. It is defined once and kept.
     *
     * <p>A rule's loop takes {@code (Object[] arrays, long[] at, int count, float[] constants)}: for each buffer its array and
     * the index of its first element, or null and its address; a positive multiple of {@link #lanes()}; the rule's folded
     * constants.
     *
     * <p>It is handed out as a method handle, and the callers keep it in a field that is no constant, so that C2 cannot inline
     * the loop into them: inlined where it runs rarely, parts of it would be left out as calls, and vectors that cross a call
     * become objects, a hundred times slower.
     *
     * @param kernel the name of the kernel's class without {@code Kernel}: for a rule, the simple name of its record
     * @param storages the storage of each buffer, {@link Storage#ARRAY} or {@link Storage#NATIVE}
     * @param variant the rule's options that are on
     * @return the loop, or null if there is no kernel of that name or no Vector API
     */
    public static MethodHandle link(String kernel, List<Storage> storages, Set<String> variant) {
        return lanes() == 0
                ? null
                : LINKED.computeIfAbsent(new Key(kernel, new Link(storages, variant)), Kernels::define);
    }

    private static MethodHandle define(Key key) {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        String name = key.kernel + "Kernel";
        try (InputStream file = Kernels.class.getResourceAsStream(name + ".class")) {
            if (file == null) {
                return null;
            }
            MethodHandles.Lookup kernel = key.link.isPlain()
                    ? lookup.in(lookup.findClass(Kernels.class.getPackageName() + "." + name))
                    : lookup.defineHiddenClassWithClassData(file.readAllBytes(), key.link, true);
            for (Method method : kernel.lookupClass().getDeclaredMethods()) {
                if (method.getName().equals("run")) {
                    return kernel.unreflect(method);
                }
            }
            throw new NoSuchMethodException(name + ".run");
        } catch (IOException | ReflectiveOperationException e) {
            throw new IllegalStateException("cannot link " + name, e);
        }
    }
}
