import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Loads the library and its tests anew, with another class file for one class. */
final class MutantLoader extends ClassLoader {
    private final String mutated;
    private final byte[] bytes;

    MutantLoader(String mutated, byte[] bytes) {
        super(MutantLoader.class.getClassLoader());
        this.mutated = mutated;
        this.bytes = bytes;
    }

    private static String file(String name) {
        return name.replace('.', '/') + ".class";
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null || !name.startsWith("dev.lanewise.")) {
                return loaded != null ? loaded : super.loadClass(name, resolve);
            }
            try (InputStream file = getResourceAsStream(file(name))) {
                if (file == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] read = file.readAllBytes();
                return defineClass(name, read, 0, read.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @Override
    public InputStream getResourceAsStream(String name) {
        return name.equals(file(mutated)) ? new ByteArrayInputStream(bytes) : super.getResourceAsStream(name);
    }
}
