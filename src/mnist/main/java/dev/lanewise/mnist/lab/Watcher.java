package dev.lanewise.mnist.lab;

/** Is told how the lab gets on. Work is in microseconds, roughly, of one core. Called from several threads. */
public interface Watcher {
    /** Nobody. */
    Watcher NONE = new Watcher() {
        @Override
        public void planned(double work, int runs) {}

        @Override
        public void done(double work, boolean kept) {}
    };

    /** How much there will be to do, as far as it can be known: what a search asks for depends on what it finds. */
    void planned(double work, int runs);

    /** A run has ended, or its result was there already. */
    void done(double work, boolean kept);
}
