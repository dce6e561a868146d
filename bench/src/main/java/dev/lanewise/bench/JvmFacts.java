package dev.lanewise.bench;

import dev.lanewise.Lanewise;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads from a JVM with the flags of a run how wide its vectors are, and prints this width in that JVM. */
final class JvmFacts {
    private static final String BITS = "vectorBits", REASON = "vectorBitsBecause";

    private static final Pattern FACT = Pattern.compile(
            "\\s*(?:int|intx)\\s+(UseAVX|MaxVectorSize)\\s*=\\s*(\\S+).*|(" + BITS + "|" + REASON + ")=(.*)");

    private JvmFacts() {}

    public static void main(String[] args) {
        System.out.println(BITS + "=" + Lanewise.runtime().vectorBits());
        System.out.println(REASON + "=" + Lanewise.runtime().reason());
    }

    /**
     * Starts a JVM and reads its facts.
     *
     * @param java the command
     * @throws UsageException if the JVM does not start with the flags
     */
    static Map<String, Object> of(String java, List<String> flags) throws IOException {
        List<String> command = new ArrayList<>(List.of(java));
        command.addAll(flags);
        command.addAll(List.of(
                "-XX:+PrintFlagsFinal", "-cp", System.getProperty("java.class.path"), JvmFacts.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new UsageException("a JVM does not start with the flags " + String.join(" ", flags) + ":\n"
                        + output.lines()
                                .filter(line -> !line.contains(" = "))
                                .limit(10)
                                .toList());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return parse(output);
    }

    /** {@return the facts in what such a JVM prints} */
    static Map<String, Object> parse(String output) {
        Map<String, Object> facts = new LinkedHashMap<>();
        output.lines().map(FACT::matcher).filter(Matcher::matches).forEach(fact -> {
            String name = fact.group(1) != null ? fact.group(1) : fact.group(3);
            String value = fact.group(1) != null ? fact.group(2) : fact.group(4);
            facts.put(name, value.matches("\\d+") ? (Object) Integer.valueOf(value) : value);
        });
        return facts;
    }
}
