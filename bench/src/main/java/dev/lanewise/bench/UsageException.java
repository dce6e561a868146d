package dev.lanewise.bench;

import java.io.Serial;

/** Reports an error that the user can fix; the message is printed without a stack trace. */
final class UsageException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    UsageException(String message) {
        super(message);
    }
}
