package dev.lanewise.safetensors;

import java.io.IOException;

/** A safetensors file is damaged: the message has the file, the tensor, what was expected and what was found. */
public final class SafetensorsException extends IOException {
    private static final long serialVersionUID = 1;

    SafetensorsException(String message) {
        super(message);
    }
}
