package dev.lanewise.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.linalg.Activation;
import dev.lanewise.linalg.Softmax;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Targets;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ScheduleFreeAdamW;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.StepReport;
import dev.lanewise.testing.Floats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class FitTest {
    static final int ROWS = 230, INPUTS = 7, CLASSES = 3, BATCH = 32;

    static final float[] X = Floats.random(ROWS * INPUTS, 1);

    /** The class is where the largest of the first inputs is, so that there is something to learn. */
    static int[] labels() {
        int[] labels = new int[ROWS];
        for (int i = 0; i < ROWS; i++) {
            for (int j = 1; j < CLASSES; j++) {
                labels[i] = X[i * INPUTS + j] > X[i * INPUTS + labels[i]] ? j : labels[i];
            }
        }
        return labels;
    }

    static Data data() {
        return Data.of(X, INPUTS, Targets.classes(labels()));
    }

    static Mlp network() {
        Mlp mlp = new Mlp(INPUTS, 12, CLASSES);
        mlp.initialize(4);
        return mlp;
    }

    static Optimizer optimizer(Mlp mlp) {
        return new Optimizer(mlp.parameters(), new AdamW(1e-2));
    }

    static final Fit FIT = new Fit(3).withBatch(BATCH).withSeed(9);

    /** This is the loop that an application would write. */
    @Test
    void hasTheBitsOfALoopByHand() {
        Mlp byHand = network(), fitted = network();
        Optimizer optimizer = optimizer(byHand);
        int[] labels = labels(), order = new int[ROWS];
        List<Double> losses = new ArrayList<>();
        for (int epoch = 1; epoch <= 3; epoch++) {
            Batches.shuffle(order, 9, epoch);
            double sum = 0;
            for (int from = 0; from < ROWS; from += BATCH) {
                int count = Math.min(BATCH, ROWS - from);
                float[] x = new float[count * INPUTS];
                int[] y = new int[count];
                for (int i = 0; i < count; i++) {
                    System.arraycopy(X, order[from + i] * INPUTS, x, i * INPUTS, INPUTS);
                    y[i] = labels[order[from + i]];
                }
                sum += count * byHand.forwardBackward(x, 0, y, 0, count);
                optimizer.step(byHand.gradients());
            }
            losses.add(sum / ROWS);
        }
        try (Workers workers = Workers.of(2)) {
            FitResult result = FIT.withWorkers(workers).run(fitted, optimizer(fitted), data());
            assertArrayEquals(byHand.parameters().toArray(), fitted.parameters().toArray());
            assertEquals(losses, result.epochs().stream().map(Epoch::loss).toList());
            assertEquals(3, result.best().number());
            assertFalse(result.stoppedEarly());
            assertTrue(Double.isNaN(result.best().validationLoss()));
        }
    }

    @Test
    void goesOnWhereTheOptimizerIs() {
        Mlp whole = network(), parts = network();
        FIT.run(whole, optimizer(whole), data());
        Optimizer optimizer = optimizer(parts);
        // The listener ends the training in the middle of the second epoch.
        Fit interrupted = FIT.withListener(new FitListener() {
            @Override
            public void step(StepReport report, int epoch, double loss, int rows) {
                assertEquals(report.step() % 8 == 0 ? ROWS % BATCH : BATCH, rows);
                if (report.step() == 11) {
                    throw new IllegalStateException("enough");
                }
            }
        });
        assertThrows(IllegalStateException.class, () -> interrupted.run(parts, optimizer, data()));
        assertEquals(11, optimizer.steps());
        FitResult rest = FIT.run(parts, optimizer, data());
        assertEquals(2, rest.epochs().getFirst().number());
        assertEquals(2, rest.epochs().size());
        assertArrayEquals(whole.parameters().toArray(), parts.parameters().toArray());
        assertEquals(0, FIT.run(parts, optimizer, data()).epochs().size());
    }

    @Test
    void endsInTheMiddleOfAnEpoch() {
        Mlp whole = network(), parts = network();
        FIT.run(whole, optimizer(whole), data());
        Optimizer optimizer = optimizer(parts);
        List<String> begun = new ArrayList<>();
        Fit watched = FIT.withListener(new FitListener() {
            @Override
            public void begin(int epoch, long done, long steps) {
                begun.add(epoch + ": " + done + " of " + steps);
            }
        });
        FitResult first = watched.withSteps(11).run(parts, optimizer, data());
        assertEquals(11, optimizer.steps());
        assertEquals(List.of(8L, 11L), first.epochs().stream().map(Epoch::steps).toList());
        assertEquals(
                0, watched.withSteps(11).run(parts, optimizer, data()).epochs().size());
        watched.withSteps(1000).run(parts, optimizer, data());
        assertEquals(List.of("1: 0 of 8", "2: 0 of 8", "2: 3 of 8", "3: 0 of 8"), begun);
        assertArrayEquals(whole.parameters().toArray(), parts.parameters().toArray());
    }

    @Test
    void validatesAfterEachEpoch() {
        Data.Split split = data().holdOut(50, 3);
        Mlp mlp = network();
        FitResult result = FIT.run(mlp, optimizer(mlp), split.training(), split.validation());
        Epoch last = result.epochs().getLast();
        float[] x = new float[50 * INPUTS], logits = new float[50 * CLASSES];
        int[] order = new int[50];
        Arrays.setAll(order, i -> i);
        split.validation().gather(order, 0, 50, x, 0);
        mlp.predict(x, 0, 50, logits, 0);
        int[] labels = split.validation().targets().labels();
        double correct = 0;
        for (int i = 0; i < 50; i++) {
            correct += Softmax.argmax(logits, i * CLASSES, CLASSES) == labels[i] ? 1 : 0;
        }
        assertEquals(correct / 50, last.accuracy());
        assertTrue(last.accuracy() > 0.5, last::toString);
        assertEquals(Softmax.totalLoss(logits, 0, labels, 0, 50, CLASSES) / 50, last.validationLoss());
        assertEquals(18, last.steps());
    }

    @Test
    void holdsOutEachRowOnce() {
        float[] x = new float[40];
        float[] values = new float[40], weights = new float[20];
        for (int i = 0; i < 40; i++) {
            x[i] = i;
            values[i] = -i;
            weights[i / 2] = 1 + i / 2;
        }
        Data all = Data.of(x, 2, Targets.values(values).withWeights(weights));
        Data.Split split = all.holdOut(6, 1), same = all.holdOut(6, 1), other = all.holdOut(6, 2);
        assertEquals(14, split.training().rows());
        assertEquals(6, split.validation().rows());
        boolean[] seen = new boolean[20];
        for (Data part : List.of(split.training(), split.validation())) {
            float[] rows = ((ArrayData) part).x();
            for (int i = 0; i < part.rows(); i++) {
                assertFalse(seen[(int) rows[2 * i] / 2]);
                seen[(int) rows[2 * i] / 2] = true;
                assertEquals(rows[2 * i] / 2 + 1, part.targets().weight(i, 1));
                // The squared error of the inverse of the inputs is 0.
                float[] outputs = {-rows[2 * i], -rows[2 * i + 1]};
                assertEquals(0, part.targets().totalLoss(outputs, i, 1, 2));
            }
        }
        assertArrayEquals(((ArrayData) split.validation()).x(), ((ArrayData) same.validation()).x());
        assertFalse(Arrays.equals(((ArrayData) split.validation()).x(), ((ArrayData) other.validation()).x()));
    }

    /** The rate is so large that the loss rises in the end, at an epoch that the first run finds. */
    @Test
    void stopsEarlyAndRestoresTheBestWeights() {
        Random random = new Random(2);
        float[] noise = new float[ROWS];
        for (int i = 0; i < ROWS; i++) {
            noise[i] = random.nextFloat();
        }
        Data.Split split = Data.of(X, INPUTS, Targets.logistic(noise)).holdOut(100, 1);
        Mlp free = new Mlp(Activation.GELU, INPUTS, 40, 1), stopped = new Mlp(Activation.GELU, INPUTS, 40, 1);
        free.initialize(1);
        stopped.initialize(1);
        Fit fit = new Fit(40).withBatch(BATCH);
        FitResult all = fit.run(free, optimizer(free), split.training(), split.validation());
        int best = all.best().number();
        assertTrue(best < 30, all::toString);
        FitResult early = fit.withEarlyStopping(new EarlyStopping(40 - best))
                .run(stopped, optimizer(stopped), split.training(), split.validation());
        assertEquals(all.best().validationLoss(), early.best().validationLoss());
        assertTrue(early.stoppedEarly());
        assertEquals(40, early.epochs().size());
        Mlp again = new Mlp(Activation.GELU, INPUTS, 40, 1);
        again.initialize(1);
        new Fit(best).withBatch(BATCH).run(again, optimizer(again), split.training());
        assertArrayEquals(again.parameters().toArray(), stopped.parameters().toArray());
        // No loss is lower than the first by so much.
        Mlp impatient = new Mlp(Activation.GELU, INPUTS, 40, 1);
        FitResult two = fit.withEarlyStopping(new EarlyStopping(2, 10, false))
                .run(impatient, optimizer(impatient), split.training(), split.validation());
        assertEquals(3, two.epochs().size());
    }

    @Test
    void evaluatesTheAveragesOfRulesThatHaveThem() {
        Data.Split split = data().holdOut(50, 3);
        Mlp mlp = network(), averaged = network();
        Optimizer optimizer = new Optimizer(mlp.parameters(), new ScheduleFreeAdamW(1e-2));
        FitResult result = FIT.run(mlp, optimizer, split.training(), split.validation());
        optimizer.copyEvaluationParameters(averaged.parameters());
        float[] x = ((ArrayData) split.validation()).x(), logits = new float[50 * CLASSES];
        averaged.predict(x, 0, 50, logits, 0);
        assertEquals(
                split.validation().targets().totalLoss(logits, 0, 50, CLASSES) / 50,
                result.epochs().getLast().validationLoss());
    }

    @Test
    void aLossThatIsNotFiniteEndsIt() {
        float[] values = new float[ROWS];
        Arrays.fill(values, 1e30f);
        Mlp mlp = new Mlp(INPUTS, 4, 1);
        mlp.initialize(1);
        Optimizer optimizer = new Optimizer(mlp.parameters(), new Sgd(1));
        Data data = Data.of(X, INPUTS, Targets.values(values));
        var e = assertThrows(NonFiniteLossException.class, () -> FIT.run(mlp, optimizer, data));
        assertTrue(
                e.getMessage().matches("the loss became (NaN|Infinity) at step \\d+, in epoch 1 of 3: try .*"),
                e::toString);
        assertFalse(Double.isFinite(e.loss()));
        assertEquals(optimizer.steps() + 1, e.step());
    }

    private static void refuses(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void argumentsAreChecked() {
        Mlp mlp = network();
        Optimizer optimizer = optimizer(mlp);
        refuses("epochs must be at least 1: 0", () -> new Fit(0));
        refuses("steps must be at least 1: 0", () -> FIT.withSteps(0));
        refuses("batch must be at least 1: 0", () -> FIT.withBatch(0));
        refuses("patience must be at least 1: 0", () -> new EarlyStopping(0));
        refuses("minDelta must be finite and not negative: -1.0", () -> new EarlyStopping(1, -1, true));
        refuses("count must be in [1, 229]: 230", () -> data().holdOut(ROWS, 1));
        refuses(
                "the length of x must be a positive multiple of 7 (inputs): 8",
                () -> Data.of(new float[8], INPUTS, Targets.classes(new int[1])));
        refuses(
                "inputs of training must be 7 (inputs of the network): 10",
                () -> FIT.run(mlp, optimizer, Data.of(X, 10, Targets.classes(new int[161]))));
        refuses(
                "length of labels must be 230 (rows): 9",
                () -> FIT.run(mlp, optimizer, Data.of(X, INPUTS, Targets.classes(new int[9]))));
        refuses(
                "length of targets must be 690 (rows × outputs): 230",
                () -> FIT.run(mlp, optimizer, data(), Data.of(X, INPUTS, Targets.values(new float[ROWS]))));
        refuses(
                "length of weights must be 230 (rows): 2",
                () -> FIT.run(
                        mlp,
                        optimizer,
                        Data.of(X, INPUTS, Targets.classes(labels()).withWeights(new float[2]))));
        refuses(
                "optimizer must have the parameters of the network: 135 floats, 135 in the network",
                () -> FIT.run(network(), optimizer, data()));
        assertEquals(0, optimizer.steps());
    }
}
