package dev.lanewise.bench;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Vector loops over whole arrays, one for each operation of an unfused step; lengths are multiples of {@link #STEP}. */
final class VectorOps {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** Elements of a vector. */
    static final int STEP = SPECIES.length();

    private VectorOps() {}

    /** x = y · a + b. */
    static void set(float[] x, float[] y, float a, float b) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, y, i).mul(a).add(b).intoArray(x, i);
        }
    }

    /** x = x + y · a. */
    static void add(float[] x, float[] y, float a) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .add(FloatVector.fromArray(SPECIES, y, i).mul(a))
                    .intoArray(x, i);
        }
    }

    /** x = y + z · a. */
    static void setSum(float[] x, float[] y, float[] z, float a) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, y, i)
                    .add(FloatVector.fromArray(SPECIES, z, i).mul(a))
                    .intoArray(x, i);
        }
    }

    /** x = x + y · z · a. */
    static void addProduct(float[] x, float[] y, float[] z, float a) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .add(FloatVector.fromArray(SPECIES, y, i)
                            .mul(FloatVector.fromArray(SPECIES, z, i))
                            .mul(a))
                    .intoArray(x, i);
        }
    }

    /** x = y where y · z &gt; 0, else 0. */
    static void setWhereAgreeing(float[] x, float[] y, float[] z) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector y0 = FloatVector.fromArray(SPECIES, y, i);
            FloatVector product = y0.mul(FloatVector.fromArray(SPECIES, z, i));
            FloatVector.zero(SPECIES)
                    .blend(y0, product.compare(VectorOperators.GT, 0))
                    .intoArray(x, i);
        }
    }

    /** x = y · z. */
    static void setProduct(float[] x, float[] y, float[] z) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, y, i)
                    .mul(FloatVector.fromArray(SPECIES, z, i))
                    .intoArray(x, i);
        }
    }

    /** x = y − z². */
    static void setDifference(float[] x, float[] y, float[] z) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector b = FloatVector.fromArray(SPECIES, z, i);
            FloatVector.fromArray(SPECIES, y, i).sub(b.mul(b)).intoArray(x, i);
        }
    }

    /** x = √y. */
    static void setRoot(float[] x, float[] y) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, y, i).sqrt().intoArray(x, i);
        }
    }

    /** x = x / y. */
    static void divide(float[] x, float[] y) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .div(FloatVector.fromArray(SPECIES, y, i))
                    .intoArray(x, i);
        }
    }

    /** x = x + y · a / z. */
    static void addQuotient(float[] x, float[] y, float[] z, float a) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .add(FloatVector.fromArray(SPECIES, y, i).mul(a).div(FloatVector.fromArray(SPECIES, z, i)))
                    .intoArray(x, i);
        }
    }

    /** x = max(x, y). */
    static void maximum(float[] x, float[] y) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .max(FloatVector.fromArray(SPECIES, y, i))
                    .intoArray(x, i);
        }
    }

    /** x = |y| + b. */
    static void setMagnitude(float[] x, float[] y, float b) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, y, i).abs().add(b).intoArray(x, i);
        }
    }

    /** x = sign(y). */
    static void setSign(float[] x, float[] y) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector a = FloatVector.fromArray(SPECIES, y, i);
            FloatVector.zero(SPECIES)
                    .blend(1, a.compare(VectorOperators.GT, 0))
                    .blend(-1, a.compare(VectorOperators.LT, 0))
                    .intoArray(x, i);
        }
    }

    /** x = x · (up if s &gt; 0, down if s &lt; 0, else 1). */
    static void scaleBySign(float[] x, float[] s, float up, float down) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector a = FloatVector.fromArray(SPECIES, s, i);
            FloatVector factor = FloatVector.broadcast(SPECIES, 1)
                    .blend(up, a.compare(VectorOperators.GT, 0))
                    .blend(down, a.compare(VectorOperators.LT, 0));
            FloatVector.fromArray(SPECIES, x, i).mul(factor).intoArray(x, i);
        }
    }

    /** x = x, at least low and at most high. */
    static void clamp(float[] x, float low, float high) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i).max(low).min(high).intoArray(x, i);
        }
    }

    /** x = 0 where s &lt; 0. */
    static void clearWhereNegative(float[] x, float[] s) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .blend(0, FloatVector.fromArray(SPECIES, s, i).compare(VectorOperators.LT, 0))
                    .intoArray(x, i);
        }
    }

    /** The sum of x, in two partial sums. */
    static double sum(float[] x) {
        FloatVector a = FloatVector.zero(SPECIES), b = a;
        int i = 0;
        for (; i + 2 * STEP <= x.length; i += 2 * STEP) {
            a = a.add(FloatVector.fromArray(SPECIES, x, i));
            b = b.add(FloatVector.fromArray(SPECIES, x, i + STEP));
        }
        for (; i < x.length; i += STEP) {
            a = a.add(FloatVector.fromArray(SPECIES, x, i));
        }
        return a.add(b).reduceLanes(VectorOperators.ADD);
    }

    /** The sum of x², in four partial sums, so that the loop waits for memory and not for its own additions. */
    static double sumOfSquares(float[] x) {
        FloatVector a = FloatVector.zero(SPECIES), b = a, c = a, d = a;
        int i = 0;
        for (; i + 4 * STEP <= x.length; i += 4 * STEP) {
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, i);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, i + STEP);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, i + 2 * STEP);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, i + 3 * STEP);
            a = a.add(x0.mul(x0));
            b = b.add(x1.mul(x1));
            c = c.add(x2.mul(x2));
            d = d.add(x3.mul(x3));
        }
        for (; i < x.length; i += STEP) {
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, i);
            a = a.add(x0.mul(x0));
        }
        return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    }
}
