package consumer;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Loads the library and its consumer twice, from the paths given, and runs both copies at once. */
public final class Twice {
    public static void main(String[] paths) throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String path : paths) {
            urls.add(Path.of(path).toUri().toURL());
        }
        try (URLClassLoader first = loader(urls);
                URLClassLoader second = loader(urls);
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Class<?> one = first.loadClass("dev.lanewise.Lanewise");
            if (one == second.loadClass("dev.lanewise.Lanewise")) {
                throw new AssertionError("not two copies: " + one);
            }
            for (Future<Object> report : threads.invokeAll(List.of(consumer(first), consumer(second)))) {
                System.out.println(report.get());
            }
        }
    }

    private static URLClassLoader loader(List<URL> urls) {
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    private static Callable<Object> consumer(ClassLoader loader) {
        return () -> loader.loadClass("consumer.Consumer").getMethod("report").invoke(null);
    }
}
