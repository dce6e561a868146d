package dev.lanewise.safetensors;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Splits the header of a safetensors file into strings, numbers and punctuation, and keeps the position of the reader. */
final class SafetensorsTokens {
    private final String file;
    private final MemorySegment bytes;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private String tensor;
    private long at;

    /**
     * Begins at the first byte of a header.
     *
     * @param file the file's name, for messages
     * @param bytes the bytes of the header
     */
    SafetensorsTokens(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /** Sets the tensor that error messages name from now on; null for none. */
    void within(String tensor) {
        this.tensor = tensor;
    }

    /** Skips the byte that {@link #peek} returns. */
    void next() {
        at++;
    }

    boolean isAtEnd() {
        return at >= bytes.byteSize();
    }

    long number() throws SafetensorsException {
        skipSpace();
        long begin = at;
        long value = 0;
        // No digit may follow a leading 0; the caller reports it, because it expects a comma there.
        while (peek() >= '0' && peek() <= '9' && (value > 0 || at == begin)) {
            int digit = peek() - '0';
            if (value > (Long.MAX_VALUE - digit) / 10) {
                throw failure("expected a number below 2⁶³ at byte " + (8 + begin) + ", found a greater one");
            }
            value = 10 * value + digit;
            at++;
        }
        if (at == begin) {
            throw expected("a whole number from 0");
        }
        return value;
    }

    String string(String what) throws SafetensorsException {
        skipSpace();
        if (peek() != '"') {
            throw expected(what + " in quotes");
        }
        long begin = at++;
        text.reset();
        while (peek() != '"') {
            if (peek() < ' ') {
                throw expected("the rest of a string");
            }
            int next = peek();
            at++;
            if (next == '\\') {
                text.writeBytes(escaped().getBytes(StandardCharsets.UTF_8));
            } else {
                text.write(next);
            }
        }
        at++;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw failure("expected a string in UTF-8 at byte " + (8 + begin) + ", found other bytes");
        }
    }

    private String escaped() throws SafetensorsException {
        int letter = peek();
        if (letter == 'u') {
            char first = unit();
            if (!Character.isSurrogate(first)) {
                return String.valueOf(first);
            }
            if (Character.isHighSurrogate(first) && peek() == '\\') {
                at++;
                char second = peek() == 'u' ? unit() : 0;
                if (Character.isLowSurrogate(second)) {
                    return "" + first + second;
                }
            }
            throw expected("both halves of a surrogate pair");
        }
        int meaning = "\"\\/bfnrt".indexOf(letter);
        if (meaning < 0) {
            throw expected("an escaped character");
        }
        at++;
        return String.valueOf("\"\\/\b\f\n\r\t".charAt(meaning));
    }

    private char unit() throws SafetensorsException {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            at++;
            int digit = peek() < 128 ? Character.digit(peek(), 16) : -1;
            if (digit < 0) {
                throw expected("four hexadecimal digits");
            }
            value = 16 * value + digit;
        }
        at++;
        return (char) value;
    }

    boolean more(char close) throws SafetensorsException {
        if (skip(close)) {
            return false;
        }
        if (!skip(',')) {
            throw expected("',' or '" + close + "'");
        }
        return true;
    }

    void expect(char c) throws SafetensorsException {
        if (!skip(c)) {
            throw expected("'" + c + "'");
        }
    }

    boolean skip(char c) {
        skipSpace();
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    void skipSpace() {
        while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') {
            at++;
        }
    }

    /** Returns the next byte, −1 at the end. */
    int peek() {
        return at < bytes.byteSize() ? bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff : -1;
    }

    SafetensorsException expected(String what) {
        int found = peek();
        String byName = found < 0
                ? "the end of the header"
                : found > ' ' && found < 127 ? "'" + (char) found + "'" : String.format("byte 0x%02X", found);
        return failure("expected " + what + " at byte " + (8 + at) + ", found " + byName);
    }

    SafetensorsException failure(String message) {
        return new SafetensorsException(
                file + ": " + (tensor == null ? "" : "tensor " + SafetensorsHeader.quote(tensor) + ": ") + message);
    }
}
