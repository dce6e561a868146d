package dev.lanewise.optim;

import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * L-BFGS minimizes a smooth function of the parameters by quasi-Newton steps: the last changes of the parameters and of the gradient
 * approximate the inverse of the Hessian. It is the classical solver for problems whose loss and gradient can be computed over all data,
 * such as logistic regression, and evaluates them itself, several times a step; it is no {@link UpdateRule}.
 *
 * {@snippet :
 * Mlp mlp = new Mlp(784, 10);
 * Lbfgs lbfgs = new Lbfgs(mlp.parameters(), LbfgsOptions.DEFAULT.withLineSearch(LineSearch.strongWolfe()));
 * Lbfgs.Objective objective = (parameters, gradient) -> {
 *     double loss = mlp.forwardBackward(images, 0, labels, 0, labels.length);
 *     gradient.copyFrom(mlp.gradients());
 *     return loss;
 * };
 * for (int step = 0; step < 20 && !lbfgs.step(objective).converged(); step++) {
 *     System.out.println(lbfgs.report());
 * }
 * }
 *
 * <pre>
 * step:  f, g ← objective(θ);  end if max|g| ≤ gradientTolerance
 * repeat at most maxIterations times:
 *   first iteration of all:  d ← −g
 *   others:                  y ← g − g of the iteration before, s ← t·d
 *                            if y·s &gt; 1e-10:  keep (s, y), γ ← y·s / y·y
 *                            d ← −H·g, the two-loop recursion over the pairs that are kept, from H = γ·I on
 *   t ← learningRate, in the first iteration of all times min(1, 1 / Σ|g|)
 *   end if g·d &gt; −changeTolerance
 *   t ← the line search from t on, if there is one;  θ ← θ + t·d;  f, g ← objective(θ)
 *   end if max|g| ≤ gradientTolerance, max|t·d| ≤ changeTolerance, |f − f of the iteration before| &lt; changeTolerance,
 *          or the evaluations are at least maxEvaluations
 * </pre>
 *
 * <p><b>Defaults and semantics</b> are those of {@code torch.optim.LBFGS}: see {@link LbfgsOptions} and {@link LineSearch}. The
 * direction, t and the pairs live on from one step to the next, so that three steps of 20 iterations are nearly one of 60. The
 * default has no line search, as there, and may diverge with it: prefer {@link LineSearch#strongWolfe()}.
 *
 * <p><b>Memory:</b> 2·{@code historySize} + 8 floats a parameter, allocated by the constructor, and nothing afterwards. A step takes,
 * beside the evaluations, one pass over each vector of the history for a product and one for a sum.
 *
 * <p><b>Bits:</b> parameters and gradients are floats. Dot products are summed in double in one fixed order, and scalars are
 * doubles. For an objective whose bits are always the same, the result has the same bits on any vector width, number of threads
 * and storage.
 *
 * <p><b>Where it differs from PyTorch:</b>
 *
 * <ul>
 * <li>{@code maxEvaluations} also ends a line search, which then takes the best end of its bracket. PyTorch lets the search go on
 *     (its issue 91581).
 * <li>Where the loss or the gradient is NaN or infinite, a line search takes the loss as +∞ and tries closer points, so that it never
 *     accepts such a point. Without a search the parameters go back to where the iteration began, the iteration does not count, and
 *     the step ends with {@link LbfgsReport.Reason#NON_FINITE}, as it does if the first evaluation is not finite. PyTorch goes on with NaN.
 * <li>A direction that is not finite clears the history.
 * <li>The loss is a double, and dot products are summed in double, so that small improvements are seen that float32 loses.
 * <li>If an iteration ends without a move, because the slope is within the tolerance, the next step learns no pair from it; PyTorch
 *     takes t·d as the move.
 * </ul>
 *
 * <p><b>Noisy objectives:</b> the pairs compare gradients of different evaluations, so the objective must be a function of the parameters:
 * the same data each time, and no dropout. With mini-batches y·s measures the noise, pairs with y·s ≤ 1e-10 are left out, and the search
 * fails ({@link LbfgsReport.Reason#NO_PROGRESS}).
 *
 * <p><b>Exceptions of the objective</b> pass through. The parameters are then where the iteration began in which it was thrown, the
 * iteration does not count, and what was learned before it is kept: the next step goes on from there.
 *
 * <p>A step must not run in two threads at once, nor within its own objective.
 *
 * @see <a href="https://doi.org/10.1007/BF01589116">Liu and Nocedal 1989, On the limited memory BFGS method for large scale
 *     optimization</a>
 */
public final class Lbfgs {
    /** A function to minimize, with its gradient. */
    @FunctionalInterface
    public interface Objective {
        /**
         * Evaluates the function.
         *
         * @param parameters the parameters, which must not be changed
         * @param gradient receives the gradient, every element, in the order of the parameters. It has old values before, and is valid
         *     only until this method returns
         * @return the loss
         */
        double evaluate(FloatSpan parameters, FloatSpan gradient);
    }

    private final FloatSpan parameters;
    private final LbfgsStep state;
    private final AtomicBoolean stepping = new AtomicBoolean();

    /**
     * Creates an optimizer with {@linkplain LbfgsOptions#DEFAULT the default options}.
     *
     * @param parameters the parameters, in any storage; they are updated in place
     * @throws IllegalArgumentException if they are read-only
     */
    public Lbfgs(FloatSpan parameters) {
        this(parameters, LbfgsOptions.DEFAULT);
    }

    /**
     * Creates an optimizer.
     *
     * @param parameters the parameters, in any storage; they are updated in place
     * @param options the options
     * @throws IllegalArgumentException if the parameters are read-only
     */
    public Lbfgs(FloatSpan parameters, LbfgsOptions options) {
        if (parameters.segment().isReadOnly()) {
            throw new IllegalArgumentException("parameters must not be read-only: " + parameters);
        }
        this.parameters = parameters;
        this.state = new LbfgsStep(parameters, Objects.requireNonNull(options, "options"));
    }

    /** {@return the parameters: the span given to the constructor} */
    public FloatSpan parameters() {
        return parameters;
    }

    /** {@return the options} */
    public LbfgsOptions options() {
        return state.options;
    }

    /**
     * Replaces the options from the next step on, such as the learning rate. The state is kept.
     *
     * @param options the options, with the same history and workers
     * @throws IllegalArgumentException if the history has another size, or the workers are others
     * @throws IllegalStateException if a step is running
     */
    public void replace(LbfgsOptions options) {
        if (options.historySize() != state.history.capacity()) {
            throw new IllegalArgumentException("historySize must be " + state.history.capacity()
                    + ", for which memory is allocated: " + options.historySize());
        }
        if (options.workers() != state.options.workers()) {
            throw new IllegalArgumentException("workers must be those of the constructor: " + options.workers());
        }
        enter();
        state.options = options;
        stepping.set(false);
    }

    /** {@return the number of evaluations so far, in all steps} */
    public long evaluations() {
        return state.evaluations;
    }

    /** {@return the number of iterations so far, in all steps} */
    public long iterations() {
        return state.iterations;
    }

    /** {@return the report of the last step, which the next step overwrites} */
    public LbfgsReport report() {
        return state.report;
    }

    /**
     * Forgets the history, so that the next step begins with the gradient as its direction, as after the parameters were changed from
     * outside. The counts begin at 0.
     *
     * @throws IllegalStateException if a step is running
     */
    public void reset() {
        enter();
        state.reset(0);
        stepping.set(false);
    }

    /**
     * Saves the parameters and the state to a {@linkplain dev.lanewise.safetensors.Safetensors safetensors} file. Minimizing that is
     * resumed from it gives the same bits as minimizing that is not.
     *
     * <p>The tensors have the names of {@code torch.optim.LBFGS}'s state: {@code parameters}, {@code n_iter}, {@code func_evals}
     * and, after the first iteration, {@code d}, {@code t}, {@code prev_flat_grad}, {@code prev_loss}, {@code H_diag},
     * {@code ro}, and {@code old_dirs.}<i>i</i> and {@code old_stps.}<i>i</i> for the pairs from the oldest on. Vectors are F32,
     * scalars F64, counts I64. The options are not in the file.
     *
     * @param file the file, which is replaced if it exists
     * @throws IOException if it cannot be written; the old file is untouched then
     * @throws IllegalStateException if a step is running
     */
    public void save(Path file) throws IOException {
        enter();
        try {
            LbfgsFile.save(state, file);
        } finally {
            stepping.set(false);
        }
    }

    /**
     * Loads the parameters and the state from a file, and keeps the options.
     *
     * @param file a file that {@link #save} has written
     * @throws IOException if it cannot be read, or is no safetensors file; nothing has changed then
     * @throws IllegalArgumentException if a tensor is missing or has another type or shape, or if the file has more pairs than
     *     {@link LbfgsOptions#historySize}; nothing has changed then
     * @throws IllegalStateException if a step is running, or if memory of the parameters is closed; nothing has changed then
     */
    public void load(Path file) throws IOException {
        enter();
        try {
            StepChecks.checkAccess("parameters", parameters);
            LbfgsFile.load(state, file);
        } finally {
            stepping.set(false);
        }
    }

    /**
     * Minimizes the function for some iterations.
     *
     * @param objective the function
     * @return the report of this step, which the next step overwrites
     * @throws IllegalStateException if a step is running, or if memory of the parameters is closed; nothing has changed then
     * @throws WrongThreadException if memory of the parameters belongs to another thread; nothing has changed then
     */
    public LbfgsReport step(Objective objective) {
        Objects.requireNonNull(objective, "objective");
        enter();
        try {
            StepChecks.checkAccess("parameters", parameters);
            state.run(objective);
            return state.report;
        } finally {
            stepping.set(false);
        }
    }

    private void enter() {
        if (!stepping.compareAndSet(false, true)) {
            throw new IllegalStateException("a step of this optimizer is running");
        }
    }
}
