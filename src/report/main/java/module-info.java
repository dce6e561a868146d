/** Pages of text, tables and charts, which the program that trains MNIST and the benchmarks write. */
module dev.lanewise.report {
    requires java.desktop;
    requires java.xml;
    requires org.apache.xmlgraphics.batik.svggen;
    requires org.jfree.jfreechart;

    exports dev.lanewise.report;
}
