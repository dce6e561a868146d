package dev.lanewise.dl4j;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Makes spans of the memory of ND4J's arrays. */
public final class Nd4jSpans {
    private Nd4jSpans() {}

    /**
     * Makes a span of the memory of an array: a view, which copies nothing. The floats are in the array's own order, by rows or by columns.
     * The span keeps the array alive; it must not be used after the array is closed, or after the workspace that the array is in is used
     * again.
     *
     * <p>This is a restricted method of the JDK, so that the application runs with {@code --enable-native-access=ALL-UNNAMED}.
     *
     * @param array an array on the processor, of floats without gaps, such as the parameters of a network, a row of a matrix, or
     *     any new array
     * @return its floats
     * @throws IllegalArgumentException if the array has another type, or gaps as a column of a matrix has; the message has its shape
     */
    @SuppressWarnings("restricted")
    public static FloatSpan of(INDArray array) {
        if (!isDense(array)) {
            throw new IllegalArgumentException("array must be of floats without gaps: " + array.shapeInfoToString());
        }
        MemorySegment address = MemorySegment.ofAddress(address(array));
        return FloatSpan.of(
                address.reinterpret(4 * array.length(), Arena.ofAuto(), gone -> Reference.reachabilityFence(array)));
    }

    static boolean isDense(INDArray array) {
        return array.dataType() == DataType.FLOAT && !array.isEmpty() && array.elementWiseStride() == 1;
    }

    /** {@return the address of the first element} The buffer begins at that of its first array, of which this may be a view. */
    static long address(INDArray array) {
        return array.data().address() + 4 * array.offset();
    }
}
