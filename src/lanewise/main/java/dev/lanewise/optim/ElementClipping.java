package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.GradientEdit;
import dev.lanewise.memory.FloatSpan;

/** The clipping that changes elements of the gradient, which the loops do in a copy of theirs: by value, or by unit. */
final class ElementClipping {
    private final boolean byValue;
    private final float limit;
    private final UnitClipping units;

    /** What the loops do; null for other clipping. */
    private final GradientEdit edit;

    /** The factor of the gradients of the current step. */
    private float factor;

    ElementClipping(FloatSpan parameters, GroupState[] groups, Shard shard, StepOptions options) {
        Clipping clipping = options.clipping();
        this.byValue = clipping.clampsValues();
        this.limit = (float) clipping.limit();
        this.units =
                clipping.kind() == Clipping.Kind.UNIT ? new UnitClipping(parameters, groups, shard, options) : null;
        this.edit = byValue ? this::clamp : units;
    }

    /** {@return whether the loops multiply the gradient by its factor, so that the rules' factor is 1} */
    boolean multiplies() {
        return byValue;
    }

    /**
     * Prepares a step, and writes nothing.
     *
     * @return what changes the gradients; null for nothing
     */
    GradientEdit prepare(FloatSource gradients, double factor) {
        this.factor = (float) factor;
        if (units != null) {
            units.prepare(gradients, factor);
        }
        return edit;
    }

    private void clamp(float[] gradient, int at, long from, int count) {
        float factor = this.factor;
        for (int i = at; i < at + count; i++) {
            gradient[i] = Math.min(Math.max(gradient[i] * factor, -limit), limit);
        }
    }
}
