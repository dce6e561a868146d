package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.train.Evaluation;
import dev.lanewise.mnist.train.TrainingProgress;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Tells the user how the training goes: a line an epoch, and on a terminal a bar that moves while the epoch runs. */
final class Progress implements TrainingProgress, AutoCloseable {
    private static final int UPDATE_MILLIS = 100;

    private final PrintWriter out;
    private final PrintStream terminal;
    private final int epochs;
    private ProgressBar bar;
    private long nextMessage;

    /**
     * Reports to a stream.
     *
     * @param out where the lines go
     * @param terminal where the bar goes; null for none
     * @param epochs how many there will be
     */
    Progress(PrintWriter out, PrintStream terminal, int epochs) {
        this.out = out;
        this.terminal = terminal;
        this.epochs = epochs;
    }

    /** Standard error if a person is looking at it: the lines on standard output stay as they are. */
    static PrintStream terminal() {
        return System.console() != null && System.console().isTerminal() ? System.err : null;
    }

    @Override
    public void beginEpoch(int epoch, long done, long steps) {
        begin(name(epoch), done, steps, Duration.ZERO);
    }

    /**
     * Shows a bar.
     *
     * @param name what it is of
     * @param done how many steps have been taken
     * @param steps how many there will be at most
     * @param elapsed the time of those before, for the time that is left
     */
    void begin(String name, long done, long steps, Duration elapsed) {
        if (terminal == null) {
            return;
        }
        boolean unicode = terminal.charset().newEncoder().canEncode("█▏│");
        bar = new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(steps)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setStyle(unicode ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
                .setConsumer(new OneLine(terminal))
                .clearDisplayOnFinish()
                .startsFrom(done, elapsed)
                .build();
    }

    @Override
    public void step(double loss) {
        if (bar == null) {
            return;
        }
        bar.step();
        long now = System.nanoTime();
        if (now - nextMessage >= 0) {
            bar.setExtraMessage(String.format(Locale.ROOT, " loss %.4f", loss));
            nextMessage = now + UPDATE_MILLIS * 1_000_000L;
        }
    }

    /** Steps that will not be taken. */
    void skip(long steps) {
        if (bar != null) {
            bar.stepBy(steps);
        }
    }

    @Override
    public void print(String line) {
        ProgressBar moving = bar;
        close();
        out.println(line);
        if (moving != null) {
            begin(moving.getTaskName(), moving.getCurrent(), moving.getMax(), moving.getTotalElapsed());
        }
    }

    @Override
    public void endEpoch(int epoch, double loss, Evaluation evaluation, double seconds) {
        close();
        out.println(String.format(
                Locale.ROOT,
                "%s  loss %.4f  %s accuracy %5.2f %%  %.2f s",
                name(epoch),
                loss,
                evaluation.name(),
                100 * evaluation.accuracy(),
                seconds));
    }

    void end(double testAccuracy, String sha256, double seconds) {
        out.println(String.format(
                Locale.ROOT, "test accuracy %.2f %%  weights sha256 %s  %.2f s", 100 * testAccuracy, sha256, seconds));
    }

    private String name(int epoch) {
        return String.format(Locale.ROOT, "epoch %" + Integer.toString(epochs).length() + "d/%d", epoch, epochs);
    }

    /** Removes the bar. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }

    /** The library's would leave an empty line when it is closed. */
    static final class OneLine extends ConsoleProgressBarConsumer {
        private final PrintStream terminal;

        OneLine(PrintStream terminal) {
            super(terminal);
            this.terminal = terminal;
        }

        @Override
        public void close() {
            terminal.flush();
        }
    }
}
