package dev.lanewise.mnist.spark;

import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.spark.SparkTraining;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.classification.MultilayerPerceptronClassificationModel;
import org.apache.spark.ml.classification.MultilayerPerceptronClassifier;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The time to an accuracy of 97 % on MNIST's test images, in turn with Spark MLlib's {@code MultilayerPerceptronClassifier} on
 * the same two executors of one core. Both have the layers 784-256-128-10; MLlib's hidden layers are sigmoids, and each
 * evaluation of its L-BFGS takes all images. The time of {@code train} has the start of its ranks, the reading of the images and
 * the evaluation of each epoch; that of MLlib begins when the executors have the images in memory, and has no evaluation, so that
 * the iterations that it needs must be found first. MLlib takes the {@code libblas.so.3} of {@code LD_LIBRARY_PATH}, which should
 * be a fast one, with {@code OPENBLAS_NUM_THREADS=1}.
 *
 * <pre>
 * mvn -q -B -Pintegrations,mllib -pl src/mnist-spark -am test-compile exec:exec -Dexec.skip -Dscope=test \
 *     -Dmain=dev.lanewise.mnist.spark.MllibComparison -Dargs="1 118 128 --batch-size 512 --lr 0.003 --replicas 8 --epochs 3"
 * </pre>
 */
final class MllibComparison {
    private static final String DATA = "src/mnist/data";
    private static final int[] LAYERS = {784, 256, 128, 10};
    private static final int EXECUTORS = 2;
    private static final double GOAL = 97;

    private final SparkSession session;
    private final JavaSparkContext spark;

    private MllibComparison(SparkSession session) {
        this.session = session;
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    }

    /**
     * Prints a line for each training.
     *
     * @param args the rounds; MLlib's iterations and the rows of its blocks, of both one or more apart by commas; the options of
     *     {@code train} from the fourth on
     */
    public static void main(String[] args) throws IOException {
        int rounds = Integer.parseInt(args[0]);
        int[] iterations = numbers(args[1]), blocks = numbers(args[2]);
        List<String> train = new ArrayList<>(List.of("train", "--data", DATA));
        train.addAll(Arrays.asList(args).subList(3, args.length));
        Arguments arguments = Arguments.of(train.toArray(String[]::new));
        SparkConf conf = Main.settings(new SparkConf(), arguments);
        try (SparkSession session = SparkSession.builder().config(conf).getOrCreate()) {
            MllibComparison comparison = new MllibComparison(session);
            Dataset<Row> training = comparison.images(DataSet.TRAINING), test = comparison.images(DataSet.TEST);
            for (int round = 0; round < rounds; round++) {
                comparison.lanewise(arguments);
                for (int block : blocks) {
                    for (int most : iterations) {
                        comparison.mllib(training, test, most, block);
                    }
                }
            }
        }
    }

    private static int[] numbers(String argument) {
        return Stream.of(argument.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    /** {@return images in the memory of the executors, a part on each, which has read it itself} */
    private Dataset<Row> images(String part) {
        String folder = Path.of(DATA).toAbsolutePath().toString();
        StructType columns =
                new StructType().add("label", DataTypes.DoubleType).add("features", SQLDataTypes.VectorType());
        Dataset<Row> images = session.createDataFrame(
                        spark.parallelize(List.of(0, 1), EXECUTORS)
                                .flatMap(each -> rows(folder, part, each).iterator()),
                        columns)
                .cache();
        images.count();
        return images;
    }

    private static Stream<Row> rows(String folder, String part, int executor) {
        DataSet data = DataSet.load(Path.of(folder), part);
        int pixels = data.pixels();
        return IntStream.range(0, data.size())
                .filter(i -> i % EXECUTORS == executor)
                .mapToObj(i -> RowFactory.create(
                        (double) data.labels()[i],
                        Vectors.dense(IntStream.range(i * pixels, (i + 1) * pixels)
                                        .mapToDouble(at -> (data.images()[at] & 0xff) / 255.0)
                                        .toArray())
                                .compressed()));
    }

    private void lanewise(Arguments arguments) {
        long begin = System.nanoTime(), processor = processorMillis();
        List<String> reached = new ArrayList<>();
        new SparkTraining(EXECUTORS).run(spark, new TrainProgram(arguments.train()), line -> {
            double percent = line.startsWith("epoch")
                    ? Double.parseDouble(line.replaceAll(".*accuracy +([0-9.]+) %.*", "$1"))
                    : 0;
            if (percent >= GOAL && reached.isEmpty()) {
                reached.add(line("train", percent, System.nanoTime() - begin, processorMillis() - processor));
            }
        });
        System.out.println(reached.isEmpty() ? "train: below " + GOAL + " %" : reached.getFirst());
    }

    private static String line(String what, double percent, long nanos, long processorMillis) {
        return String.format(
                Locale.ROOT,
                "%s: %.2f %%, %.1f s, processor %.1f s",
                what,
                percent,
                nanos / 1e9,
                processorMillis / 1e3);
    }

    private void mllib(Dataset<Row> training, Dataset<Row> test, int iterations, int block) {
        long begin = System.nanoTime(), processor = processorMillis();
        MultilayerPerceptronClassificationModel model = new MultilayerPerceptronClassifier()
                .setLayers(LAYERS)
                .setSeed(1)
                .setBlockSize(block)
                .setMaxIter(iterations)
                .fit(training);
        long nanos = System.nanoTime() - begin, used = processorMillis() - processor;
        double accuracy = new MulticlassClassificationEvaluator()
                .setMetricName("accuracy")
                .evaluate(model.transform(test));
        String what = "MLlib, " + iterations + " iterations, blocks of " + block;
        System.out.println(line(what, 100 * accuracy, nanos, used));
    }

    /** {@return the processor time of this process and of the executors, which it has started} */
    private static long processorMillis() {
        return Stream.concat(
                        Stream.of(ProcessHandle.current()),
                        ProcessHandle.current().descendants())
                .flatMap(each -> each.info().totalCpuDuration().stream())
                .mapToLong(Duration::toMillis)
                .sum();
    }
}
