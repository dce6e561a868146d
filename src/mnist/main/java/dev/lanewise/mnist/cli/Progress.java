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

/** Shows the progress of a training: a line an epoch, and on a terminal a bar that moves while the epoch runs. */
final class Progress implements TrainingProgress, AutoCloseable {
    private static final int UPDATE_MILLIS = 100;

    private final PrintWriter out;
    private final PrintStream terminal;
    private final int epochs;
    private ProgressBar bar;
    private long nextMessage;

    /**
     * Makes a display that has shown nothing.
     *
     * @param out receives the lines
     * @param terminal receives the bar; null for none
     * @param epochs the number of epochs
     */
    Progress(PrintWriter out, PrintStream terminal, int epochs) {
        this.out = out;
        this.terminal = terminal;
        this.epochs = epochs;
    }

    /** {@return standard error if it is a terminal; or null} A bar there leaves the lines on standard output as they are. */
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
     * @param name the name of the bar
     * @param done how many steps have been taken
     * @param steps how many there will be at most
     * @param elapsed the time of the steps that have been taken, for an estimate of the rest
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

    /** Advances by steps that will not be taken. */
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

    /** Closes without the empty line that the library's consumer prints. */
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
