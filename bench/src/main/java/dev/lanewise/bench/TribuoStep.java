package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.tribuo.math.LinearParameters;
import org.tribuo.math.la.DenseMatrix;
import org.tribuo.math.la.Tensor;
import org.tribuo.math.optimisers.RMSProp;

/**
 * A step of Tribuo's RMSProp over the weights of its linear model, as its trainer calls it. It computes in double precision, which
 * takes twice the memory. It ascends, and writes the update over the gradient, as ND4J does. The Adam of this version
 * is not compared, because it multiplies by √v where Adam divides.
 */
@State(Scope.Benchmark)
public class TribuoStep {
    /** The learning rate, chosen as in {@link Nd4jStep}. */
    private static final double LEARNING_RATE = 1;

    private static final int COLUMNS = 1024;

    @Param("RmsProp")
    public String rule;

    /** The number of parameters, a multiple of 1024. */
    @Param("1048576")
    public int n;

    private LinearParameters parameters;
    private Tensor[] gradients;
    private RMSProp rmsProp;
    private float[] values;

    @Setup
    public void allocate() {
        if (!rule.equals("RmsProp") || n % COLUMNS != 0) {
            throw new IllegalArgumentException(rule + ", " + n);
        }
        values = new float[n];
        parameters = new LinearParameters(COLUMNS, n / COLUMNS);
        gradients = parameters.getEmptyCopy();
        reset();
        rmsProp = new RMSProp(0.01, 0.99, 1e-8, 0);
        rmsProp.initialise(parameters);
        run();
        get(parameters.getWeightMatrix());
        Values.checkFirstStep(BenchRules.of(rule, 0.01), values);
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.parameters(FloatSpan.of(values));
        set(parameters.getWeightMatrix(), 1);
        Values.gradients(FloatSpan.of(values));
        set((DenseMatrix) gradients[0], -1);
        rmsProp = new RMSProp(LEARNING_RATE, 0.99, 1e-8, 0);
        rmsProp.initialise(parameters);
    }

    @TearDown(Level.Iteration)
    public void check() {
        get(parameters.getWeightMatrix());
        Values.check("p", FloatSpan.of(values));
        get((DenseMatrix) gradients[0]);
        Values.check("g", FloatSpan.of(values));
    }

    void run() {
        gradients = rmsProp.step(gradients, 1);
        parameters.update(gradients);
    }

    private void set(DenseMatrix matrix, double factor) {
        for (int i = 0; i < n; i++) {
            matrix.set(i / COLUMNS, i % COLUMNS, factor * values[i]);
        }
    }

    private void get(DenseMatrix matrix) {
        for (int i = 0; i < n; i++) {
            values[i] = (float) matrix.get(i / COLUMNS, i % COLUMNS);
        }
    }
}
