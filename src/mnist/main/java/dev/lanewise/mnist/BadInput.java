package dev.lanewise.mnist;

/** The user's arguments or files are not as they must be. Its message becomes one line on stderr and exit code 2. */
final class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadInput(String message) {
        super(message);
    }

    BadInput(String message, Throwable cause) {
        super(message, cause);
    }
}
