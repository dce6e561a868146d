package dev.lanewise.mnist.cli;

import dev.lanewise.fuzz.Inputs;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A command line, whose arguments are the lines of an input, prints its help or is refused in one line on standard error. There are no data, so
 * that nothing is trained, and no slashes, so that all files are in the working directory.
 */
public final class CommandLineFuzz {
    private static int runs;

    private CommandLineFuzz() {}

    /** {@return command lines with all options} */
    public static List<byte[]> seeds() {
        String usual =
                " --data d --hidden 128,64 --optimizer adamw --lr 1e-3 --beta1 0.9 --epsilon 1e-8 --weight-decay 0.1"
                        + " --clip-norm 1 --batch-size 128 --seed 7 --threads 2";
        return Inputs.texts(Stream.of(
                        "--help",
                        "--version",
                        "train --help",
                        "train" + usual
                                + " --epochs 3 --validation 100 --schedule cosine:floor=0.1 --layer-lr layers.0=0.1",
                        "train --out o --metrics m --report r --watch --checkpoint c --every 5 --resume --state bf16",
                        "train --optimizer sgd --momentum 0.9 --nesterov --hidden none --replicas 4 --ranks 2 --lr=0.1",
                        "find-lr" + usual + " --method range --from 1e-4 --to 10 --steps 50 --plot p.svg",
                        "find-lr --per-layer --points 5 --bisections 3 --validation 10",
                        "evaluate --data d --model m --mistakes 3",
                        "lab --quick --resume --seed 1 --threads 1 --out l.html --data d",
                        "help train")
                .map(line -> line.replace(' ', '\n')));
    }

    /** The entry point of Jazzer. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (++runs % 1000 == 0) {
            clean();
        }
        // A line may name a folder that an earlier one made.
        Inputs.bounded(input, () -> run(Inputs.text(input).replace('/', '_').split("\n", -1)));
    }

    private static void clean() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("").toAbsolutePath())) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(Path.of("").toAbsolutePath())) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void run(String[] arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        boolean help = code == 0 && err.toString().isEmpty() && !out.toString().isBlank();
        boolean refused = code == 2
                && out.toString().isEmpty()
                && err.toString().lines().count() == 1
                && err.toString().startsWith("error: ");
        if (!help && !refused) {
            throw new AssertionError(String.join(" ", arguments) + "\n" + code + "\n" + out + "\n" + err);
        }
    }
}
