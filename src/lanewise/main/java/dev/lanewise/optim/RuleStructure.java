package dev.lanewise.optim;

import java.util.List;
import java.util.TreeSet;

/** The structure of a rule determines its kernel, its state and its norms. It must stay the same while hyperparameters change. */
final class RuleStructure {
    private RuleStructure() {}

    /** {@return whether both rules have the same class, options, state, norms and scalars} */
    static boolean matches(UpdateRule one, UpdateRule other) {
        return one == other
                || other != null
                        && one.getClass() == other.getClass()
                        && one.options().equals(other.options())
                        && names(one).equals(names(other))
                        && one.normScope() == other.normScope()
                        && one.reductions().equals(other.reductions())
                        && one.scalars().equals(other.scalars());
    }

    /** {@return the structure in words, for an error message} */
    static String describe(UpdateRule rule) {
        return rule == null
                ? "null"
                : rule.getClass().getSimpleName()
                        + (rule.options().isEmpty() ? "" : " " + new TreeSet<>(rule.options()))
                        + (rule.normScope() == NormScope.NONE ? "" : " by the norm of " + rule.normScope())
                        + " with the state " + names(rule);
    }

    private static List<String> names(UpdateRule rule) {
        return rule.state().stream().map(StateBuffer::name).toList();
    }
}
