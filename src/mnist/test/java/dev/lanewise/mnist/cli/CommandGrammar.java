package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.TinyData;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The options of all commands with values that are legal and others that are not, and the rules for several options together. It is
 * written out here and not taken from the program, which it tests.
 */
final class CommandGrammar {
    private CommandGrammar() {}

    /**
     * A part of a command line.
     *
     * @param option its option; or something else that is not one
     * @param value its value; null for an option without one
     * @param legal whether a command with this part alone succeeds
     */
    record Piece(String option, String value, boolean legal) {
        List<String> arguments(boolean joined) {
            return value == null ? List.of(option) : joined ? List.of(option + "=" + value) : List.of(option, value);
        }
    }

    private static final List<Piece> DATA = option("--data", "DATA", "nowhere | OUT/old | OUT/empty | ");

    /** The option, the legal values, and the illegal ones; a dash stands for an option without a value. */
    private static final List<Piece> TRAINING = Stream.of(
                    DATA,
                    option(
                            "--hidden",
                            "4 | 3,2 | none | 1",
                            "0 | 4, | ,4 | x | -1 | 4.0 | 999999999 | 1e3 | none,4 | "),
                    option("--optimizer", "sgd | adamw | lion | rprop", "SGD | foo | adam w | "),
                    option("--lr", "0 | 0.001 | 1e-3 | 0.25", "-1 | NaN | Infinity | 1e39 | 1e999 | x | 0,1 | "),
                    option("--momentum", "0.5 | 0.9", "1 | -0.1 | NaN | x"),
                    option("--beta1", "0 | 0.5", "1 | 1.5 | -1 | NaN"),
                    option("--epsilon", "1e-8 | 0.1", "-1 | NaN | Infinity"),
                    option("--weight-decay", "0 | 0.1", "-1 | NaN | Infinity | 1e39"),
                    option("--nesterov", "-", ""),
                    option("--clip-norm", "1 | 1e-3 | 1e30", "0 | -1 | NaN | Infinity | x"),
                    option("--batch-size", "7 | 16 | 90 | 2147483647", "0 | -1 | 2147483648 | 1.5 | x | "),
                    option("--seed", "0 | -1 | 9223372036854775807", "9223372036854775808 | 1.0 | x | "),
                    option("--threads", "1 | 2", "0 | -1 | 1025 | x"),
                    option("--validation", "0 | 9 | 30", "-1 | 89 | 90 | 100000 | x"))
            .flatMap(List::stream)
            .toList();

    private static final List<Piece> TRAIN = Stream.of(
                    option("--epochs", "1 | 2", "0 | -1 | 1.5 | 2147483648 | x"),
                    option(
                            "--schedule",
                            "constant | step | step:every=1e30 | multi-step | exponential:every=1e-30,factor=0.5 |"
                                    + " polynomial | linear-warmup:warmup=1e30 | cosine:floor=0.5 |"
                                    + " cosine-restarts:period=1e-30 | warmup-cosine:warmup=0 | one-cycle |"
                                    + " warmup-stable-decay | inverse-square-root:warmup=1e30% |"
                                    + " reduce-on-plateau:on=training-loss | reduce-on-plateau",
                            "stairs | constant:a=1 | step: | step:every | step:every=0 | step:every=-1 | step:factor=2"
                                    + " | step:every=1e99 | multi-step:at=2/1 | multi-step:at=1e-30 | cosine:floor=2"
                                    + " | warmup-cosine:warmup=1e30 | warmup-stable-decay:decay=1e30 | one-cycle:rise=1"
                                    + " | cosine-restarts:growth=1.5 | cosine-restarts:growth=1e30"
                                    + " | reduce-on-plateau:patience=1e30 | reduce-on-plateau:on=loss | "),
                    option(
                            "--layer-lr",
                            "layers.0=0.1 | layers.0.bias=0 | 0.1,0.2",
                            "x | layers.9=1 | layers.0=-1 | layers.0=1,layers.0=2 | 0.1,,0.2 | "),
                    option(
                            "--out",
                            "OUT/w | OUT/old | OUT/link",
                            "OUT | /nowhere/w | /dev/null | DATA/train-images-idx3-ubyte | OUT/w.1.tmp"),
                    option(
                            "--metrics",
                            "OUT/m | OUT/old | /dev/null",
                            "OUT/empty | /nowhere/m | DATA/t10k-labels-idx1-ubyte.gz"),
                    option(
                            "--report",
                            "OUT/r | OUT/hard",
                            "OUT | /nowhere/r | DATA/train-labels-idx1-ubyte | " + "n".repeat(240)),
                    option("--watch", "-", ""),
                    option("--state", "f32 | bf16 | int8", "F32 | f16 | int4 | 8 | "),
                    option("--checkpoint", "OUT/new | OUT/empty | OUT/new/deep", "OUT/old | OUT/old/new | /dev/null"),
                    option("--every", "1 | 5", "0 | -1 | x"),
                    option("--resume", "-", ""))
            .flatMap(List::stream)
            .toList();

