package dev.lanewise.mnist.train;

/** The loss or the weights are no longer finite. The message becomes one line on stderr and exit code 3. */
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DivergedException(String message) {
        super(message);
    }
}
