package dev.lanewise.optim;

import dev.lanewise.memory.FloatSpan;

/** A point on the line of a search: its distance from the beginning in directions, and the loss and the gradient there. */
final class LinePoint {
    final FloatSpan gradient;
    double t;

    /** The loss; in a search +∞ where the objective is not finite. */
    double loss;

    /** The derivative of the loss along the line. */
    double slope;

    LinePoint(FloatSpan gradient) {
        this.gradient = gradient;
    }

    /** {@return one of four points that is none of three} */
    static LinePoint other(LinePoint[] four, LinePoint a, LinePoint b, LinePoint c) {
        for (LinePoint each : four) {
            if (each != a && each != b && each != c) {
                return each;
            }
        }
        throw new AssertionError();
    }
}
