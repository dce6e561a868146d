package dev.lanewise.mnist.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The user's arguments or files are wrong. The message becomes one line on stderr and exit code 2. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UsageException(String message) {
        super(message);
    }

    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }

    /** {@return the reason of a failure, without the name of the file, which the caller has} */
    public static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "there is no such file";
            case AccessDeniedException denied -> "permission denied";
            case EOFException cut -> "the file is cut short";
            case FileSystemException failed -> orName(failed.getReason(), e);
            default -> orName(e.getMessage(), e);
        };
    }

    private static String orName(String message, IOException e) {
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
