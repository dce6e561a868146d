package dev.lanewise.optim;

/**
 * Searches a line for a point with both strong Wolfe conditions: steps that grow until a bracket has such a point, which cubic
 * interpolation then narrows. It decides as PyTorch's {@code _strong_wolfe} does, except that the evaluations are limited, and that a
 * point where the objective is not finite counts as a loss of +∞: the bracket is then halved towards the beginning, because no
 * interpolation of an infinite loss is a number.
 */
final class WolfeSearch {
    /** The least and the most by which the step grows from one point to the next while there is no bracket. */
    private static final double LEAST_GROWTH = 0.01, MOST_GROWTH = 10;

    /** The part of the bracket that a point must be away from its ends, unless the last one was away enough. */
    private static final double MARGIN = 0.1;

    /** Evaluates the objective on the line. */
    interface Line {
        /** Sets all fields of a point for its distance, and its gradient. */
        void evaluate(LinePoint point, double t);
    }

    private final LinePoint[] four;
    private final LinePoint[] bracket = new LinePoint[2];

    /** Creates a search that uses the memory of four points. */
    WolfeSearch(LinePoint[] four) {
        this.four = four;
    }

    /**
     * Searches.
     *
     * @param origin the beginning of the line, one of the four points, whose slope is negative
     * @param t the distance of the first point
     * @param largest the largest magnitude in the direction
     * @param evaluations the number of evaluations that are left, at least 1
     * @return the point that was found: with both conditions, or the lower end of the bracket, which may be the origin
     */
    LinePoint find(Line line, LinePoint origin, double t, double largest, int evaluations, LbfgsOptions options) {
        LineSearch search = options.lineSearch();
        int left = Math.min(search.maxIterations(), evaluations - 1);
        LinePoint previous = origin, point = LinePoint.other(four, origin, origin, origin);
        line.evaluate(point, t);
        boolean first = true, second = true;
        while (left > 0) {
            boolean risen = !first && !second && point.loss >= previous.loss;
            if (risen || !falls(search, origin, point)) {
                return narrow(line, origin, previous, point, largest, left, options);
            }
            if (isFlat(search, origin, point)) {
                return point;
            }
            if (point.slope >= 0) {
                return narrow(line, origin, previous, point, largest, left, options);
            }
            double next = interpolate(
                    previous, point, point.t + LEAST_GROWTH * (point.t - previous.t), MOST_GROWTH * point.t);
            previous = point;
            point = LinePoint.other(four, origin, previous, previous);
            line.evaluate(point, next);
            left--;
            second = first;
            first = false;
        }
        return origin.loss <= point.loss ? origin : point;
    }

    /** Narrows the bracket between two points until one has both conditions, the bracket is tiny, or no evaluation is left. */
    private LinePoint narrow(
            Line line,
            LinePoint origin,
            LinePoint from,
            LinePoint to,
            double largest,
            int evaluations,
            LbfgsOptions options) {
        LineSearch search = options.lineSearch();
        bracket[0] = from;
        bracket[1] = to;
        int low = lower();
        boolean near = false;
        for (int left = evaluations; left > 0; left--) {
            double begin = Math.min(bracket[0].t, bracket[1].t), end = Math.max(bracket[0].t, bracket[1].t);
            if ((end - begin) * largest < options.changeTolerance()) {
                break;
            }
            double t = interpolate(bracket[0], bracket[1], begin, end);
            double margin = MARGIN * (end - begin);
            boolean nearEnd = Math.min(end - t, t - begin) < margin;
            if (nearEnd && (near || t >= end || t <= begin)) {
                t = Math.abs(t - end) < Math.abs(t - begin) ? end - margin : begin + margin;
                near = false;
            } else {
                near = nearEnd;
            }
            LinePoint point = LinePoint.other(four, origin, bracket[0], bracket[1]);
            line.evaluate(point, t);
            if (!falls(search, origin, point) || point.loss >= bracket[low].loss) {
                bracket[1 - low] = point;
                low = lower();
            } else {
                boolean found = isFlat(search, origin, point);
                if (!found && point.slope * (bracket[1 - low].t - bracket[low].t) >= 0) {
                    bracket[1 - low] = bracket[low];
                }
                bracket[low] = point;
                if (found) {
                    break;
                }
            }
        }
        return bracket[low];
    }

    private int lower() {
        return bracket[0].loss <= bracket[1].loss ? 0 : 1;
    }

    private static boolean falls(LineSearch search, LinePoint origin, LinePoint point) {
        return point.loss <= origin.loss + search.sufficientDecrease() * point.t * origin.slope;
    }

    private static boolean isFlat(LineSearch search, LinePoint origin, LinePoint point) {
        return Math.abs(point.slope) <= -search.curvature() * origin.slope;
    }

    /**
     * {@return the minimum of the cubic through the losses and slopes of two points, limited to a range; the middle of the range if
     * the cubic has none, or if a number is not finite}
     */
    static double interpolate(LinePoint a, LinePoint b, double from, double to) {
        LinePoint left = a.t <= b.t ? a : b, right = a.t <= b.t ? b : a;
        double d1 = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.t - right.t);
        double square = d1 * d1 - left.slope * right.slope;
        if (!(square >= 0)) {
            return (from + to) / 2;
        }
        double d2 = Math.sqrt(square);
        double t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
        return t >= from && t <= to ? t : t > to ? to : t < from ? from : (from + to) / 2;
    }
}
