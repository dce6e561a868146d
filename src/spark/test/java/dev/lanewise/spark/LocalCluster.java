package dev.lanewise.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Executors that are processes of this machine. */
final class LocalCluster {
    private LocalCluster() {}

    /** {@return the settings of a cluster of executors with one core each} */
    static SparkConf conf(int executors) throws IOException {
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        return new SparkConf()
                .setMaster("local-cluster[" + executors + ",1,512]")
                .setAppName("lanewise")
                .set("spark.executor.memory", "512m")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .set("spark.executor.extraJavaOptions", "-Dlanewise.immediateKernels=true")
                .set("spark.ui.enabled", "false")
                .set("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s");
    }

    static JavaSparkContext start(int executors) throws IOException {
        return new JavaSparkContext(conf(executors));
    }
}
