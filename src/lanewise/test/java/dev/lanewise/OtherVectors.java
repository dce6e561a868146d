package dev.lanewise;

import java.util.List;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Uses vectors of several lengths, as an application may do beside the library, through the methods of the JDK that kernels
 * call. C2 has one profile for each of these methods in the whole JVM. With two lengths it compiles a call on a vector whose class
 * it does not know for both; with more it leaves the call to be resolved later, which harms less.
 */
final class OtherVectors {
    private OtherVectors() {}

    /** {@return a sum that depends on all of the work} */
    static double use(int rounds, List<Integer> bits) {
        float[] floats = new float[16];
        double[] doubles = new double[16];
        double sum = 0;
        for (int round = 0; round < rounds; round++) {
            VectorShape shape = VectorShape.forBitSize(bits.get(round % bits.size()));
            sum += floats(shape, floats) + doubles(shape, doubles);
        }
        return sum;
    }

    private static float floats(VectorShape shape, float[] x) {
        VectorSpecies<Float> species = VectorSpecies.of(float.class, shape);
        VectorSpecies<Integer> ints = VectorSpecies.of(int.class, shape);
        FloatVector a = FloatVector.fromArray(species, x, 0), two = FloatVector.broadcast(species, 2);
        FloatVector b = a.add(two).sub(two).mul(two).div(two).fma(two, a).abs().sqrt();
        b = b.add(1).sub(1).mul(3).div(2).max(a).min(two);
        VectorMask<Float> mask = b.compare(VectorOperators.GT, a).or(b.compare(VectorOperators.EQ, 0));
        b = b.blend(a, mask).blend(1, mask.not());
        IntVector bits = (IntVector) b.reinterpretShape(ints, 0);
        bits = bits.and(0x7FFF_FFFF).or(1).add(bits).sub(1).max(bits).lanewise(VectorOperators.LSHR, 1);
        bits = bits.blend(0, bits.compare(VectorOperators.LT, 0)).lanewise(VectorOperators.LSHL, 1);
        b = b.add((FloatVector) bits.reinterpretShape(species, 0));
        b.sub(b).intoArray(x, 0);
        return b.reduceLanes(VectorOperators.MAX);
    }

    private static double doubles(VectorShape shape, double[] x) {
        VectorSpecies<Double> species = VectorSpecies.of(double.class, shape);
        DoubleVector a = DoubleVector.fromArray(species, x, 0);
        DoubleVector b = (DoubleVector)
                FloatVector.zero(VectorSpecies.of(float.class, shape)).convertShape(VectorOperators.F2D, species, 0);
        a = a.add(b).mul(b).fma(b, a);
        a.intoArray(x, 0);
        return a.lane(0);
    }
}
