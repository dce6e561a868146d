package dev.lanewise.nn;

import dev.lanewise.linalg.Activation;

/**
 * An independent network in double, one row at a time, with the layout of {@link Mlp#parameterRanges}: the oracle of losses and
 * gradients.
 */
record DoubleMlp(Mlp mlp, float[] x, int rows, Loss loss, float[] targets, float[] weights) {
    enum Loss {
        CLASSES,
        PROBABILITIES,
        LOGISTIC,
        SQUARED_ERROR
    }

    private static double activation(Activation activation, double z) {
        return switch (activation) {
            case NONE -> z;
            case RELU -> Math.max(z, 0);
            case TANH -> Math.tanh(z);
            case GELU -> z * normal(z);
            case SILU -> z / (1 + Math.exp(-z));
        };
    }

    /** {@return the distribution of the standard normal, by its series, which is exact enough for small arguments} */
    private static double normal(double z) {
        double sum = z, term = z;
        for (int k = 3; k < 200; k += 2) {
            term *= z * z / k;
            sum += term;
        }
        return 0.5 + Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * sum;
    }

    private double[] outputs(double[] parameters, int row) {
        int[] sizes = mlp.sizes();
        double[] input = new double[sizes[0]];
        for (int i = 0; i < input.length; i++) {
            input[i] = x[row * sizes[0] + i];
        }
        for (int layer = 0; layer + 1 < sizes.length; layer++) {
            Mlp.Parameter weight = mlp.parameterRanges().get(2 * layer),
                    bias = mlp.parameterRanges().get(2 * layer + 1);
            double[] output = new double[sizes[layer + 1]];
            for (int j = 0; j < output.length; j++) {
                output[j] = parameters[bias.from() + j];
                for (int i = 0; i < input.length; i++) {
                    output[j] += input[i] * parameters[weight.from() + i * weight.columns() + j];
                }
                if (layer + 2 < sizes.length) {
                    output[j] = activation(mlp.activation(), output[j]);
                }
            }
            input = output;
        }
        return input;
    }

    /** Returns the loss, as the weighted mean. */
    double loss(double[] parameters) {
        double sum = 0, divisor = 0;
        for (int row = 0; row < rows; row++) {
            double[] z = outputs(parameters, row);
            double exponentials = 0, loss = 0;
            for (double logit : z) {
                exponentials += Math.exp(logit);
            }
            for (int j = 0; j < z.length; j++) {
                double t = targets[loss() == Loss.CLASSES ? row : row * z.length + j];
                loss += switch (this.loss) {
                    case CLASSES -> j == t ? Math.log(exponentials) - z[j] : 0;
                    case PROBABILITIES -> t * (Math.log(exponentials) - z[j]);
                    case LOGISTIC -> (Math.log(1 + Math.exp(z[j])) - t * z[j]) / z.length;
                    case SQUARED_ERROR -> (z[j] - t) * (z[j] - t) / z.length;
                };
            }
            double weight = weights == null ? 1 : weights[row];
            sum += weight * loss;
            divisor += weight;
        }
        return sum / divisor;
    }
}
