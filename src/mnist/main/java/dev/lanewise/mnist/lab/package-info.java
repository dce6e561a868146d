/**
 * The learning-rate laboratory: the lecture's experiments, measured. An experiment describes the {@linkplain
 * dev.lanewise.mnist.lab.Run runs} it wants and judges what comes back by rules that the page states; it knows neither
 * threads nor files. {@link dev.lanewise.mnist.lab.RunExecutor} trains each run once, on one thread, and keeps what it gave.
 */
package dev.lanewise.mnist.lab;
