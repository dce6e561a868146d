package dev.lanewise.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Describes {@link GemmBenchmark}. */
final class GemmExhibit {
    private static final List<Column> COLUMNS = List.of(
            Column.LANEWISE,
            Column.peer("mkl", Library.MKL),
            Column.peer("openBlas", Library.OPENBLAS),
            Column.peer("netlib", Library.NETLIB),
            Column.peer("ejml", Library.EJML),
            Column.peer("ojAlgo", Library.OJALGO));

    static final Exhibit EXHIBIT = new Exhibit(
            GemmBenchmark.class,
            "Matrix products",
            "How fast are matrix products in that MLP's shapes, square ones, of few rows and of primes, against MKL"
                + " and OpenBLAS, and against the libraries in Java that a JVM user would take instead? A product is"
                + " named by whether each factor is transposed (T) or not (N), the rows and columns of the result, and"
                + " the length of the sums.",
            List.of(
                    new Plan.Part(
                                    GemmBenchmark.class,
                                    Plan.SHORT,
                                    Map.of(
                                            "threads",
                                            List.of("1"),
                                            "shape",
                                            List.of(
                                                    "NN 128 256 784",
                                                    "TN 784 256 128",
                                                    "NT 128 256 128",
                                                    "NN 128 10 128",
                                                    "TN 128 10 128",
                                                    "NN 127 131 137",
                                                    "NN 1 256 784",
                                                    "NN 8 256 784")))
                            .of("lanewise", "mkl", "openBlas"),
                    new Plan.Part(
                                    GemmBenchmark.class,
                                    Plan.SHORT,
                                    Map.of(
                                            "threads",
                                            List.of("1"),
                                            "shape",
                                            List.of("NN 128 256 784", "NN 512 512 512")))
                            .of("netlib", "ejml", "ojAlgo"),
                    new Plan.Part(
                                    GemmBenchmark.class,
                                    Plan.SHORT,
                                    Map.of(
                                            "threads",
                                            List.of("1"),
                                            "shape",
                                            List.of(
                                                    "NN 32 256 784",
                                                    "TN 784 256 32",
                                                    "NN 512 256 784",
                                                    "TN 784 256 512",
                                                    "NN 1024 1024 1024")))
                            .of("lanewise", "mkl"),
                    new Plan.Part(GemmBenchmark.class, Plan.SHORT, Map.of("shape", List.of("NN 512 512 512")))
                            .of("lanewise", "mkl")),
            List.of(
                    new Plan.Part(GemmBenchmark.class, Plan.LONG, Map.of())
                            .of("lanewise", "mkl", "openBlas", "ojAlgo")
                            .forks(3),
                    new Plan.Part(GemmBenchmark.class, Plan.LONG, Map.of("threads", List.of("1")))
                            .of("netlib", "ejml")
                            .forks(3)),
            new TableSpec(
                            "Matrix products",
                            new Unit("GFLOP/s", (row, time) -> flops(row) / time / 1e3),
                            List.of("shape", "threads"),
                            COLUMNS,
                            TableSpec.toPeers(Column.LANEWISE, COLUMNS))
                    .labeled(GemmExhibit::label)
                    .drawn(TableSpec.Figure.VALUES));

    /** Names a product by its factors, the size of the result and the length of the sums. */
    private static String label(Results.Row row) {
        String[] words = row.get("shape").split(" ");
        String factors = words[0].equals("TN") ? "Aᵀ·B" : words[0].equals("NT") ? "A·Bᵀ" : "A·B";
        return "product " + factors + ", "
                + String.join(" × ", Arrays.asList(words).subList(1, words.length)) + TableSpec.threads(row);
    }

    /** {@return the operations of a product with a shape such as {@code NN 128 256 784}} */
    private static double flops(Results.Row row) {
        return Arrays.stream(row.get("shape").split(" "))
                .skip(1)
                .mapToDouble(Double::parseDouble)
                .reduce(2, (x, y) -> x * y);
    }

    private GemmExhibit() {}
}
