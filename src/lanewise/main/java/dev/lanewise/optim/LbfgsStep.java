package dev.lanewise.optim;

import dev.lanewise.memory.FloatSpan;

/** The state of an {@link Lbfgs}, and its steps. */
final class LbfgsStep {
    final FloatSpan parameters;
    final LbfgsHistory history;
    final FloatSpan direction;
    final LbfgsReport report = new LbfgsReport();
    LbfgsOptions options;

    /** The parameters at {@link #origin}. */
    private final FloatSpan start;

    private final FlatVectors vectors;
    private final LinePoint[] points = new LinePoint[4];
    private final WolfeSearch search = new WolfeSearch(points);
    private final WolfeSearch.Line line = this::evaluate;

    /** The beginning of the last line; with its gradient the next pair is computed. */
    LinePoint origin;

    /** The length of the last step along the direction; 0 if the parameters did not move. */
    double t;

    long iterations;
    long evaluations;

    /** The point at the parameters, while a step is running. */
    private LinePoint current;

    /** The point that the search evaluated last. */
    private LinePoint evaluated;

    private Lbfgs.Objective objective;

    LbfgsStep(FloatSpan parameters, LbfgsOptions options) {
        this.parameters = parameters;
        this.options = options;
        this.vectors = new FlatVectors(parameters.length(), options.workers());
        this.history = new LbfgsHistory(parameters, options.historySize(), vectors);
        this.start = StateMemory.allocate(parameters);
        this.direction = StateMemory.allocate(parameters);
        for (int i = 0; i < points.length; i++) {
            points[i] = new LinePoint(StateMemory.allocate(parameters));
        }
        this.origin = points[0];
    }

    /** Makes one step, and writes the report. */
    void run(Lbfgs.Objective objective) {
        this.objective = objective;
        report.clear();
        try {
            begin();
            while (report.reason == null) {
                iterate();
            }
        } finally {
            this.objective = null;
        }
    }

    private void begin() {
        evaluateHere();
        report.initialLoss = current.loss;
        if (!isFinite()) {
            report.reason = LbfgsReport.Reason.NON_FINITE;
        } else if (report.largestGradient <= options.gradientTolerance()) {
            report.reason = LbfgsReport.Reason.GRADIENT_TOLERANCE;
        }
    }

    /** Makes one iteration, and sets the reason if it is the last. */
    private void iterate() {
        double length = options.learningRate();
        if (iterations == 0) {
            history.clear();
            length *= Math.min(1, 1 / vectors.sumOfMagnitudes(current.gradient));
        } else {
            history.add(current.gradient, origin.gradient, t, direction);
        }
        history.direction(current.gradient, direction);
        origin = current;
        origin.t = 0;
        origin.slope = vectors.dot(origin.gradient, direction);
        t = 0;
        iterations++;
        report.iterations++;
        if (!(origin.slope <= -options.changeTolerance())) {
            endDescent();
            return;
        }
        start.copyFrom(parameters);
        try {
            report.reason = move(length, vectors.largest(direction));
        } catch (Throwable e) {
            try {
                goBack();
            } catch (RuntimeException closed) {
                e.addSuppressed(closed);
            }
            throw e;
        }
    }

    private void endDescent() {
        report.reason = LbfgsReport.Reason.SLOPE_TOLERANCE;
        if (!Double.isFinite(origin.slope)) {
            report.reason = LbfgsReport.Reason.NON_FINITE;
            reset(evaluations);
        }
    }

    /** Moves along the direction, and returns why the step ends, or null. */
    private LbfgsReport.Reason move(double length, double largest) {
        boolean last = report.iterations == options.maxIterations();
        if (options.lineSearch().kind() == LineSearch.Kind.STRONG_WOLFE) {
            int left = options.maxEvaluations() - report.evaluations;
            LinePoint found = search.find(line, origin, length, largest, left, options);
            if (found != evaluated) {
                vectors.move(parameters, start, found.t, direction);
            }
            t = found.t;
            current = found;
            measure();
        } else {
            vectors.move(parameters, start, length, direction);
            t = length;
            if (last) {
                return LbfgsReport.Reason.MAX_ITERATIONS;
            }
            evaluateHere();
            if (!isFinite()) {
                goBack();
                measure();
                return LbfgsReport.Reason.NON_FINITE;
            }
        }
        if (report.largestGradient <= options.gradientTolerance()) {
            return LbfgsReport.Reason.GRADIENT_TOLERANCE;
        }
        if (t != 0
                && (t * largest <= options.changeTolerance()
                        || Math.abs(current.loss - origin.loss) < options.changeTolerance())) {
            return LbfgsReport.Reason.CHANGE_TOLERANCE;
        }
        if (report.evaluations >= options.maxEvaluations()) {
            return LbfgsReport.Reason.MAX_EVALUATIONS;
        }
        if (t == 0) {
            return LbfgsReport.Reason.NO_PROGRESS;
        }
        return last ? LbfgsReport.Reason.MAX_ITERATIONS : null;
    }

    /** Moves to a point on the line and evaluates the objective there, for the search. */
    private void evaluate(LinePoint point, double t) {
        vectors.move(parameters, start, t, direction);
        point.t = t;
        point.loss = call(point);
        point.slope = vectors.dot(point.gradient, direction);
        // The slope is finite only if all of the gradient is.
        if (!Double.isFinite(point.loss) || !Double.isFinite(point.slope)) {
            point.loss = Double.POSITIVE_INFINITY;
        }
        evaluated = point;
    }

    private double call(LinePoint point) {
        double loss = objective.evaluate(parameters, point.gradient);
        evaluations++;
        report.evaluations++;
        // The kernels would write to memory that the objective has closed.
        StepChecks.checkAccess("parameters", parameters);
        return loss;
    }

    /** Evaluates the objective where the parameters are. */
    private void evaluateHere() {
        current = LinePoint.other(points, origin, origin, origin);
        current.loss = call(current);
        measure();
    }

    private void measure() {
        report.loss = current.loss;
        report.largestGradient = vectors.largest(current.gradient);
    }

    private boolean isFinite() {
        return Double.isFinite(report.loss) && Double.isFinite(report.largestGradient);
    }

    /** Undoes the iteration that is running, but not what it has learned. */
    private void goBack() {
        current = origin;
        t = 0;
        iterations--;
        report.iterations--;
        parameters.copyFrom(start);
    }

    /** Forgets everything but the number of evaluations, which is given. */
    void reset(long evaluations) {
        history.clear();
        iterations = 0;
        t = 0;
        this.evaluations = evaluations;
    }
}
