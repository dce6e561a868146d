package dev.lanewise.optim;

import java.util.Arrays;
import java.util.List;

/**
 * A report describes the last step. An optimizer has one report, which each step overwrites, so that a step allocates nothing:
 * read it before the next step, or keep a {@link #copy()}. Statistics that were not taken are NaN; with
 * {@link StepOptions#statistics()} all are taken, except those of a frozen group.
 *
 * <p>The statistics are sums of squares in float, in one fixed order, so they have the same bits for any vector width, number of
 * threads and storage. The relative error of a norm is at most 1 in 8,000, and usually 1 in 100,000 or less; the largest update
 * is exact. The norm of the gradient is taken again in double where squares leave the range of a float, and is summed in double
 * throughout where clipping, the rule or the check for non-finite gradients needs it. The other norms and the largest update are
 * infinite if a value is beyond 1e19, and values below 1e-19 may count as 0.
 */
public final class StepReport {
    private final List<Group> groups;
    boolean applied;
    long step;
    int skipped;
    double gradientNorm = Double.NaN;

    /** The statistics of all ranks; null before they were first gathered. */
    private double[] gathered;

    /** Whether the statistics are those of all ranks. */
    private boolean combined;

    StepReport(List<Group> groups) {
        this.groups = groups;
    }

    /** Begins the report of a step that was applied; the statistics of its groups are written afterwards. */
    void apply(long step) {
        this.applied = true;
        this.step = step;
        this.skipped = 0;
        this.combined = false;
    }

    void skip() {
        applied = false;
        combined = false;
        skipped += skipped < Integer.MAX_VALUE ? 1 : 0;
    }

