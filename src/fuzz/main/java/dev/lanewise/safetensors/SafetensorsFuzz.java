package dev.lanewise.safetensors;

import dev.lanewise.fuzz.Inputs;
import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A file of any content is refused with a {@link SafetensorsException}, or all of it is read. */
public final class SafetensorsFuzz {
    private SafetensorsFuzz() {}

    /** {@return the files of the tests} */
    public static List<byte[]> seeds() throws IOException {
        return Inputs.testFiles("golden/state", "models", "checkpoints/format0", "losses");
    }

    /** The entry point of Jazzer. */
    public static void fuzzerTestOneInput(byte[] input) {
        Inputs.bounded(input, () -> read(input));
    }

    private static void read(byte[] input) {
        byte[] content = Inputs.safetensors(input);
        Safetensors file;
        try {
            file = Safetensors.of(MemorySegment.ofArray(content), "fuzzed");
        } catch (SafetensorsException e) {
            Inputs.checkMessage(e);
            return;
        }
        long size = 0;
        for (String name : file.names()) {
            Tensor tensor = file.tensor(name);
            size += tensor.bytes().byteSize();
            long elements = tensor.shape().stream().reduce(1L, Math::multiplyExact);
            if (elements * tensor.dtype().bits() != 8 * tensor.bytes().byteSize()) {
                throw new AssertionError(tensor);
            }
            if (DType.convertible().contains(tensor.dtype())) {
                file.copyTo(name, FloatSpan.of(new float[Math.toIntExact(elements)]));
            }
        }
        if (size > content.length) {
            throw new AssertionError(size + " bytes of tensors in " + content.length);
        }
    }
}
