package dev.lanewise.dl4j;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.GradientTransform;
import dev.lanewise.optim.StateBuffer;
import dev.lanewise.optim.UpdateRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;

/**
 * Turns the gradient of adjacent parameters into the update, in place. {@link LanewiseUpdater} makes it, and DL4J calls it.
 *
 * <p>A gradient that has gaps or is no array of floats by rows is copied, and the update is copied back; the log has one line about it.
 * DL4J's networks have gradients without gaps.
 */
public final class LanewiseGradientUpdater implements GradientUpdater<LanewiseUpdater> {
    private static final System.Logger LOG = System.getLogger(LanewiseGradientUpdater.class.getName());
    private static final AtomicBoolean COPY_LOGGED = new AtomicBoolean();

    private final LanewiseUpdater config;

    /** PyTorch's name of each buffer of the state, and the memory. */
    private final Map<String, INDArray> state = new LinkedHashMap<>();

    /** Made for the first gradient, since only that has the number of parameters of a rule without state. */
    private GradientTransform transform;

    /** The span of the last gradient, by its address. */
    private FloatSpan span;

    LanewiseGradientUpdater(LanewiseUpdater config) {
        this.config = config;
    }

    /** Checks that a rule can be an updater. */
    static void check(UpdateRule rule) {
        List<FloatSpan> none = rule.at(0).state().stream()
                .map(buffer -> FloatSpan.of(new float[0]))
                .toList();
        new GradientTransform(0, rule, none, 0);
    }

    @Override
    public LanewiseUpdater getConfig() {
        return config;
    }

    /** {@return the state: PyTorch's name of each buffer, such as {@code exp_avg}, and its memory} */
    @Override
    public Map<String, INDArray> getState() {
        return Map.copyOf(state);
    }

    /**
     * Sets the memory of the state.
     *
     * @param stateMap an array of floats for each buffer of the rule, by its name, each as long as the gradient
     * @param initialize whether to write the initial values
     * @throws IllegalArgumentException if a buffer is missing, or is not of floats without gaps
     */
    @Override
    public void setState(Map<String, INDArray> stateMap, boolean initialize) {
        List<String> names =
                config.rule().state().stream().map(StateBuffer::name).toList();
        if (!stateMap.keySet().equals(Set.copyOf(names))) {
            throw new IllegalArgumentException("stateMap must have " + names + ": " + stateMap.keySet());
        }
        state.clear();
        names.forEach(name -> state.put(name, stateMap.get(name)));
        transform = null;
        if (initialize) {
            GradientTransform.initialize(config.rule(), spans());
        }
    }

    /**
     * Sets the memory of the state.
     *
     * @param viewArray one array with all buffers, one after the other; null for a rule without state
     * @param gradientShape ignored
     * @param gradientOrder ignored
     * @param initialize whether to write the initial values
     * @throws IllegalArgumentException if the array is not of floats without gaps, or if its length is no multiple of the number of buffers
     */
    @Override
    public void setStateViewArray(INDArray viewArray, long[] gradientShape, char gradientOrder, boolean initialize) {
        List<StateBuffer> buffers = config.rule().state();
        long length = viewArray == null ? 0 : viewArray.length();
        if (buffers.isEmpty() ? length != 0 : length % buffers.size() != 0) {
            throw new IllegalArgumentException(
                    "length of viewArray must be that of " + buffers.size() + " buffers: " + length);
        }
        Map<String, INDArray> map = new LinkedHashMap<>();
        for (int b = 0; b < buffers.size(); b++) {
            long each = length / buffers.size();
            INDArray flat = viewArray.reshape(viewArray.length());
            map.put(buffers.get(b).name(), flat.get(NDArrayIndex.interval(b * each, (b + 1) * each)));
        }
        setState(map, initialize);
    }

    private List<FloatSpan> spans() {
        List<FloatSpan> spans = new ArrayList<>();
        state.values().forEach(array -> spans.add(Nd4jSpans.of(array)));
        return spans;
    }

    /**
     * Replaces a gradient by the update, which DL4J subtracts from the parameters.
     *
     * @param gradient the gradient
     * @param iteration the number of steps applied before
     * @param epoch ignored
     * @throws IllegalArgumentException if the length is not that of the state
     * @throws IllegalStateException if the learning rate of the step is out of range
     */
    @Override
    public void applyUpdater(INDArray gradient, int iteration, int epoch) {
        boolean inPlace = Nd4jSpans.isDense(gradient) && (gradient.isVectorOrScalar() || gradient.ordering() == 'c');
        if (!inPlace && COPY_LOGGED.compareAndSet(false, true)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "gradients are copied, which is slower, because they are not floats by rows without gaps: {0}",
                    gradient.shapeInfoToString());
        }
        INDArray dense = inPlace ? gradient : gradient.castTo(DataType.FLOAT).dup('c');
        UpdateRule rule = config.rule();
        if (transform == null || transform.rule() != rule || transform.steps() != iteration) {
            transform = new GradientTransform(gradient.length(), rule, spans(), iteration);
        }
        if (span == null
                || span.segment().address() != Nd4jSpans.address(dense)
                || span.length() != dense.length()
                || !inPlace) {
            span = Nd4jSpans.of(dense);
        }
        transform.apply(span);
        if (!inPlace) {
            gradient.assign(dense);
        }
    }
}
