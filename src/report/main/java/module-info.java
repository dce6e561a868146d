/** Pages of text, tables and charts, for the program that trains MNIST and for the benchmarks. */
module dev.lanewise.report {
    requires java.desktop;
    requires java.xml;
    requires org.apache.xmlgraphics.batik.svggen;
    requires org.jfree.jfreechart;

    exports dev.lanewise.report;
}
