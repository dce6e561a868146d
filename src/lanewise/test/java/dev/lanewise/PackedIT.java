package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.testing.Jvm;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small application, {@code it/consumer}, gets the same bits from the packed jar in every kind of deployment. */
class PackedIT {
    private static final Path SOURCES = Path.of("it/consumer");
    private static final Path JAR = Path.of(System.getProperty("jar"));
    private static final Path HOME = Path.of(System.getProperty("java.home"));
    private static final String VECTORS = "--add-modules=jdk.incubator.vector";
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    private static final String INCUBATOR = "WARNING: Using incubator modules: jdk.incubator.vector\n";

    /** A pattern of the library's only log message: the logger's line with time and class, and the message itself. */
    private static final String SCALAR = "[^\\n"
            + "]* dev\\.lanewise\\.internal\\.kernel\\.Platform decideOnce\\n"
            + "WARNING: scalar code is in use, which is several times slower: [^\\n"
            + "]*%s[^\\n"
            + "]*\\n";

    private static final String NO_MODULE = SCALAR.formatted("add --add-modules jdk\\.incubator\\.vector");
    private static final String NO_C2 = SCALAR.formatted("C2");

    @TempDir
    private static Path folder;

    /** The application's classes, compiled for the class path and for the module path. */
    private static Path classes, module;

    private static String classPath, digest;

    @BeforeAll
    static void compile() throws Exception {
        classes = folder.resolve("classes");
        module = folder.resolve("module");
        List<String> sources;
        try (Stream<Path> files = Files.list(SOURCES.resolve("consumer"))) {
            sources = files.map(Path::toString).sorted().toList();
        }
        javac("-d", classes, "-cp", JAR, sources);
        javac("-d", module, "-p", JAR, List.of(SOURCES + "/module-info.java", SOURCES + "/consumer/Consumer.java"));
        classPath = JAR + File.pathSeparator + classes;
        digest = digestOf(java(VECTORS, NATIVE, "-Dlanewise.vectorBits=0", "-cp", classPath, "consumer.Consumer"));
    }

    private static void javac(String to, Path output, String path, Path library, List<String> sources) {
        List<String> arguments = new ArrayList<>(List.of(to, output.toString(), path, library.toString()));
        arguments.addAll(List.of("-Xlint:all,-incubating", "-Werror"));
        arguments.addAll(sources);
        StringWriter messages = new StringWriter();
        PrintWriter writer = new PrintWriter(messages);
        int exitCode =
                ToolProvider.findFirst("javac").orElseThrow().run(writer, writer, arguments.toArray(String[]::new));
        assertEquals(0, exitCode, messages.toString());
        assertEquals("", messages.toString());
    }

    private static Jvm java(String... arguments) throws IOException, InterruptedException {
        return Jvm.run(HOME, List.of(arguments));
    }

    private static String digestOf(Jvm jvm) {
        assertEquals(0, jvm.exitCode(), jvm.err());
        List<String> lines = jvm.out().lines().toList();
        assertEquals(2, lines.size(), jvm.out());
        assertTrue(lines.get(1).matches("[0-9a-f]{64}"), jvm.out());
        return lines.get(1);
    }

    /** Asserts that the digest is the expected one and that the standard error matches the pattern {@code errors}. */
    private static void assertRuns(Jvm jvm, boolean vectors, boolean nativeAccess, String errors) {
        assertEquals(digest, digestOf(jvm));
        assertEquals(vectors, !jvm.out().contains("vectorBits=0"), jvm.out());
        assertTrue(jvm.out().contains("nativeAccess=" + nativeAccess), jvm.out());
        assertTrue(jvm.err().matches(errors), jvm.err());
    }

    @Test
    void onTheModulePath() throws Exception {
        String path = JAR + File.pathSeparator + module;
        assertRuns(java("-p", path, "-m", "consumer/consumer.Consumer"), true, false, INCUBATOR);
        assertRuns(
                java("--enable-native-access=dev.lanewise", "-p", path, "-m", "consumer/consumer.Consumer"),
                true,
                true,
                INCUBATOR);
    }

    @Test
    void onTheClassPath() throws Exception {
        assertRuns(java(VECTORS, NATIVE, "-cp", classPath, "consumer.Consumer"), true, true, INCUBATOR);
    }

    /** The image has the five modules that the application needs, and no flag: the library's descriptor requires the Vector API. */
    @Test
    void inALinkedImage() throws Exception {
        String jlink = "jdk.jlink/jdk.tools.jlink.internal.Main";
        boolean linkable = java("-m", jlink, "--help").out().contains("run-time image enabled");
        assumeTrue(linkable || Files.isDirectory(HOME.resolve("jmods")), "no modules to link in " + HOME);
        Path image = folder.resolve("image");
        String path = JAR + File.pathSeparator + module;
        Jvm linked = java("-m", jlink, "--add-modules=consumer", "-p", path, "--strip-debug", "--output=" + image);
        assertEquals(0, linked.exitCode(), linked.out() + linked.err());
        List<String> modules = Jvm.run(image, List.of("--list-modules"))
                .out()
                .lines()
                .map(line -> line.replaceFirst("@.*", ""))
                .toList();
        assertEquals(List.of("consumer", "dev.lanewise", "java.base", "jdk.incubator.vector", "jdk.jfr"), modules);
        assertRuns(
                Jvm.run(image, List.of("--enable-native-access=dev.lanewise", "-m", "consumer/consumer.Consumer")),
                true,
                true,
                INCUBATOR);
    }

