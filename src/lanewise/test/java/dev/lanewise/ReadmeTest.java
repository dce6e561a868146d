package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.optim.Rules;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTest {
    /** The example of the README compiles and runs unchanged. */
    @Test
    void theEmbeddingExampleRuns(@TempDir Path classes) throws Exception {
        Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../../README.md")));
        assertTrue(block.find());
        String body = block.group(1).replaceAll("(?m)^import .*\n", "");
        String imports = block.group(1)
                .lines()
                .filter(line -> line.startsWith("import "))
                .reduce("", (a, b) -> a + b);
        String source = imports + " public class Example { public static void main(String[] args) { " + body + " } }";

        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        List<String> options = List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
        assertTrue(
                compiler.getTask(null, null, null, options, null, List.of(file)).call());
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
            loader.loadClass("Example").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        }
    }

    @Test
    void theTableOfTheRulesIsWhole() throws IOException {
        String readme = Files.readString(Path.of("../mnist/README.md"));
        for (Rules.Entry entry : Rules.all()) {
            String rule = "`" + entry.defaults().getClass().getSimpleName() + "`";
            assertTrue(
                    readme.contains("| " + rule) || readme.contains("\n" + rule + " is for "),
                    () -> rule
                            + " is not in src/mnist/README.md: add a row to the table of the rules, or a sentence on"
                            + " what it is for");
        }
    }

    /** A newcomer reads two screens, not ten. */
    @Test
    void theFrontPageIsShort() throws IOException {
        int lines = Files.readAllLines(Path.of("../../README.md")).size();
        assertTrue(lines <= 130, () -> "README.md must have at most 130 lines: " + lines);
    }
}
