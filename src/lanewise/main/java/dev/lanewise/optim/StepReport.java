package dev.lanewise.optim;

import java.util.List;

/**
 * What a step did. An optimizer has one report, which each step writes anew, so that a step allocates nothing: read it before
 * the next step, or keep a {@link #copy()}. Numbers that were not taken are NaN; with {@link StepOptions#statistics()} all are taken, but those of
 * a frozen group.
 *
 * <p>The statistics are sums of squares in float, in one fixed order: the same bits on any vector width, any threads and any
 * storage. Norms are right to 1 in 8,000 at the worst, and usually to 1 in 100,000 or better; the largest update is exact. The
 * norm of the gradient is taken again in double where squares leave the range of a float, and is a double altogether where
 * clipping, the rule or the check for non-finite gradients needs it. The other norms and the largest update are infinite if a
 * value is beyond 1e19, and values below 1e-19 may count as 0.
 */
public final class StepReport {
    private final List<Group> groups;
    boolean applied;
    long step;
    int skipped;
    double gradientNorm = Double.NaN;

    StepReport(List<Group> groups) {
        this.groups = groups;
    }

    /** Begins the report of a step that was applied; the statistics of its groups are written afterwards. */
    void apply(long step) {
        this.applied = true;
        this.step = step;
        this.skipped = 0;
    }

    void skip() {
        applied = false;
        skipped++;
    }

    /** {@return an independent copy of this report, which no later step rewrites} */
    public StepReport copy() {
        StepReport copy = new StepReport(groups.stream().map(Group::copy).toList());
        copy.applied = applied;
        copy.step = step;
        copy.skipped = skipped;
        copy.gradientNorm = gradientNorm;
        return copy;
    }

    /**
     * Whether the step was applied. It was not if a gradient was not finite and the optimizer skips those.
     *
     * @return false if nothing was written
     */
    public boolean applied() {
        return applied;
    }

    /**
     * The number of steps applied so far.
     *
     * @return with the one reported, if it was applied
     */
    public long step() {
        return step;
    }

    /**
     * The number of steps skipped one after another up to now.
     *
     * @return 0 if this one was applied
     */
    public int skipped() {
        return skipped;
    }

    /**
     * The norm of the gradient of all groups, times its factor, before clipping.
     *
     * @return NaN if not taken
     */
    public double gradientNorm() {
        return gradientNorm;
    }

    /**
     * The reports of the groups.
     *
     * @return in the order of their ranges; the same list at every step
     */
    public List<Group> groups() {
        return groups;
    }

    /**
     * The report of a group.
     *
     * @param name its name
     * @return its report
     * @throws IllegalArgumentException if there is no such group
     */
    public Group group(String name) {
        for (Group group : groups) {
            if (group.name.equals(name)) {
                return group;
            }
        }
        throw new IllegalArgumentException("there is no group " + name);
    }

    @Override
    public String toString() {
        return (applied ? "step " + step : "skipped after step " + step) + ", gradient norm " + gradientNorm + ", "
                + groups;
    }

    /** What a step did to one group. */
    public static final class Group {
        final String name;
        double learningRate;
        double gradientNorm = Double.NaN;
        double updateNorm = Double.NaN;
        double parameterNorm = Double.NaN;
        double largestUpdate = Double.NaN;
        long nonFinite;

        Group(String name) {
            this.name = name;
        }

        private Group copy() {
            Group copy = new Group(name);
            copy.learningRate = learningRate;
            copy.gradientNorm = gradientNorm;
            copy.updateNorm = updateNorm;
            copy.parameterNorm = parameterNorm;
            copy.largestUpdate = largestUpdate;
            copy.nonFinite = nonFinite;
            return copy;
        }

        /** As if no step had been: what a frozen group reports. */
        void forget() {
            learningRate = 0;
            gradientNorm = Double.NaN;
            updateNorm = Double.NaN;
            parameterNorm = Double.NaN;
            largestUpdate = Double.NaN;
            nonFinite = 0;
        }

        /**
         * The group.
         *
         * @return its name
         */
        public String name() {
            return name;
        }

        /**
         * The learning rate of the step.
         *
         * @return from 0; 0 of a frozen group
         */
        public double learningRate() {
            return learningRate;
        }

        /**
         * ‖g‖: the norm of the gradient, times its factor, before clipping.
         *
         * @return NaN if not taken
         */
        public double gradientNorm() {
            return gradientNorm;
        }

        /**
         * ‖Δθ‖: the norm of the change of the parameters.
         *
         * @return NaN if not taken
         */
        public double updateNorm() {
            return updateNorm;
        }

        /**
         * ‖θ‖: the norm of the parameters before the step.
         *
         * @return NaN if not taken
         */
        public double parameterNorm() {
            return parameterNorm;
        }

        /**
         * ‖Δθ‖ / ‖θ‖: about 1e-3 in healthy training; near 1, the step is as large as the weights and the loss spikes.
         *
         * @return NaN if not taken, or if the parameters were all 0
         */
        public double updateRatio() {
            return parameterNorm == 0 ? Double.NaN : updateNorm / parameterNorm;
        }

        /**
         * max |Δθ|: the largest change of a parameter.
         *
         * @return NaN if not taken
         */
        public double largestUpdate() {
            return largestUpdate;
        }

        /**
         * How many gradients were NaN or infinite, where statistics are on or the step was skipped.
         *
         * @return 0 if not counted
         */
        public long nonFinite() {
            return nonFinite;
        }

        @Override
        public String toString() {
            return name + ": learning rate " + learningRate + ", ‖g‖ " + gradientNorm + ", ‖Δθ‖ " + updateNorm
                    + ", ‖θ‖ " + parameterNorm + ", max |Δθ| " + largestUpdate + ", non-finite " + nonFinite;
        }
    }
}