    private static final List<Piece> FIND = Stream.of(
                    option("--method", "largest | range", "LARGEST | x | "),
                    option("--per-layer", "-", ""),
                    option("--from", "1e-4 | 0.01 | 2", "0 | -1 | NaN | 1e-320 | 100 | x"),
                    option("--to", "1 | 5", "0 | NaN | Infinity | 1e-30 | 1e39"),
                    option("--steps", "2 | 5", "1 | 0 | -1 | 10000001 | x"),
                    option("--points", "2 | 3", "1 | 1001 | x"),
                    option("--bisections", "0 | 2", "-1 | 51 | x"),
                    option("--plot", "OUT/p.svg | OUT/p.SVG", "OUT/p | OUT/p.pdf | /nowhere/p.svg | OUT/empty"))
            .flatMap(List::stream)
            .toList();

    private static final List<Piece> EVALUATE = Stream.of(
                    DATA,
                    option("--model", "OUT/model", "OUT/old | OUT | OUT/nothing | DATA/train-images-idx3-ubyte | "),
                    option("--mistakes", "0 | 3 | 2147483647", "-1 | x | 2147483648"))
            .flatMap(List::stream)
            .toList();

    /** A lab takes too long to succeed here. */
    private static final List<Piece> LAB = Stream.of(
                    DATA,
                    option("--quick", "-", ""),
                    option("--resume", "-", ""),
                    option("--seed", "1", "x"),
                    option("--threads", "1", "0 | x"),
                    option("--out", "OUT/l.html", "/nowhere/l | DATA/train-images-idx3-ubyte | " + "n".repeat(240)))
            .flatMap(List::stream)
            .toList();

    /** What no command has, or has only with more beside it. */
    private static final List<Piece> WRONG = Stream.of(
                    "--foo",
                    "-x",
                    "bar",
                    "@OUT/old",
                    "",
                    "--out",
                    "--epochs",
                    "--data",
                    "--model",
                    "--hidden 4",
                    "-",
                    "--=",
                    "--hidden==4")
            .map(text -> new Piece(text, null, false))
            .toList();

    private static List<Piece> option(String name, String legal, String illegal) {
        List<Piece> pieces = new ArrayList<>();
        for (String value : legal.split(" \\| ", -1)) {
            pieces.add(new Piece(name, value.equals("-") ? null : value, true));
        }
        if (!illegal.isEmpty()) {
            for (String value : illegal.split(" \\| ", -1)) {
                pieces.add(new Piece(name, value, false));
            }
        }
        return pieces;
    }

    enum Command {
        TRAIN(TRAINING, CommandGrammar.TRAIN),
        EVALUATE(CommandGrammar.EVALUATE, List.of()),
        FIND_LR(TRAINING, FIND),
        LAB(CommandGrammar.LAB, List.of());

        private final List<Piece> all;

        Command(List<Piece> some, List<Piece> others) {
            all = Stream.of(some, others, WRONG).flatMap(List::stream).toList();
        }

        List<Piece> pieces(boolean legal) {
            return all.stream().filter(piece -> piece.legal == legal).toList();
        }

        /** Returns what is added to a command line so that it is short: the data, and few steps. */
        List<Piece> missing(List<Piece> pieces) {
            List<Piece> usual = new ArrayList<>(List.of(new Piece("--data", "DATA", true)));
            switch (this) {
                case TRAIN -> usual.addAll(List.of(new Piece("--hidden", "4", true), new Piece("--epochs", "1", true)));
                case FIND_LR ->
                    usual.addAll(List.of(new Piece("--hidden", "4", true), new Piece("--steps", "4", true)));
                default -> {}
            }
            Set<String> given = pieces.stream().map(Piece::option).collect(Collectors.toSet());
            usual.removeIf(piece -> given.contains(piece.option));
            return usual;
        }