    /** The runtime image is linked without the module {@code jdk.jfr}. */
    @Test
    void withoutTheRecordersModule() throws Exception {
        assertRuns(
                java(
                        "--limit-modules=jdk.incubator.vector,java.logging",
                        VECTORS,
                        NATIVE,
                        "-cp",
                        classPath,
                        "consumer.Consumer"),
                true,
                true,
                INCUBATOR);
    }

    @Test
    void underTheRecorder() throws Exception {
        Path recording = folder.resolve("run.jfr");
        String flight = "-XX:StartFlightRecording:filename=" + recording;
        String path = JAR + File.pathSeparator + module;
        for (List<String> flags : List.of(
                List.of("-Xlog:disable", flight, VECTORS, NATIVE, "-cp", classPath, "consumer.Consumer"),
                List.of("-Xlog:disable", flight, "-p", path, "-m", "consumer/consumer.Consumer"))) {
            Files.deleteIfExists(recording);
            assertEquals(digest, digestOf(Jvm.run(HOME, flags)));
            assertEquals(
                    40,
                    RecordingFile.readAllEvents(recording).stream()
                            .filter(event -> event.getEventType().getName().equals("dev.lanewise.Step")
                                    && event.getString("rules").equals("AdamW"))
                            .count());
        }
    }

    @Test
    void withoutTheVectorModule() throws Exception {
        assertRuns(java("-cp", classPath, "consumer.Consumer"), false, false, NO_MODULE);
    }

    @Test
    void withoutC2() throws Exception {
        assertRuns(
                java("-XX:TieredStopAtLevel=1", VECTORS, NATIVE, "-cp", classPath, "consumer.Consumer"),
                false,
                true,
                INCUBATOR + NO_C2);
    }

    @Test
    void withoutNativeAccess() throws Exception {
        assertRuns(java(VECTORS, "-cp", classPath, "consumer.Consumer"), true, false, INCUBATOR);
        assertRuns(
                java("--illegal-native-access=deny", VECTORS, "-cp", classPath, "consumer.Consumer"),
                true,
                false,
                INCUBATOR);
    }

    @Test
    void inAFatJar() throws Exception {
        Path fat = folder.resolve("fat.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, "consumer.Consumer");
        manifest.getMainAttributes().putValue("Enable-Native-Access", "ALL-UNNAMED");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(fat), manifest);
                JarFile library = new JarFile(JAR.toFile())) {
            for (JarEntry entry :
                    library.stream().filter(e -> e.getName().startsWith("dev/")).toList()) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                library.getInputStream(entry).transferTo(out);
            }
            out.putNextEntry(new ZipEntry("consumer/Consumer.class"));
            Files.copy(classes.resolve("consumer/Consumer.class"), out);
        }
        assertRuns(java(VECTORS, "-jar", fat.toString()), true, true, INCUBATOR);
        assertRuns(java("-jar", fat.toString()), false, true, NO_MODULE);
    }

    @Test
    void asTwoCopiesInOneJvm() throws Exception {
        String alone = folder.resolve("alone").toString();
        javac("-d", Path.of(alone), "-cp", JAR, List.of(SOURCES + "/consumer/Twice.java"));
        for (boolean vectors : new boolean[] {true, false}) {
            List<String> arguments = new ArrayList<>(vectors ? List.of(VECTORS, NATIVE) : List.of());
            arguments.addAll(List.of("-cp", alone, "consumer.Twice", JAR.toString(), classes + "/"));
            Jvm jvm = Jvm.run(HOME, arguments);
            assertEquals(0, jvm.exitCode(), jvm.err());
            List<String> lines = jvm.out().lines().toList();
            assertEquals(4, lines.size(), jvm.out());
            assertEquals(List.of(digest, digest), List.of(lines.get(1), lines.get(3)));
            assertEquals(lines.get(0), lines.get(2));
            assertEquals(vectors, !lines.get(0).contains("vectorBits=0"), lines.get(0));
            assertTrue(jvm.err().matches(vectors ? INCUBATOR : NO_MODULE + NO_MODULE), jvm.err());
        }
    }

    @Test
    void onTheNextJdk() throws Exception {
        Path next = null;
        try (Stream<Path> jdks = Files.list(HOME.getParent())) {
            for (Path jdk : jdks.toList()) {
                Path release = jdk.resolve("release");
                if (Files.exists(release) && Files.readString(release).contains("JAVA_VERSION=\"26")) {
                    next = jdk;
                }
            }
        }
        assumeTrue(next != null, "no JDK 26 beside " + HOME);
        Jvm jvm = Jvm.run(next, List.of(VECTORS, NATIVE, "-cp", classPath, "consumer.Consumer"));
        assertRuns(jvm, true, true, INCUBATOR);
    }

    @Test
    void leavesNothingBehind() throws Exception {
        Jvm jvm = java(
                VECTORS, NATIVE, "--add-opens=java.base/java.lang=ALL-UNNAMED", "-cp", classPath, "consumer.Footprint");
        assertEquals(INCUBATOR, jvm.err());
        assertEquals("threads []\nhooks []\nproperties as before\n", jvm.out());
    }

    @Test
    void forgetsDroppedOptimizers() throws Exception {
        int optimizers = 1_000_000;
        Jvm jvm = java(VECTORS, NATIVE, "-Xmx256m", "-cp", classPath, "consumer.Many", "" + optimizers);
        assertEquals(INCUBATOR, jvm.err());
        for (String line : jvm.out().lines().toList()) {
            // This is less than a byte for each element.
            assertTrue(Long.parseLong(line.split(" ")[1]) < optimizers, jvm.out());
        }
        assertEquals(2, jvm.out().lines().count(), jvm.out());
    }
}
