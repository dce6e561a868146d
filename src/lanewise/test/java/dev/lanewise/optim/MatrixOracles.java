package dev.lanewise.optim;

import dev.lanewise.optim.Oracles.Oracle;

/** The formulas of the rules of matrices, in double. */
final class MatrixOracles {
    private static final double[] JORDAN = {3.4445, -4.7750, 2.0315};

    /** From the sources of timm and of microsoft/dion. */
    private static final double[][] QUINTIC = {
        {4.0848, -6.8946, 2.9270},
        {3.9505, -6.3029, 2.6377},
        {3.7418, -5.5913, 2.3037},
        {2.8769, -3.1427, 1.2046},
        {2.8366, -3.0525, 1.2012}
    };

    private static final double[][] POLAR_EXPRESS = {
        {8.156554524902461, -22.48329292557795, 15.878769915207462},
        {4.042929935166739, -2.808917465908714, .5000178451051316},
        {3.8916678022926607, -2.772484153217685, .5060648178503393},
        {3.285753657755655, -2.3681294933425376, .46449024233303106},
        {2.3465413258596377, -1.7097828382687081, .42323551169305323}
    };

    private MatrixOracles() {}

    static Oracle muon(Muon r) {
        return new Oracle() {
            private MatrixShape shape;
            private double[] b;

            @Override
            public Oracle of(MatrixShape shape) {
                this.shape = shape;
                return this;
            }

            @Override
            public void step(double[] p, double[] g, double rate) {
                b = b == null ? new double[p.length] : b;
                double[] u = mixed(b, g, r.momentum(), r.nesterov());
                double[] x = orthogonal(u, shape.rows(), shape.columns(), r.coefficients());
                for (int i = 0; i < p.length; i++) {
                    p[i] = p[i] - rate * r.weightDecay() * p[i] - rate * factor(r.scale(), shape) * x[i];
                }
            }
        };
    }

    /** Moves the momentum, and returns what is orthogonalized. */
    private static double[] mixed(double[] b, double[] g, double momentum, boolean nesterov) {
        double[] u = new double[b.length];
        for (int i = 0; i < b.length; i++) {
            b[i] += (1 - momentum) * (g[i] - b[i]);
            u[i] = nesterov ? g[i] + momentum * (b[i] - g[i]) : b[i];
        }
        return u;
    }

    static Oracle norMuon(NorMuon r) {
        return new Oracle() {
            private MatrixShape shape;
            private double[] b, v;

            @Override
            public Oracle of(MatrixShape shape) {
                this.shape = shape;
                return this;
            }

            @Override
            public void step(double[] p, double[] g, double rate) {
                b = b == null ? new double[p.length] : b;
                v = v == null ? new double[shape.outputs()] : v;
                double[] u = mixed(b, g, r.momentum(), r.nesterov());
                double[] x = orthogonal(u, shape.rows(), shape.columns(), r.coefficients());
                double before = rms(x);
                double[] means = new double[v.length];
                for (int i = 0; i < x.length; i++) {
                    means[output(i)] += x[i] * x[i] / shape.inputs();
                }
                for (int j = 0; j < v.length; j++) {
                    v[j] += (1 - r.beta2()) * (means[j] - v[j]);
                }
                for (int i = 0; i < x.length; i++) {
                    x[i] /= Math.sqrt(v[output(i)]) + 1e-10;
                }
                double length = Oracles.quotient(before, rms(x));
                for (int i = 0; i < p.length; i++) {
                    p[i] = p[i] - rate * r.weightDecay() * p[i] - rate * factor(r.scale(), shape) * length * x[i];
                }
            }

            private int output(int i) {
                return shape.fanOut() == MatrixShape.FanOut.ROWS ? i / shape.columns() : i % shape.columns();
            }
        };
    }

