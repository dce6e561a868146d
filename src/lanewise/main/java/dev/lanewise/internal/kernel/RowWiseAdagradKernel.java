package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Kernels.TINY;
import static dev.lanewise.internal.kernel.RowLoop.PARTIALS;
import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;

import jdk.incubator.vector.FloatVector;

/** The vector loop of {@link dev.lanewise.optim.RowWiseAdagrad}, for one row, with the elements that do not fill a vector. */
public final class RowWiseAdagradKernel {
    static void run(Object[] arrays, long[] at, int count, float[] c) {
        if (count == 0) {
            return;
        }
        float scale = c[0], decay = c[1], shrink = c[2], rate = c[3], eps = c[4];
        float[] ps = (float[]) arrays[0],
                gs = (float[]) arrays[1],
                vs = (float[]) arrays[2],
                sums = (float[]) arrays[3];
        int p0 = (int) at[0], g0 = (int) at[1], v0 = (int) at[2], whole = count - count % PARTIALS;
        for (int s0 = 0; s0 < PARTIALS; s0 += LANES) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int i = s0; i < whole; i += PARTIALS) {
                FloatVector p = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, ps, p0 + i));
                FloatVector h =
                        FloatVector.fromArray(SPECIES, gs, g0 + i).mul(scale).add(p.mul(decay));
                sum = h.mul(h).add(sum);
            }
            FLOAT_TYPE.cast(sum).intoArray(sums, s0);
        }
        for (int i = whole; i < count; i++) {
            float h = gs[g0 + i] * scale + ps[p0 + i] * decay;
            sums[i - whole] += h * h;
        }
        for (int half = PARTIALS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                sums[i] += sums[i + half];
            }
        }
        float v = vs[v0] + sums[0] / count + TINY;
        float s = rate / ((float) Math.sqrt(v) + eps);
        vs[v0] = v;
        int vectors = count - count % LANES;
        for (int i = 0; i < vectors; i += LANES) {
            FloatVector p = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, ps, p0 + i));
            FloatVector h =
                    FloatVector.fromArray(SPECIES, gs, g0 + i).mul(scale).add(p.mul(decay));
            FLOAT_TYPE.cast(p.mul(shrink).sub(h.mul(s))).intoArray(ps, p0 + i);
        }
        for (int i = vectors; i < count; i++) {
            float h = gs[g0 + i] * scale + ps[p0 + i] * decay;
            ps[p0 + i] = ps[p0 + i] * shrink - h * s;
        }
    }
}
