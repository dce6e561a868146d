package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.testing.Maven;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * {@code mvn deploy} puts the artifacts into a local repository without them, from which another project depends on the library, and into a
 * remote one, with all that Maven Central demands.
 */
class InstalledIT {
    private static final Path PROJECT = Path.of("../..").toAbsolutePath().normalize();

    private static final String CONSUMER = """
        <project>
          <modelVersion>4.0.0</modelVersion>
          <groupId>org.example</groupId>
          <artifactId>consumer</artifactId>
          <version>1</version>
          <properties><maven.compiler.release>25</maven.compiler.release></properties>
          <dependencies>
            <dependency>
              <groupId>dev.lanewise</groupId>
              <artifactId>lanewise</artifactId>
              <version>0.1.0-SNAPSHOT</version>
            </dependency>
          </dependencies>
          <build>
            <plugins>
              %s
            </plugins>
          </build>
        </project>
        """;

    private static final String MAIN = """
        package org.example;

        import dev.lanewise.memory.FloatSpan;
        import dev.lanewise.optim.AdamW;
        import dev.lanewise.optim.Optimizer;

        public class Main {
            public static void main(String[] arguments) {
                float[] parameters = {1, 2, 3};
                new Optimizer(FloatSpan.of(parameters), new AdamW()).step(FloatSpan.of(new float[] {1, 1, 1}));
                System.out.println(parameters[0] < 1);
                System.out.println(System.getProperty("java.class.path"));
            }
        }
        """;

    /** The folder is not JUnit's temporary one, because JUnit warns of each link that it removes. */
    private static final Path FOLDER = Path.of("target/installed").toAbsolutePath();

    /** The remote repository. */
    private static final Path DEPLOYED = FOLDER.resolve("deployed");

    private static final Path REPOSITORY = FOLDER.resolve("repository");

    /** The artifacts that are published. */
    private static final Set<String> PUBLISHED = Set.of(
            "lanewise-parent",
            "lanewise-bom",
            "lanewise-integrations",
            "lanewise",
            "lanewise-djl",
            "lanewise-dl4j",
            "lanewise-micrometer",
            "lanewise-spark");

    @BeforeAll
    static void deploy() throws Exception {
        empty();
        linkTheRest();
        maven(
                PROJECT,
                "-Pintegrations",
                "-pl",
                ".,src/bom,src/lanewise,src/integrations,src/djl,src/dl4j,src/micrometer,src/spark",
                "-Dmaven.test.skip",
                "-DskipTests",
                "-DaltDeploymentRepository=local::" + DEPLOYED.toUri(),
                "deploy");
    }

