/**
 * The experiments of the lecture, a class each. An experiment describes the {@linkplain dev.lanewise.mnist.lab.Run runs}
 * that it needs and asks the {@linkplain dev.lanewise.mnist.lab.LabContext lab} for their results, as often as it likes;
 * it refers to another experiment by its class.
 */
package dev.lanewise.mnist.lab.experiments;
