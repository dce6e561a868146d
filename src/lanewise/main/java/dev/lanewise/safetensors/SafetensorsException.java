package dev.lanewise.safetensors;

import java.io.IOException;

/** Signals a damaged safetensors file; the message names the file and the tensor, with the expected and the found content. */
public final class SafetensorsException extends IOException {
    private static final long serialVersionUID = 1;

    SafetensorsException(String message) {
        super(message);
    }
}