    private static void empty() throws IOException {
        if (Files.exists(FOLDER)) {
            try (Stream<Path> files = Files.walk(FOLDER)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.createDirectories(FOLDER);
    }

    @Test
    void aProjectBesideItDependsOnItAndOnNothingElse() throws Exception {
        Path consumer = Files.createDirectory(FOLDER.resolve("consumer"));
        Files.writeString(consumer.resolve("pom.xml"), CONSUMER.formatted(plugins()));
        Path source = consumer.resolve("src/main/java/org/example/Main.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, MAIN);
        String printed = maven(
                consumer,
                "compile",
                "exec:exec",
                "-Dexec.executable=java",
                "-Dexec.args=--add-modules jdk.incubator.vector -classpath %classpath org.example.Main");
        Path library = REPOSITORY.resolve("dev/lanewise/lanewise/0.1.0-SNAPSHOT/lanewise-0.1.0-SNAPSHOT.jar");
        assertTrue(printed.contains("\ntrue\n" + consumer.resolve("target/classes") + ":" + library + "\n"), printed);

        Path effective = FOLDER.resolve("effective.xml");
        maven(
                consumer,
                "org.apache.maven.plugins:maven-help-plugin:3.5.1:effective-pom",
                "-Dartifact=dev.lanewise:lanewise:0.1.0-SNAPSHOT",
                "-Doutput=" + effective);
        String pom = Files.readString(effective)
                .replaceAll("(?s)<dependencyManagement>.*?</dependencyManagement>", "")
                .replaceAll("(?s)<profiles>.*</profiles>", "")
                .replaceAll("(?s)<build>.*</build>", "");
        assertEquals(List.of("test", "test", "test"), all("<dependency>.*?<scope>(.*?)</scope>\\s*</dependency>", pom));
        assertEquals(3, all("(<dependency>)", pom).size(), pom);
        assertEquals(List.of("https://github.com/lanewise/lanewise"), all("<connection>scm:git:(.*?)\\.git<", pom));
    }

    @Test
    void whatIsDeployedHasAllThatMavenCentralDemands() throws IOException {
        Path group = DEPLOYED.resolve("dev/lanewise");
        try (Stream<Path> artifacts = Files.list(group)) {
            assertEquals(
                    PUBLISHED,
                    artifacts
                            .map(artifact -> artifact.getFileName().toString())
                            .filter(name -> !name.startsWith("maven-metadata"))
                            .collect(Collectors.toSet()));
        }
        String parent = Files.readString(file(group, "lanewise-parent", ".pom"));
        for (String name : PUBLISHED) {
            String pom = Files.readString(file(group, name, ".pom"));
            assertTrue(pom.matches("(?s).*\\n  <name>[^<]+</name>\\n  <description>[^<]+</description>.*"), pom);
            String inherited = pom.contains("  <parent>") ? parent : pom;
            for (String pattern : List.of(
                    "(https?://)[^<]+</url>\\s*<licenses>",
                    "<license>\\s*(<name>)[^<]+</name>\\s*<url>https://[^<]+</url>\\s*</license>",
                    "<developer>\\s*(<name>)[^<]+</name>",
                    "<scm.*?(<connection>)scm:git:[^<]+</connection>\\s*<developerConnection>[^<]+</developerConnection>\\s*<url>")) {
                assertEquals(1, all(pattern, inherited).size(), name + " " + pattern);
            }
            if (!pom.contains("<packaging>pom</packaging>")) {
                for (String jar : List.of("[0-9].jar", "-sources.jar", "-javadoc.jar")) {
                    assertTrue(Files.size(file(group, name, jar)) > 1000, name + " " + jar);
                }
            }
        }
        for (String module : List.of("src/report", "src/mnist", "src/mnist-spark", "bench")) {
            String pom = Files.readString(PROJECT.resolve(module).resolve("pom.xml"));
            assertEquals(List.of("true"), all("<maven.deploy.skip>(.*?)</maven.deploy.skip>", pom), module);
        }
        List<String> managed = all(
                "<dependency>.*?<artifactId>(.*?)</artifactId>", Files.readString(file(group, "lanewise-bom", ".pom")));
        assertEquals(
                Set.of("lanewise", "lanewise-djl", "lanewise-dl4j", "lanewise-micrometer", "lanewise-spark"),
                Set.copyOf(managed));
    }

    /** The projects of src/examples build, and their tests run the programs. */
    @Test
    void theExamplesRun() throws Exception {
        maven(PROJECT, "-f", "src/examples", "verify");
    }

    /** {@return the only file of an artifact whose name ends so; its middle is the time of the snapshot} */
    private static Path file(Path group, String artifact, String ending) throws IOException {
        try (Stream<Path> files = Files.walk(group.resolve(artifact))) {
            String pattern = ".*" + ending.replace(".", "\\.");
            List<Path> found =
                    files.filter(file -> file.toString().matches(pattern)).toList();
            assertEquals(1, found.size(), artifact + " " + ending + ": " + found);
            return found.getFirst();
        }
    }

    /** Links what Maven has already downloaded into the repository, without the project's artifacts. */
    private static void linkTheRest() throws IOException {
        Path full = Path.of(System.getProperty("localRepository"));
        // What the examples download is kept for the next build, since these folders are links too.
        for (String group : List.of("ch", "com", "io", "jakarta", "org", "tools")) {
            Files.createDirectories(full.resolve(group));
        }
        Files.createDirectories(REPOSITORY.resolve("dev"));
        link(full, REPOSITORY, "dev");
        if (Files.isDirectory(full.resolve("dev"))) {
            link(full.resolve("dev"), REPOSITORY.resolve("dev"), "lanewise");
        }
    }

    private static void link(Path from, Path to, String except) throws IOException {
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.filter(e -> !e.endsWith(except)).toList()) {
                Files.createSymbolicLink(to.resolve(entry.getFileName()), entry);
            }
        }
    }

    /** Returns the plugins that select the JDK and run the program, in this build's versions. */
    private static String plugins() throws IOException {
        String parent = Files.readString(PROJECT.resolve("pom.xml"));
        List<String> plugins = all("(<plugin>(?:(?!</plugin>).)*maven-toolchains-plugin.*?</plugin>)", parent);
        assertEquals(1, plugins.size());
        return plugins.getFirst()
                + plugin("org.apache.maven.plugins", "maven-compiler-plugin", parent)
                + plugin("org.codehaus.mojo", "exec-maven-plugin", parent);
    }

    private static String plugin(String group, String name, String parent) {
        String artifact = "<artifactId>" + name + "</artifactId>";
        List<String> versions = all(artifact + "\\s*(<version>.*?</version>)", parent);
        return "<plugin><groupId>" + group + "</groupId>" + artifact + versions.getFirst() + "</plugin>";
    }

    private static List<String> all(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
        return matcher.results().map((MatchResult result) -> result.group(1)).toList();
    }

    private static String maven(Path project, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("-B", "-q", "-Dmaven.repo.local=" + REPOSITORY));
        all.addAll(List.of(arguments));
        return Maven.run(project, FOLDER.resolve("log"), Map.of(), all);
    }
}
