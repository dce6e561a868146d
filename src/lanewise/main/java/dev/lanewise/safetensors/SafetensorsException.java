package dev.lanewise.safetensors;

import java.io.IOException;

/**
 * Signals a safetensors file that is damaged, or that has other content than its reader expects; the message names the file and the
 * tensor, with the expected and the found content.
 */
public final class SafetensorsException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception.
     *
     * @param message the file, with the expected and the found content
     */
    public SafetensorsException(String message) {
        super(message);
    }
}
