package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snippets of the javadoc compile. */
class SnippetsTest {
    private static final Path SOURCES = Path.of("main/java");
    private static final String SNIPPET = "{@snippet :\n";

    /** The imports and fields that every snippet may use. */
    private static final String BEFORE = """
        import dev.lanewise.*;
        import dev.lanewise.fit.*;
        import dev.lanewise.distributed.*;
        import dev.lanewise.linalg.*;
        import dev.lanewise.memory.*;
        import dev.lanewise.nn.*;
        import dev.lanewise.optim.*;
        import dev.lanewise.safetensors.*;
        import dev.lanewise.schedule.*;
        import dev.lanewise.tune.*;
        import java.lang.foreign.*;
        import java.nio.*;
        import java.nio.channels.*;
        import java.nio.file.*;
        import java.time.*;
        import java.util.*;
        class Snippet%d {
            Path file;
            FloatSpan weights;
            Optimizer optimizer;
            Collective ranks;
            DataParallel training;
            float[] images;
            int[] labels;
            void snippet() throws Exception {
        """;

    @Test
    void theSnippetsCompile(@TempDir Path classes) throws Exception {
        List<JavaFileObject> units = new ArrayList<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList()) {
                add(units, file);
            }
        }
        assertTrue(units.size() > 5, units.size() + " snippets");
        StringWriter errors = new StringWriter();
        List<String> options = List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
        boolean compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(errors, null, null, options, null, units)
                .call();
        assertEquals("", errors.toString());
        assertTrue(compiled);
    }

    private static void add(List<JavaFileObject> units, Path file) throws IOException {
        String source = Files.readString(file);
        for (int at = source.indexOf(SNIPPET); at >= 0; at = source.indexOf(SNIPPET, at + 1)) {
            String body = source.substring(at + SNIPPET.length(), end(source, at));
            String code = BEFORE.formatted(units.size())
                    + body.replaceAll("(?m)^ *\\* ?", "        ").replace("&lt;", "<")
                    + "\n    }\n}\n";
            URI name =
                    URI.create("string:///" + file.toString().replace('\\', '/') + "/Snippet" + units.size() + ".java");
            units.add(new SimpleJavaFileObject(name, JavaFileObject.Kind.SOURCE) {
                @Override
                public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                    return code;
                }
            });
        }
    }

    /** Returns the index of the brace that closes the one at {@code open}. */
    private static int end(String source, int open) {
        int depth = 0;
        for (int i = open; ; i++) {
            depth += source.charAt(i) == '{' ? 1 : source.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
    }
}
