/**
 * SIMD kernels for training neural networks: optimizer update rules as fused loops over flat buffers, learning-rate
 * schedules and finders, and the matrix products of a small multi-layer perceptron.
 */
module dev.lanewise {
    requires jdk.incubator.vector;

    // Only dev.lanewise.mnist, the command line, and dev.lanewise.report, its charts, need these.
    requires static com.fasterxml.jackson.core;
    requires static info.picocli;
    requires static java.desktop;
    requires static java.xml;
    requires static me.tongfei.progressbar;
    requires static org.apache.xmlgraphics.batik.svggen;
    requires static org.jfree.jfreechart;

    exports dev.lanewise;
    exports dev.lanewise.linalg;
    exports dev.lanewise.memory;
    exports dev.lanewise.nn;
    exports dev.lanewise.optim;
    exports dev.lanewise.schedule;
    exports dev.lanewise.tune;

    opens dev.lanewise.mnist to
            info.picocli;
}
