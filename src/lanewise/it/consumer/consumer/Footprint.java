package consumer;

import java.lang.foreign.Arena;
import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/**
 * Runs the consumer and tells what it left in the JVM that was not there before: a thread, a shutdown hook, a system
 * property. To see the hooks, it needs {@code --add-opens java.base/java.lang=ALL-UNNAMED}.
 */
public final class Footprint {
    public static void main(String[] args) throws Exception {
        // The JDK starts its cleaner's thread at the first use.
        Arena.ofAuto().allocate(1);
        Set<Thread> threads = Thread.getAllStackTraces().keySet();
        Set<Thread> hooks = hooks();
        Properties properties = (Properties) System.getProperties().clone();

        Consumer.report();

        // A closed worker's thread is on its way out.
        Set<Thread> left = new HashSet<>(Thread.getAllStackTraces().keySet());
        left.removeAll(threads);
        for (Thread thread : left) {
            thread.join(10_000);
        }
        left.removeIf(thread -> !thread.isAlive());
        Set<Thread> added = new HashSet<>(hooks());
        added.removeAll(hooks);
        System.out.println("threads " + left);
        System.out.println("hooks " + added);
        System.out.println("properties " + (System.getProperties().equals(properties) ? "as before" : "changed"));
    }

    private static Set<Thread> hooks() throws ReflectiveOperationException {
        Field hooks = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
        hooks.setAccessible(true);
        Set<Thread> threads = new HashSet<>();
        for (Object thread : ((Map<?, ?>) hooks.get(null)).keySet()) {
            threads.add((Thread) thread);
        }
        return threads;
    }
}