    /** Of a vector if there is no shape. */
    static Oracle adafactor(Adafactor r) {
        return new Oracle() {
            private MatrixShape shape;
            private double[] rows, columns, v;
            private int t;

            @Override
            public Oracle of(MatrixShape shape) {
                this.shape = shape;
                return this;
            }

            @Override
            public void step(double[] p, double[] g, double rate) {
                t++;
                int n = p.length, width = shape == null ? n : shape.columns(), height = n / width;
                rows = rows == null ? new double[height] : rows;
                columns = columns == null ? new double[width] : columns;
                v = v == null ? new double[n] : v;
                double k = Math.pow(t, r.beta2Decay());
                double[] rowSums = new double[height], columnSums = new double[width];
                for (int i = 0; i < n; i++) {
                    rowSums[i / width] += g[i] * g[i] / width;
                    columnSums[i % width] += g[i] * g[i] / height;
                }
                double mean = 0;
                for (int i = 0; i < height; i++) {
                    rows[i] += k * (rowSums[i] - rows[i]);
                    mean += rows[i] / height;
                }
                for (int j = 0; j < width; j++) {
                    columns[j] += k * (columnSums[j] - columns[j]);
                }
                double[] u = new double[n];
                for (int i = 0; i < n; i++) {
                    v[i] = r.factored()
                            ? Oracles.quotient(rows[i / width] * columns[i % width], Math.max(mean, r.epsilon1()))
                            : v[i] + k * (g[i] * g[i] - v[i]);
                    u[i] = Oracles.quotient(g[i], Math.max(Math.sqrt(v[i]), r.epsilon1()));
                }
                double alpha = Math.max(r.epsilon2(), rms(p)) * Math.min(rate, 1 / Math.sqrt(t));
                double limited = alpha / Math.max(1, rms(u) / r.clipThreshold());
                for (int i = 0; i < n; i++) {
                    p[i] = p[i] - rate * r.weightDecay() * p[i] - limited * u[i];
                }
            }
        };
    }

    private static double rms(double[] x) {
        double sum = 0;
        for (double one : x) {
            sum += one * one;
        }
        return Math.sqrt(sum / x.length);
    }

    private static double factor(Muon.Scale scale, MatrixShape shape) {
        double longer = Math.max(shape.inputs(), shape.outputs());
        return switch (scale) {
            case ORIGINAL -> Math.max(1, Math.sqrt((double) shape.outputs() / shape.inputs()));
            case MATCH_RMS -> 0.2 * Math.sqrt(longer);
            case SPECTRAL -> Math.sqrt(longer);
        };
    }

    /** The coefficients of the five steps. */
    static double[][] steps(Muon.Coefficients coefficients) {
        return switch (coefficients) {
            case JORDAN -> new double[][] {JORDAN, JORDAN, JORDAN, JORDAN, JORDAN};
            case QUINTIC -> QUINTIC;
            case POLAR_EXPRESS -> POLAR_EXPRESS;
        };
    }

    static double[] orthogonal(double[] u, int rows, int columns, Muon.Coefficients coefficients) {
        double norm = 0;
        for (double x : u) {
            norm += x * x;
        }
        norm = Math.sqrt(norm) * (coefficients == Muon.Coefficients.POLAR_EXPRESS ? 1.02 : 1);
        double[] x = new double[u.length];
        for (int i = 0; i < u.length && norm > 0; i++) {
            x[i] = u[i] / norm;
        }
        for (int step = 0; step < 5; step++) {
            double[] c = steps(coefficients)[step];
            double[] a = product(x, transposed(x, rows, columns), rows, columns, rows);
            double[] square = product(a, a, rows, rows, rows);
            for (int i = 0; i < a.length; i++) {
                a[i] = c[1] * a[i] + c[2] * square[i];
            }
            double[] ax = product(a, x, rows, rows, columns);
            for (int i = 0; i < x.length; i++) {
                x[i] = c[0] * x[i] + ax[i];
            }
        }
        return x;
    }

    private static double[] product(double[] a, double[] b, int rows, int inner, int columns) {
        double[] c = new double[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < inner; k++) {
                for (int j = 0; j < columns; j++) {
                    c[i * columns + j] += a[i * inner + k] * b[k * columns + j];
                }
            }
        }
        return c;
    }

    static double[] transposed(double[] x, int rows, int columns) {
        double[] y = new double[x.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                y[j * rows + i] = x[i * columns + j];
            }
        }
        return y;
    }
}