    /**
     * Combines the statistics of all ranks: squares of norms and counts are added, in the order of the ranks, and the largest
     * update is the largest of all.
     *
     * @param normsExchanged whether the norms of gradients are those of all ranks already
     * @throws IllegalStateException if they were combined before, since what would be added up then is not those of the ranks
     */
    void gather(Shard shard, boolean normsExchanged, SumExchange exchange) {
        if (combined) {
            throw new IllegalStateException("the statistics of a step must be gathered once: step " + step);
        }
        int count = 5 * groups.size();
        double[] all = gathered = gathered == null ? new double[shard.world() * count] : gathered;
        Arrays.fill(all, 0);
        int at = shard.rank() * count;
        for (Group group : groups) {
            all[at++] = group.gradientNorm * group.gradientNorm;
            all[at++] = group.updateNorm * group.updateNorm;
            all[at++] = group.parameterNorm * group.parameterNorm;
            all[at++] = group.largestUpdate;
            all[at++] = group.nonFinite;
        }
        exchange.gather(all, shard.rank() * count, count);
        combined = true;
        double squares = 0;
        for (int i = 0; i < groups.size(); i++) {
            double gradient = 0, update = 0, parameter = 0, largest = 0, nonFinite = 0;
            for (int from = 5 * i; from < all.length; from += count) {
                gradient += all[from];
                update += all[from + 1];
                parameter += all[from + 2];
                largest = Math.max(largest, all[from + 3]);
                nonFinite += all[from + 4];
            }
            Group group = groups.get(i);
            group.gradientNorm = normsExchanged ? group.gradientNorm : Math.sqrt(gradient);
            group.updateNorm = Math.sqrt(update);
            group.parameterNorm = Math.sqrt(parameter);
            group.largestUpdate = largest;
            group.nonFinite = (long) nonFinite;
            squares += gradient;
        }
        gradientNorm = normsExchanged ? gradientNorm : Math.sqrt(squares);
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
     * Returns whether the step was applied. It was not if a gradient was not finite and the policy is to skip such a step.
     *
     * @return false if nothing was written
     */
    public boolean applied() {
        return applied;
    }

    /**
     * Returns the number of steps applied so far.
     *
     * @return the number, which includes the reported step if it was applied
     */
    public long step() {
        return step;
    }

    /**
     * Returns the number of steps skipped in a row, up to the reported one.
     *
     * @return the number, which is 0 if the reported step was applied
     */
    public int skipped() {
        return skipped;
    }

    /**
     * Returns the norm of the gradient of all groups, times its factor, before clipping.
     *
     * @return the norm, or NaN if it was not taken
     */
    public double gradientNorm() {
        return gradientNorm;
    }

    /**
     * Returns the reports of the groups.
     *
     * @return the reports in the order of the groups' ranges; the list is the same at every step
     */
    public List<Group> groups() {
        return groups;
    }

    /**
     * Returns the report of a group.
     *
     * @param name the group's name
     * @return its report
     * @throws IllegalArgumentException if there is no such group
     */
    public Group group(String name) {
        for (Group group : groups) {
            if (group.name.equals(name)) {
                return group;
            }
        }
        throw new IllegalArgumentException(
                "group must be one of " + groups.stream().map(Group::name).toList() + ": " + name);
    }

    @Override
    public String toString() {
        return (applied ? "step " + step : "skipped after step " + step) + ", gradient norm " + gradientNorm + ", "
                + groups;
    }

    /** The report of one group. */
    public static final class Group {
        final String name;
        double learningRate;
        double effectiveLearningRate;
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
            copy.effectiveLearningRate = effectiveLearningRate;
            copy.gradientNorm = gradientNorm;
            copy.updateNorm = updateNorm;
            copy.parameterNorm = parameterNorm;
            copy.largestUpdate = largestUpdate;
            copy.nonFinite = nonFinite;
            return copy;
        }

        /** Resets the report to that of a group without steps, which is the report of a frozen group. */
        void forget() {
            learningRate = 0;
            effectiveLearningRate = 0;
            gradientNorm = Double.NaN;
            updateNorm = Double.NaN;
            parameterNorm = Double.NaN;
            largestUpdate = Double.NaN;
            nonFinite = 0;
        }

        /** {@return the name of the group} */
        public String name() {
            return name;
        }

        /**
         * Returns the learning rate of the step.
         *
         * @return the learning rate, from 0; 0 for a frozen group
         */
        public double learningRate() {
            return learningRate;
        }

        /**
         * Returns the learning rate that the rule applied. It is another than {@link #learningRate()} where the rule has a factor of its
         * own for it, such as a ratio of norms, or a limit.
         *
         * @return the learning rate, from 0; 0 for a frozen group
         */
        public double effectiveLearningRate() {
            return effectiveLearningRate;
        }

        /**
         * Returns ‖g‖, the norm of the gradient, times its factor, before clipping.
         *
         * @return the norm, or NaN if it was not taken
         */
        public double gradientNorm() {
            return gradientNorm;
        }

        /**
         * Returns ‖Δθ‖, the norm of the change of the parameters.
         *
         * @return the norm, or NaN if it was not taken
         */
        public double updateNorm() {
            return updateNorm;
        }

        /**
         * Returns ‖θ‖, the norm of the parameters before the step.
         *
         * @return the norm, or NaN if it was not taken
         */
        public double parameterNorm() {
            return parameterNorm;
        }

        /**
         * Returns ‖Δθ‖ / ‖θ‖. In stable training it is about 1e-3; near 1 the step is as large as the weights and the loss spikes.
         *
         * @return the ratio, or NaN if it was not taken or the parameters were all 0
         */
        public double updateRatio() {
            return parameterNorm == 0 ? Double.NaN : updateNorm / parameterNorm;
        }

        /**
         * Returns max |Δθ|, the largest change of a parameter.
         *
         * @return the change, or NaN if it was not taken
         */
        public double largestUpdate() {
            return largestUpdate;
        }

        /**
         * Returns the number of gradients that were NaN or infinite. They are counted where statistics are on or the step was skipped.
         *
         * @return the number, which is 0 if they were not counted
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
