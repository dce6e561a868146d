/**
 * The learning-rate laboratory, which repeats the experiments of the lecture “Advanced Training”. A {@linkplain
 * dev.lanewise.mnist.lab.Run run} is described completely and is the key to its result. {@link
 * dev.lanewise.mnist.lab.RunExecutor} trains each run once, on one thread, and keeps the result in the {@link
 * dev.lanewise.mnist.lab.ResultStore}; the {@linkplain dev.lanewise.mnist.lab.Experiment experiments} concern themselves
 * with neither threads nor files. A {@link dev.lanewise.mnist.lab.Verdict} is given by rules that the page states before
 * it shows a measurement, and only where the seeds decide it.
 */
package dev.lanewise.mnist.lab;
