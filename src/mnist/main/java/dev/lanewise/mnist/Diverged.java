package dev.lanewise.mnist;

/** The loss or the weights are no longer finite. Its message becomes one line on stderr and exit code 3. */
final class Diverged extends RuntimeException {
    private static final long serialVersionUID = 1;

    Diverged(String message) {
        super(message);
    }
}
