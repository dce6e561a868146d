package dev.lanewise.bench;

import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Counts at the end of each iteration the methods that C2 is compiling or has in its queue. On a busy machine a kernel may wait
 * there for longer than the warm-up takes, and run a thousand times slower until then.
 */
public final class CompilerQueue implements InternalProfiler {
    /** The name of the count in JMH's results. */
    static final String NAME = "methodsToCompile";

    /**
     * A line of a compilation at level 4 with code that runs in a measured loop. {@link Values} runs at the end of an iteration,
     * so that its methods would be in the list just then.
     */
    private static final Pattern LINE =
            Pattern.compile("\\s4\\s+(?:dev\\.lanewise|jdk\\.incubator\\.vector|jdk\\.internal\\.vm\\.vector)\\."
                    + "(?!bench\\.Values::)");

    /** Makes the profiler; JMH calls this in the fork. */
    public CompilerQueue() {}

    @Override
    public String getDescription() {
        return "Methods that C2 has yet to compile";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {}

    @Override
    public Collection<ScalarResult> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        return List.of(new ScalarResult(NAME, waiting(text()), "methods", AggregationPolicy.MAX));
    }

    /** {@return the number of methods of the library, the benchmarks and the Vector API in the JVM's list} */
    static long waiting(String text) {
        return LINE.matcher(text).results().count();
    }

    /** {@return what C1 and C2 are compiling and what waits for them, as the JVM lists it} */
    static String text() {
        try {
            return (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "compilerQueue",
                            new Object[0],
                            new String[0]);
        } catch (JMException e) {
            throw new IllegalStateException("the JVM does not list its compilations", e);
        }
    }
}
