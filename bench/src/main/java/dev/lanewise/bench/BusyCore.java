package dev.lanewise.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Keeps a core busy, as a thread or as a program of its own. */
final class BusyCore {
    private BusyCore() {}

    /** {@return a program that computes until it is destroyed or this process ends} */
    static Process start() throws IOException {
        String classes = Path.of("target", "classes").toAbsolutePath().toString();
        return new ProcessBuilder(Forks.thisJvm(), "-Xmx16m", "-cp", classes, BusyCore.class.getName())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Computes until the input ends, which the end of the process that started this one also brings about. */
    public static void main(String[] args) throws IOException {
        Thread.ofPlatform().daemon().start(BusyCore::compute);
        System.in.transferTo(OutputStream.nullOutputStream());
    }

    /** Computes until the thread is interrupted. */
    static void compute() {
        double x = 1;
        while (!Thread.currentThread().isInterrupted()) {
            for (int i = 0; i < 10_000; i++) {
                x = Math.sqrt(x + i);
            }
        }
        if (Double.isNaN(x)) {
            throw new IllegalStateException("roots of positive numbers are numbers");
        }
    }
}