        /** Returns those of some parts that can be together, the first ones first. */
        List<Piece> agreeing(List<Piece> pieces) {
            List<Piece> agreeing = new ArrayList<>();
            if (this == EVALUATE) {
                agreeing.add(new Piece("--model", "OUT/model", true));
            }
            for (Piece piece : pieces) {
                agreeing.add(piece);
                boolean twice = this == EVALUATE && agreeing.size() > 1 && piece.option.equals("--model");
                if (twice || !succeeds(agreeing)) {
                    agreeing.removeLast();
                }
            }
            return agreeing;
        }

        /** Returns whether a command line succeeds. */
        boolean succeeds(List<Piece> pieces) {
            Map<String, String> given = pieces.stream()
                    .collect(Collectors.toMap(Piece::option, piece -> piece.value == null ? "" : piece.value));
            return pieces.stream().allMatch(Piece::legal)
                    && switch (this) {
                        case TRAIN -> rule(given) && train(given) && files(given);
                        case FIND_LR -> rule(given) && find(given);
                        case EVALUATE -> given.containsKey("--model");
                        case LAB -> false;
                    };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Which hyperparameters go with which rule. */
    private static boolean rule(Map<String, String> given) {
        String rule = given.getOrDefault("--optimizer", "adamw");
        boolean sgd = rule.equals("sgd");
        return (sgd || !given.containsKey("--momentum"))
                && (!given.containsKey("--nesterov") || sgd && given.containsKey("--momentum"))
                && (!given.containsKey("--beta1") || Set.of("adamw", "lion").contains(rule))
                && (!given.containsKey("--epsilon") || rule.equals("adamw"))
                && (!given.containsKey("--weight-decay") || !rule.equals("rprop"))
                // The first step of rprop is at least its smallest.
                && !(rule.equals("rprop") && given.getOrDefault("--lr", "1").equals("0"));
    }

    private static boolean train(Map<String, String> given) {
        boolean plateau = given.getOrDefault("--schedule", "").equals("reduce-on-plateau");
        String layerRates = given.getOrDefault("--layer-lr", "");
        boolean two = Set.of("4", "1").contains(given.getOrDefault("--hidden", "4"));
        boolean zero = layerRates.endsWith("=0")
                && given.getOrDefault("--optimizer", "").equals("rprop");
        long steps = steps(given);
        // At 50 % and 75 % of the steps.
        boolean milestones = steps / 2 >= 1 && 3 * steps / 4 > steps / 2;
        return (milestones || !given.getOrDefault("--schedule", "").equals("multi-step"))
                && (!plateau || Integer.parseInt(given.getOrDefault("--validation", "0")) > 0)
                && (!layerRates.startsWith("0.1,") || two && !given.containsKey("--lr"))
                && !zero
                && (given.containsKey("--checkpoint")
                        || !given.containsKey("--every") && !given.containsKey("--resume"));
    }

    private static long steps(Map<String, String> given) {
        int images = TinyData.TRAINING - Integer.parseInt(given.getOrDefault("--validation", "0"));
        int batch = Math.min(images, Integer.parseInt(given.getOrDefault("--batch-size", "128")));
        return Long.parseLong(given.getOrDefault("--epochs", "1")) * ((images + batch - 1) / batch);
    }

    /** The link and the hard link are the old file. */
    private static boolean files(Map<String, String> given) {
        List<String> files = Stream.of("--out", "--metrics", "--report")
                .filter(given::containsKey)
                .map(option -> given.get(option).replaceAll("OUT/(link|hard)", "OUT/old"))
                .toList();
        return files.size() == Set.copyOf(files).size();
    }

    private static boolean find(Map<String, String> given) {
        boolean range = given.getOrDefault("--method", "largest").equals("range");
        boolean layers = given.containsKey("--per-layer");
        boolean refused = layers || given.containsKey("--points") || given.containsKey("--bisections");
        double to = Double.parseDouble(given.getOrDefault("--to", "9"));
        return !(range && (refused || given.getOrDefault("--optimizer", "").equals("rprop")))
                && (layers || !given.containsKey("--lr"))
                && Double.parseDouble(given.getOrDefault("--from", "1e-4")) < to;
    }
}
