/** The program that trains MNIST, searches learning rates and repeats the experiments of the lecture. */
module dev.lanewise.mnist {
    requires com.fasterxml.jackson.core;
    requires dev.lanewise;
    requires dev.lanewise.report;
    requires info.picocli;
    requires me.tongfei.progressbar;

    opens dev.lanewise.mnist.cli to
            info.picocli;
}
