package dev.lanewise.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The first core as Linux lists it in {@code /proc/cpuinfo}.
 *
 * @param facts the lines by their names, such as {@code model name}
 */
record Processor(Map<String, String> facts) {
    /** The first family of AMD whose vectors OpenBLAS 0.3.31 does not know: Zen 5. */
    private static final int ZEN_5 = 26;

    /** {@return the processor of this machine} */
    static Processor now() {
        try {
            return of(Files.readAllLines(Path.of("/proc/cpuinfo")));
        } catch (IOException e) {
            return new Processor(Map.of());
        }
    }

    /** {@return the first core of a list} */
    static Processor of(List<String> lines) {
        Map<String, String> facts = new LinkedHashMap<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon >= 0) {
                facts.putIfAbsent(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip());
            }
        }
        return new Processor(facts);
    }

    /** {@return the value of a line; {@code unknown} if there is none} */
    String fact(String name) {
        return facts.getOrDefault(name, "unknown");
    }

    /** {@return its instructions as Linux names them, such as {@code avx512f}} */
    Set<String> features() {
        return Set.copyOf(Arrays.asList(fact("flags").split("\\s+")));
    }

    /**
     * {@return whether OpenBLAS 0.3.31 uses AVX2 where the processor has the AVX-512 of its kernels for Cooper Lake, which it
     * chooses on Zen 4 by itself}
     */
    boolean isUnknownToOpenBlas() {
        String family = fact("cpu family");
        return fact("vendor_id").equals("AuthenticAMD")
                && family.matches("\\d+")
                && Integer.parseInt(family) >= ZEN_5
                && features().contains("avx512_bf16");
    }
}
