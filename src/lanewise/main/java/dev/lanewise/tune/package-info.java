/**
 * Finds a learning rate, and reports why a loss spiked. Nothing here depends on a network: the caller trains, and supplies
 * the losses and update ratios.
 *
 * <table>
 * <caption>Which for what</caption>
 * <tr><td>{@link dev.lanewise.tune.LearningRateRangeTest}</td><td>a first guess, from one short run at a growing rate</td></tr>
 * <tr><td>{@link dev.lanewise.tune.LearningRateSearch}</td><td>the largest rate that trains, from many runs; for the whole
 *     network or group by group</td></tr>
 * <tr><td>{@link dev.lanewise.tune.SpikeDetector}</td><td>what happened where, while a run goes on</td></tr>
 * <tr><td>{@link dev.lanewise.tune.Snapshot}</td><td>back to the start, to the bit</td></tr>
 * </table>
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><th>letter</th><th>in the API</th></tr>
 * <tr><td>‖θ‖, ‖Δθ‖</td><td>the norm of a group's parameters before a step, and of what the step changed, decay included</td></tr>
 * <tr><td>‖Δθ‖ / ‖θ‖</td><td>the update ratio; 0.001 is a good one, 1 a spike</td></tr>
 * <tr><td>z</td><td>how far a value is from the median, in deviations</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>the range test's end</td><td>4 times the lowest smoothed loss, as fastai</td><td>5 times, in pytorch-lr-finder</td></tr>
 * <tr><td>its suggestion</td><td>fastai's four, side by side</td><td>the steepest descent alone</td></tr>
 * <tr><td>after the test</td><td>parameters, state, counters and data are back to the bit</td><td>the weights, as a rule</td></tr>
 * <tr><td>the lecture's "minimum rate without spikes"</td><td>the largest rate without spikes, as an earlier slide says</td><td>–</td></tr>
 * <tr><td>the update ratio</td><td>of norms, of the true step</td><td>of standard deviations, or of mean magnitudes (DL4J)</td></tr>
 * <tr><td>what is unusual</td><td>median and MAD of logarithms</td><td>llm.c: mean and deviation, which a spike inflates itself</td></tr>
 * </table>
 */
package dev.lanewise.tune;
