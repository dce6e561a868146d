package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstructionSetTest {
    private static final Processor ZEN_4 = processor("AuthenticAMD", "25", "avx2 avx512f avx512_bf16");
    private static final Processor ZEN_5 = processor("AuthenticAMD", "26", "avx2 avx512f avx512_bf16");

    private static Processor processor(String vendor, String family, String flags) {
        return Processor.of(List.of(
                "processor\t: 0",
                "vendor_id\t: " + vendor,
                "cpu family\t: " + family,
                "flags\t\t: " + flags,
                "",
                "processor\t: 1",
                "vendor_id\t: another"));
    }

    private static InstructionSet of(String... flags) {
        return InstructionSet.of(List.of(flags));
    }

    @Test
    void theFlagsChooseTheSet() {
        assertEquals(InstructionSet.ALL, of());
        assertEquals(InstructionSet.ALL, of("-Xmx1g", "-XX:UseAVX=3", "-XX:MaxVectorSize=64"));
        assertEquals(InstructionSet.AVX2, of("-XX:UseAVX=2"));
        assertEquals(InstructionSet.AVX2, of("-XX:MaxVectorSize=32"));
        assertEquals(InstructionSet.AVX, of("-XX:UseAVX=1"));
        assertEquals(InstructionSet.SSE4, of("-XX:UseAVX=0"));
        assertEquals(InstructionSet.SSE4, of("-XX:UseAVX=2", "-XX:MaxVectorSize=16"));
        assertEquals(InstructionSet.ALL, of("-XX:UseAVX=2", "-XX:UseAVX=3"));
    }

    @Test
    void thePeersAreHeldToTheSame() {
        assertEquals(
                Map.of(
                        "MKL_ENABLE_INSTRUCTIONS",
                        "AVX2",
                        "OPENBLAS_CORETYPE",
                        "Haswell",
                        "ATEN_CPU_CAPABILITY",
                        "avx2"),
                InstructionSet.AVX2.variables(ZEN_4));
        assertEquals(
                Map.of(
                        "MKL_ENABLE_INSTRUCTIONS",
                        "SSE4_2",
                        "OPENBLAS_CORETYPE",
                        "Nehalem",
                        "ATEN_CPU_CAPABILITY",
                        "default"),
                InstructionSet.SSE4.variables(ZEN_5));
        assertEquals(Map.of(), InstructionSet.ALL.variables(ZEN_4));
    }

    /** OpenBLAS would run its AVX2 kernels beside our AVX-512. */
    @Test
    void openBlasIsToldToUseWhatItDoesNotFind() {
        assertEquals(Map.of("OPENBLAS_CORETYPE", "Cooperlake"), InstructionSet.ALL.variables(ZEN_5));
        assertEquals(Map.of(), InstructionSet.ALL.variables(processor("AuthenticAMD", "26", "avx2")));
        assertEquals(Map.of(), InstructionSet.ALL.variables(processor("GenuineIntel", "26", "avx512_bf16")));
        assertEquals(Map.of(), InstructionSet.ALL.variables(Processor.of(List.of())));
    }

    /** ND4J's build is of AVX-512 code, which no variable limits. */
    @Test
    void aPeerThatCannotBeHeldToItIsLeftOut() {
        Set<String> features = Set.of("sse4_2", "avx2", "avx512f");
        assertEquals(EnumSet.allOf(Library.class), Library.runnable(InstructionSet.ALL.leaves(features)));
        assertEquals(
                EnumSet.complementOf(EnumSet.of(Library.ND4J)), Library.runnable(InstructionSet.AVX2.leaves(features)));
        assertEquals(Set.of("sse4_2"), InstructionSet.SSE4.leaves(features));
    }

    @Test
    void theCommandSetsTheVariables(@TempDir Path folder) throws IOException {
        assertEquals("java", Forks.command(folder, "java", Map.of()));
        String command = Forks.command(folder, "/usr/bin/env", InstructionSet.AVX2.variables(ZEN_4));
        Process process = new ProcessBuilder(command).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(printed.contains("MKL_ENABLE_INSTRUCTIONS=AVX2\n"), printed);
        assertTrue(printed.contains("ATEN_CPU_CAPABILITY=avx2\n"), printed);
        assertTrue(Files.isExecutable(Path.of(command)));
    }

    /** {@code UseAVX} is of x86-64 alone. */
    @Test
    void aJvmReportsItsVectors() throws IOException {
        List<String> flags = List.of("--add-modules", "jdk.incubator.vector", "-XX:MaxVectorSize=16");
        Map<String, Object> facts = JvmFacts.of(Forks.thisJvm(), flags);
        assertEquals(16, facts.get("MaxVectorSize"));
        assertEquals(128, facts.get("vectorBits"));
        assertEquals(
                Map.of("UseAVX", 2, "vectorBits", 256, "vectorBitsBecause", "the widest vectors of this machine"),
                JvmFacts.parse("""
                    [Global flags]
                          int UseAVX                                   = 2                                    {ARCH product} {command line}
                         bool UseAVX3Something                         = true
                    vectorBits=256
                    vectorBitsBecause=the widest vectors of this machine
                    """));
        assertThrows(UsageException.class, () -> JvmFacts.of(Forks.thisJvm(), List.of("-XX:NoSuchFlag=1")));
    }
}
