package dev.lanewise.optim;

import dev.lanewise.memory.FloatSpan;

/**
 * The last changes of the parameters (s) and of the gradient (y), which approximate the inverse of the Hessian. There is a pair
 * more than the history has, in which the next change is computed before it is known whether it counts.
 */
final class LbfgsHistory {
    /** A pair with less curvature than this is left out, as in PyTorch: it would make the approximation indefinite or huge. */
    private static final double LEAST_CURVATURE = 1e-10;

    private final FlatVectors vectors;

    /** s and y of each pair, in a ring. */
    final FloatSpan[] steps, changes;

    /** 1 / y·s of each pair. */
    final double[] ro;

    private final double[] alpha;
    private int oldest;
    private int size;

    /** The scale of the first approximation, which is y·s / y·y of the newest pair. */
    double scale = 1;

    LbfgsHistory(FloatSpan parameters, int capacity, FlatVectors vectors) {
        this.vectors = vectors;
        this.steps = new FloatSpan[capacity + 1];
        this.changes = new FloatSpan[capacity + 1];
        for (int i = 0; i <= capacity; i++) {
            steps[i] = StateMemory.allocate(parameters);
            changes[i] = StateMemory.allocate(parameters);
        }
        this.ro = new double[capacity + 1];
        this.alpha = new double[capacity + 1];
    }

    /** {@return the largest number of pairs} */
    int capacity() {
        return ro.length - 1;
    }

    /** {@return the number of pairs} */
    int size() {
        return size;
    }

    /** {@return the place in the ring of a pair, counted from the oldest} */
    int place(int pair) {
        return (oldest + pair) % ro.length;
    }

    void clear() {
        restore(0, 1);
    }

    /** Sets the number of pairs, whose places from 0 on the caller fills, and the scale. */
    void restore(int size, double scale) {
        oldest = 0;
        this.size = size;
        this.scale = scale;
    }

    /** Adds the change by the last step, t·direction, if it has enough curvature. The oldest pair is dropped if there is no room. */
    void add(FloatSpan gradient, FloatSpan previousGradient, double t, FloatSpan direction) {
        int next = place(size);
        FloatSpan s = steps[next], y = changes[next];
        vectors.combine(y, 1, gradient, -1, previousGradient);
        vectors.combine(s, t, direction, 0, gradient);
        double ys = vectors.dot(y, s);
        if (ys > LEAST_CURVATURE && ys < Double.POSITIVE_INFINITY) {
            ro[next] = 1 / ys;
            scale = ys / vectors.dot(y, y);
            if (size < capacity()) {
                size++;
            } else {
                oldest = place(1);
            }
        }
    }

    /** Computes direction = −H·gradient, with the approximation H of the inverse Hessian, by the two-loop recursion. */
    void direction(FloatSpan gradient, FloatSpan direction) {
        vectors.combine(direction, -1, gradient, 0, gradient);
        for (int pair = size - 1; pair >= 0; pair--) {
            int i = place(pair);
            alpha[i] = ro[i] * vectors.dot(steps[i], direction);
            vectors.combine(direction, 1, direction, -alpha[i], changes[i]);
        }
        vectors.combine(direction, scale, direction, 0, gradient);
        for (int pair = 0; pair < size; pair++) {
            int i = place(pair);
            double beta = ro[i] * vectors.dot(changes[i], direction);
            vectors.combine(direction, 1, direction, alpha[i] - beta, steps[i]);
        }
    }
}
