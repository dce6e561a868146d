package dev.lanewise.tune;

/** An exponential moving average with bias correction: its first values are not drawn towards 0. */
final class Average {
    private final double keep;
    private double sum;
    private double carry = 1;

    Average(double keep) {
        this.keep = keep;
    }

    double add(double value) {
        sum = keep * sum + (1 - keep) * value;
        carry *= keep;
        return sum / (1 - carry);
    }
}
