package dev.lanewise.mnist.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.nn.Mlp;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EvaluationTest {
    /** Returns a network of one weight row, whose logits for a pixel x are 0, 2x, x. */
    private final Mlp mlp = new Mlp(1, 3);

    private Evaluation evaluation(byte[] pixels, int... labels) {
        mlp.parameters().copyFrom(new float[] {0, 2, 1}, 0, 0, 3);
        Evaluation evaluation = new Evaluation(
                Evaluation.Kind.VALIDATION,
                new DataSet(Path.of("images"), Path.of("labels"), 1, 1, pixels, labels, 3),
                3);
        evaluation.run(mlp);
        return evaluation;
    }

    @Test
    void countsAndWeighsThePredictions() {
        Evaluation evaluation = evaluation(new byte[] {(byte) 255, 0, (byte) 255}, 1, 1, 2);
        assertEquals(1, evaluation.correct());
        assertEquals(1 / 3.0, evaluation.accuracy());
        assertEquals(1, evaluation.predicted(0));
        assertEquals(0, evaluation.predicted(1), "the first of several that are equal");
        double sum = 1 + Math.exp(2) + Math.exp(1);
        assertEquals(Math.exp(2) / sum, evaluation.confidence(0), 1e-6);
        assertEquals(1 / 3.0, evaluation.confidence(1), 1e-6);
        assertEquals((Math.log(sum) - 2 + Math.log(3) + Math.log(sum) - 1) / 3, evaluation.loss(), 1e-6);
        assertArrayEquals(new int[] {1, 1, 0}, evaluation.confusion()[1]);
    }

    /** There are more images than are evaluated at a time. */
    @Test
    void evaluatesEveryBatch() {
        int count = 2345;
        byte[] pixels = new byte[count];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            pixels[i] = (byte) (i % 2);
            labels[i] = i % 2;
        }
        Evaluation evaluation = evaluation(pixels, labels);
        assertEquals(count, evaluation.correct());
        labels[count - 1] = 2;
        evaluation.run(mlp);
        assertEquals(count - 1, evaluation.correct());
    }
}
