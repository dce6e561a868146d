package dev.lanewise.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The instructions that a run may use. Flags of the JVM limit Lanewise's vectors; the peers' machine code is limited alike by the
 * variables of the environment that MKL, OpenBLAS and libtorch read.
 */
enum InstructionSet {
    /** Whatever the processor has. */
    ALL(3, 64, Map.of()),
    AVX2(2, 32, limits("AVX2", "Haswell", "avx2")),
    AVX(1, 32, limits("AVX", "Sandybridge", "default")),
    SSE4(0, 16, limits("SSE4_2", "Nehalem", "default"));

    private static final Pattern AVX_FLAG = Pattern.compile("-XX:UseAVX=(\\d+)");
    private static final Pattern SIZE_FLAG = Pattern.compile("-XX:MaxVectorSize=(\\d+)");

    /** The value of the JVM's flag {@code UseAVX}, and the bytes of a vector. */
    private final int useAvx, bytes;

    /** The variables of the environment that hold the peers to it. */
    private final Map<String, String> limits;

    InstructionSet(int useAvx, int bytes, Map<String, String> limits) {
        this.useAvx = useAvx;
        this.bytes = bytes;
        this.limits = limits;
    }

    private static Map<String, String> limits(String mkl, String openBlas, String torch) {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("MKL_ENABLE_INSTRUCTIONS", mkl);
        variables.put("OPENBLAS_CORETYPE", openBlas);
        variables.put("ATEN_CPU_CAPABILITY", torch);
        return variables;
    }

    /** {@return the set that flags of the JVM leave: by {@code UseAVX} or by {@code MaxVectorSize}, whichever leaves less} */
    static InstructionSet of(List<String> jvmArgs) {
        int avx = least(jvmArgs, AVX_FLAG, ALL.useAvx), size = least(jvmArgs, SIZE_FLAG, ALL.bytes);
        return avx == 0 || size <= SSE4.bytes ? SSE4 : avx == 1 ? AVX : avx == 2 || size <= AVX2.bytes ? AVX2 : ALL;
    }

    /** {@return the variables of the environment with which the peers use all of this set on {@code processor}, and no more} */
    Map<String, String> variables(Processor processor) {
        return this == ALL && processor.isUnknownToOpenBlas() ? Map.of("OPENBLAS_CORETYPE", "Cooperlake") : limits;
    }

    private static int least(List<String> jvmArgs, Pattern flag, int otherwise) {
        int value = otherwise;
        for (String arg : jvmArgs) {
            Matcher matcher = flag.matcher(arg);
            if (matcher.matches()) {
                // The JVM takes the last of several.
                value = Integer.parseInt(matcher.group(1));
            }
        }
        return value;
    }

    /** {@return those of the processor's features, as Linux names them, that it leaves} */
    Set<String> leaves(Set<String> features) {
        return features.stream()
                .filter(feature -> this == ALL || !feature.startsWith("avx512"))
                .filter(feature -> useAvx >= 2 || !feature.startsWith("avx2"))
                .collect(Collectors.toSet());
    }
}
