package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.lab.Watcher;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows the progress of the lab and the time that is left: a bar on a terminal, elsewhere a line for every tenth of the work. */
final class LabProgress implements Watcher, AutoCloseable {
    private final PrintWriter out;
    private final PrintStream terminal;
    private final long begin = System.nanoTime();
    private ProgressBar bar;
    private double planned;
    private double done;
    private int runs;
    private int kept;
    private int tenth;

    /**
     * Makes a display that has shown nothing.
     *
     * @param out receives the lines
     * @param terminal receives the bar; null for none
     */
    LabProgress(PrintWriter out, PrintStream terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public synchronized void planned(double work, int runs) {
        planned = work;
        out.println("about " + runs + " runs");
        if (terminal != null) {
            boolean unicode = terminal.charset().newEncoder().canEncode("█▏│");
            bar = new ProgressBarBuilder()
                    .setTaskName("lab")
                    .setInitialMax(Math.round(work))
                    .setStyle(unicode ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
                    .setUnit(" s", 1_000_000)
                    .setConsumer(new Progress.OneLine(terminal))
                    .clearDisplayOnFinish()
                    .build();
        }
    }

    @Override
    public synchronized void done(double work, boolean found) {
        runs++;
        if (found) {
            kept++;
            planned = Math.max(done, planned - work);
        } else {
            done += work;
        }
        if (bar != null) {
            bar.maxHint(Math.round(Math.max(planned, done)));
            bar.stepTo(Math.round(done));
            bar.setExtraMessage(" " + runs + " runs" + (kept > 0 ? ", " + kept + " of them kept" : ""));
            return;
        }
        int now = planned > 0 ? (int) (10 * done / planned) : 0;
        if (!found && now > tenth && now < 10) {
            tenth = now;
            double seconds = (System.nanoTime() - begin) / 1e9;
            double left = seconds * (planned - done) / done;
            out.println(String.format(
                    Locale.ROOT, "%3d %%  %d runs  %.0f s, about %.0f s left", 10 * now, runs, seconds, left));
        }
    }

    /** Removes the bar. */
    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
