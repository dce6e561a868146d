import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Formats the Java sources below the given folders, or checks that they are formatted. The build runs it on the toolchain's JDK,
 * because the formatter parses with the javac of the JDK that runs it.
 */
final class Format {
    public static void main(String[] args) throws Exception {
        boolean write = args[0].equals("write");
        Formatter formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
                .style(JavaFormatterOptions.Style.PALANTIR)
                .formatJavadoc(false)
                .build());
        String failure = failure(formatter);
        if (failure != null) {
            // A build must not need the one JDK on which the formatter runs; only whoever commits does.
            System.err.println("The format is not " + (write ? "written" : "checked")
                    + ", because the formatter does not run on JDK "
                    + Runtime.version().feature() + ": " + failure);
            System.exit(write ? 1 : 0);
        }
        List<Path> unformatted = new ArrayList<>();
        for (String folder : List.of(args).subList(1, args.length)) {
            unformatted.addAll(sources(Path.of(folder)).parallelStream()
                    .filter(file -> !isFormatted(file, formatter, write))
                    .toList());
        }
        if (!write && !unformatted.isEmpty()) {
            System.err.println("Not formatted; run: mvn -q -f src/build process-sources -Dformat=write");
            unformatted.forEach(file -> System.err.println("  " + file));
            System.exit(1);
        }
    }

    /** {@return what the formatter says of a class without an error, where it does not know the javac of this JDK; else null} */
    private static String failure(Formatter formatter) {
        try {
            formatter.formatSourceAndFixImports("final class A {\n    int a = Math.abs(1);\n}\n");
            return null;
        } catch (FormatterException | RuntimeException | LinkageError e) {
            return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        }
    }

    private static boolean isFormatted(Path file, Formatter formatter, boolean write) {
        try {
            String source = Files.readString(file);
            String formatted = formatter.formatSourceAndFixImports(source);
            if (write && !formatted.equals(source)) {
                Files.writeString(file, formatted);
            }
            return formatted.equals(source);
        } catch (IOException | FormatterException e) {
            throw new IllegalStateException("cannot format " + file, e);
        }
    }

    private static List<Path> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .sorted()
                    .toList();
        }
    }
}
