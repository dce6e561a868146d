package dev.lanewise.bench;

import breeze.linalg.DenseVector;
import breeze.linalg.DenseVector$;
import breeze.math.MutableInnerProductModule;
import breeze.optimize.CachedDiffFunction;
import breeze.optimize.DiffFunction;
import breeze.optimize.LBFGS;
import dev.lanewise.memory.FloatSpan;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.function.Function;
import scala.Tuple2;
import scala.reflect.ClassTag;

/**
 * Breeze's L-BFGS, which Spark uses for its linear models, on the same function: its parameters are doubles, which are rounded to
 * floats for each evaluation.
 */
final class BreezeLbfgs {
    private BreezeLbfgs() {}

    private static final ClassDesc CACHED = ClassDesc.of("breeze.optimize.CachedDiffFunction"),
            FUNCTION = ClassDesc.of("java.util.function.Function"),
            TUPLE = ClassDesc.of("scala.Tuple2"),
            OWN = ClassDesc.of("dev.lanewise.bench.BreezeFunction");

    /** {@return the function as Breeze evaluates it: the loss and the gradient} */
    private static Tuple2<Object, DenseVector<Object>> evaluate(SoftmaxRegression regression, DenseVector<?> point) {
        double[] x = (double[]) point.data(), gradient = new double[x.length];
        FloatSpan parameters = regression.mlp.parameters(), gradients = regression.mlp.gradients();
        for (int i = 0; i < x.length; i++) {
            parameters.set(i, (float) x[i]);
        }
        double loss = regression.evaluate();
        for (int i = 0; i < x.length; i++) {
            gradient[i] = gradients.get(i);
        }
        return new Tuple2<>(loss, new DenseVector<>(gradient));
    }

    /**
     * Makes Breeze's interface of a function. javac and {@link java.lang.reflect.Proxy} refuse to implement it, because Scala
     * gave it methods that differ in their result alone; so a class is written that extends one of Breeze's own and has
     * {@code calculate} call the function.
     */
    private static DiffFunction<?> function(Function<DenseVector<?>, Tuple2<?, ?>> function) {
        ClassDesc diff = ClassDesc.of("breeze.optimize.DiffFunction"),
                copy = ClassDesc.of("breeze.linalg.support.CanCopy");
        byte[] bytes = ClassFile.of()
                .build(
                        OWN,
                        type -> type.withSuperclass(CACHED)
                                .withField("function", FUNCTION, ClassFile.ACC_PRIVATE)
                                .withMethodBody(
                                        "<init>",
                                        MethodTypeDesc.of(ConstantDescs.CD_void, FUNCTION),
                                        ClassFile.ACC_PUBLIC,
                                        code -> code.aload(0)
                                                .aconst_null()
                                                .aconst_null()
                                                .invokespecial(
                                                        CACHED,
                                                        "<init>",
                                                        MethodTypeDesc.of(ConstantDescs.CD_void, diff, copy))
                                                .aload(0)
                                                .aload(1)
                                                .putfield(OWN, "function", FUNCTION)
                                                .return_())
                                .withMethodBody(
                                        "calculate",
                                        MethodTypeDesc.of(TUPLE, ConstantDescs.CD_Object),
                                        ClassFile.ACC_PUBLIC,
                                        code -> code.aload(0)
                                                .getfield(OWN, "function", FUNCTION)
                                                .aload(1)
                                                .invokeinterface(
                                                        FUNCTION,
                                                        "apply",
                                                        MethodTypeDesc.of(
                                                                ConstantDescs.CD_Object, ConstantDescs.CD_Object))
                                                .checkcast(TUPLE)
                                                .areturn()));
        try {
            return (DiffFunction<?>) MethodHandles.lookup()
                    .defineHiddenClass(bytes, true)
                    .lookupClass()
                    .getConstructor(Function.class)
                    .newInstance(function);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot implement Breeze's function", e);
        }
    }

    /**
     * Minimizes the function from 0.
     *
     * @return the iterations
     */
    @SuppressWarnings({"unchecked", "rawtypes"})
    static int minimize(SoftmaxRegression regression, int iterations, int history, double tolerance) {
        LBFGS lbfgs = new LBFGS(
                iterations, history, tolerance, (MutableInnerProductModule) DenseVector$.MODULE$.space_Double());
        DenseVector start =
                new DenseVector<>(new double[(int) regression.mlp.parameters().length()]);
        // Breeze's search evaluates a point for its loss and again for its slope, and relies on the cache.
        DiffFunction cached = new CachedDiffFunction(
                function(point -> evaluate(regression, point)),
                DenseVector$.MODULE$.canCopyDenseVector(ClassTag.Double()));
        regression.begin();
        return lbfgs.minimizeAndReturnState(cached, start).iter();
    }
}
