package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Operands.GRADIENT;

/**
 * Arrays for the copy of the gradient and for the temporaries of a {@link FusedLoop}, in which an element has the index that it
 * has in the array of the parameters. The scalar definition, which is only fast if all its buffers have one index, needs no other
 * copies then. Threads share these arrays, since their ranges do not overlap.
 *
 * @param length the length of each array
 * @param gradient the copy of the gradient; null if it is not copied
 * @param temporaries the temporaries
 */
record Aligned(int length, float[] gradient, float[][] temporaries) {
    /** The most elements of an array, which takes 16 MiB then. */
    private static final int MOST = 1 << 22;

    /** No arrays, where there is a kernel, or where a buffer is not an array. */
    static final Aligned NONE = new Aligned(0, null, new float[0][]);

    /**
     * Allocates the arrays.
     *
     * @param parameters the array of the parameters
     * @param copiesGradient whether the gradient is copied
     * @param temporaries the number of temporaries
     */
    static Aligned to(float[] parameters, boolean copiesGradient, int temporaries) {
        if (!copiesGradient && temporaries == 0) {
            return NONE;
        }
        int length = Math.min(parameters.length, MOST);
        return new Aligned(length, copiesGradient ? new float[length] : null, new float[temporaries][length]);
    }

    /** {@return these arrays, or {@link #NONE} if the temporaries of a run that ends there would be in two arrays each} */
    Aligned upTo(Operands operands, long end) {
        return temporaries.length == 0 || operands.index(0, end, 0) <= length ? this : NONE;
    }

    /** {@return whether there is room for elements of the gradient at the index that they have in all other buffers} */
    boolean fitsGradient(Operands operands, long from, long shift, int count) {
        if (gradient == null) {
            return false;
        }
        int index = operands.index(0, from, shift);
        for (int b = GRADIENT + 1; b < operands.count(); b++) {
            if (operands.index(b, from, shift) != index) {
                return false;
            }
        }
        return index + count <= length;
    }
}
