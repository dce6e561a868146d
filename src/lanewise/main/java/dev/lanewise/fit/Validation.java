package dev.lanewise.fit;

import dev.lanewise.linalg.Softmax;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Targets;

/** The evaluation of a network on data. Its memory is allocated once, so that it can run after each epoch. */
final class Validation {
    private static final int BLOCK = 512;

    private final Data data;
    private final int columns;
    private final int[] order;
    private final float[] x, outputs;
    private double loss, accuracy;

    Validation(Data data, Mlp mlp) {
        this.data = data;
        int[] sizes = mlp.sizes();
        columns = sizes[sizes.length - 1];
        order = new int[data.rows()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        int rows = Math.min(BLOCK, data.rows());
        x = new float[Math.multiplyExact(rows, data.inputs())];
        outputs = new float[Math.multiplyExact(rows, columns)];
    }

    void run(Mlp mlp) {
        Targets targets = data.targets();
        double sum = 0;
        int correct = 0;
        for (int from = 0; from < data.rows(); from += BLOCK) {
            int rows = Math.min(BLOCK, data.rows() - from);
            data.gather(order, from, rows, x, 0);
            mlp.predict(x, 0, rows, outputs, 0);
            if (targets.labels() != null) {
                correct += correct(targets.labels(), from, rows);
            }
            sum += targets.totalLoss(outputs, from, rows, columns);
        }
        loss = sum / targets.weight(0, data.rows());
        accuracy = targets.labels() == null ? Double.NaN : (double) correct / data.rows();
    }

    private int correct(int[] labels, int from, int rows) {
        int correct = 0;
        for (int i = 0; i < rows; i++) {
            boolean finite = true;
            for (int j = i * columns; j < (i + 1) * columns; j++) {
                finite &= Float.isFinite(outputs[j]);
            }
            correct += finite && Softmax.argmax(outputs, i * columns, columns) == labels[from + i] ? 1 : 0;
        }
        return correct;
    }

    double loss() {
        return loss;
    }

    double accuracy() {
        return accuracy;
    }
}
