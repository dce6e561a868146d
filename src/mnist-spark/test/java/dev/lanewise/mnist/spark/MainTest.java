package dev.lanewise.mnist.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The program has the options of {@code train}, and its results. Its ranks are tasks of this JVM; src/spark tests executors that
 * are processes.
 */
class MainTest {
    private static final String[] TRAIN = {
        "train",
        "--data",
        "../mnist/data",
        "--hidden",
        "none",
        "--epochs",
        "1",
        "--batch-size",
        "5000",
        "--replicas",
        "4"
    };

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter(), err = new StringWriter();

    private int run(String executors, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--executors", executors, "--arrival", "20"));
        arguments.addAll(List.of(TRAIN));
        arguments.addAll(List.of(more));
        SparkConf conf = new SparkConf(false)
                .setMaster("local[3]")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1");
        return Main.run(conf, new PrintWriter(out), new PrintWriter(err), arguments.toArray(String[]::new));
    }

    @Test
    void printsTheHashOfTheSameProgramWithoutSpark() throws IOException {
        StringWriter plain = new StringWriter();
        assertEquals(0, dev.lanewise.mnist.cli.Main.run(null, new PrintWriter(plain), new PrintWriter(plain), TRAIN));
        String[] files = {"--checkpoint", folder.resolve("saves").toString(), "--every", "4", "--ranks", "spark"};
        assertEquals(0, run("3", files), err.toString());
        assertEquals(hash(plain.toString()), hash(out.toString()));
        // What train refuses is an error of the whole program, with its exit code.
        assertEquals(2, run("3", files), out.toString());
        assertTrue(err.toString().contains("there is a checkpoint already; add --resume"), err.toString());
    }

    private static String hash(String lines) {
        assertTrue(lines.contains("sha256 "), lines);
        return lines.replaceAll("(?s).*sha256 (\\w+).*", "$1");
    }

    @ParameterizedTest
    @CsvSource({
        "--executors 0 train, --executors must be from 1 to 999999: 0",
        "--executors 2, command must be train: none",
        "evaluate, command must be train: evaluate",
        "--replicas 2 train, 'option before train must be --executors, --arrival or --patience: --replicas'",
        "train --ranks=3, '--ranks must be spark, or left out: =3'",
        "train --ranks mpi, '--ranks must be spark, or left out: mpi'"
    })
    void refusesWhatCannotBe(String arguments, String message) throws IOException {
        assertEquals(
                2, Main.run(new SparkConf(false), new PrintWriter(out), new PrintWriter(err), arguments.split(" ")));
        assertEquals("error: " + message, err.toString().strip());
    }

    @Test
    void resolvesPaths() {
        String here = Path.of("").toAbsolutePath().toString();
        assertEquals(
                List.of("train", "--out", here + "/w", "--checkpoint=" + here + "/a/b", "--lr", "1", "--data", "/d"),
                Arguments.of(
                                "train",
                                "--out",
                                "w",
                                "--checkpoint=a/../a/b",
                                "--lr",
                                "1",
                                "--ranks=spark",
                                "--data",
                                "/d")
                        .train());
        assertEquals(
                List.of("train", "--data", here + "/src/mnist/data"),
                Arguments.of("train").train());
        assertEquals(
                Path.of(here, "saves", "checkpoint.safetensors"),
                Arguments.of("train", "--checkpoint", "saves").checkpoint());
    }
}
