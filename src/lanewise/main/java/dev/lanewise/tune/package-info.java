/**
 * Finds a learning rate, and reports why a loss spiked. The classes do not depend on a network: the caller trains, and passes the
 * losses and the update ratios.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.lanewise.tune.LearningRateRangeTest}</td><td>a first guess, from one short run at a growing rate</td></tr>
 * <tr><td>{@link dev.lanewise.tune.LearningRateSearch}</td><td>the largest rate that trains, from many runs; for the whole
 *     network or group by group</td></tr>
 * <tr><td>{@link dev.lanewise.tune.SpikeDetector}</td><td>a report of spikes during a run, with the group and the step</td></tr>
 * <tr><td>{@link dev.lanewise.tune.Snapshot}</td><td>a copy of the start, which is restored bit for bit</td></tr>
 * </table>
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><th>letter</th><th>in the API</th></tr>
 * <tr><td>‖θ‖, ‖Δθ‖</td><td>the norm of a group's parameters before a step, and of the change by the step, decay included</td></tr>
 * <tr><td>‖Δθ‖ / ‖θ‖</td><td>the update ratio; 0.001 is a good one, 1 a spike</td></tr>
 * <tr><td>z</td><td>the distance of a value from the median, in deviations</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>the range test's end</td><td>4 times the lowest smoothed loss, as in fastai</td><td>5 times, in pytorch-lr-finder</td></tr>
 * <tr><td>its suggestion</td><td>fastai's four, side by side</td><td>the steepest descent alone</td></tr>
 * <tr><td>after the test</td><td>parameters, state, counters and data are restored bit for bit</td><td>most restore the weights
 *     alone</td></tr>
 * <tr><td>the lecture's "minimum rate without spikes"</td><td>the largest rate without spikes, as on an earlier slide of the
 *     lecture</td><td>–</td></tr>
 * <tr><td>the update ratio</td><td>a ratio of norms, of the step that was made</td><td>a ratio of standard deviations, or of mean
 *     magnitudes (DL4J)</td></tr>
 * <tr><td>the test for a spike</td><td>median and MAD of logarithms</td><td>llm.c: mean and standard deviation, which a spike
 *     itself inflates</td></tr>
 * </table>
 */
package dev.lanewise.tune;
