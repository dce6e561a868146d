package dev.lanewise.fit;

import dev.lanewise.nn.Targets;

/** The data of {@link Data#of}. */
record ArrayData(float[] x, int inputs, Targets targets) implements Data {
    @Override
    public int rows() {
        return x.length / inputs;
    }

    @Override
    public void gather(int[] order, int from, int count, float[] to, int offset) {
        for (int i = 0; i < count; i++) {
            System.arraycopy(x, order[from + i] * inputs, to, offset + i * inputs, inputs);
        }
    }
}
