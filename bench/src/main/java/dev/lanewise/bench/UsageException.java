package dev.lanewise.bench;

import java.io.Serial;

/** What the user can put right; its message says all. */
final class UsageException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    UsageException(String message) {
        super(message);
    }
}
