package dev.lanewise.mnist.lab;

/** Gets the progress of a lab. Work is measured in estimated microseconds of one core. Several threads call it. */
public interface Watcher {
    /** Does nothing. */
    Watcher NONE = new Watcher() {
        @Override
        public void planned(double work, int runs) {}

        @Override
        public void done(double work, boolean kept) {}
    };

    /** Gets an estimate of all work before it begins; the runs of a search depend on what it finds. */
    void planned(double work, int runs);

    /** Gets the end of a run; {@code kept} where its result had been kept and nothing was trained. */
    void done(double work, boolean kept);
}
