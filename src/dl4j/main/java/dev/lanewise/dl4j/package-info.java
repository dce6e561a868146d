/**
 * Lanewise in DL4J: {@link dev.lanewise.dl4j.LanewiseUpdater} makes {@code net.fit()} train by a rule of Lanewise, and
 * {@link dev.lanewise.dl4j.Nd4jSpans} makes spans of ND4J's arrays for everything else.
 *
 * <p>A call takes 0.17 (10,000 parameters) and 0.21 (1,000,000) of the time of ND4J's Adam, 0.13 and 0.29 of that of its AdaMax,
 * and 0.17 and 0.45 of that of its Nesterov momentum: medians of one run on one thread, on an Intel Xeon with AVX-512 and ND4J's
 * build for it. SGD without momentum is one multiplication, which ND4J does in less time: 0.44 and 1.47.
 *
 * <table>
 * <caption>Differences from the updaters of ND4J 1.0.0-M2.1</caption>
 * <tr><th>rule</th><th>here</th><th>ND4J</th></tr>
 * <tr><td>{@link dev.lanewise.optim.Adam}</td><td>ε is added to the root of the corrected second moment, as PyTorch does</td>
 *     <td>ε is added to the root of the uncorrected one, so the same ε counts for more in the first steps</td></tr>
 * <tr><td>{@link dev.lanewise.optim.Sgd} with Nesterov's momentum</td><td>PyTorch's form</td><td>the velocity has the learning rate in it,
 *     which is the same for a constant rate</td></tr>
 * <tr><td>learning rate</td><td>a schedule of Lanewise's, by iterations</td><td>a schedule of ND4J's, by iterations or epochs</td></tr>
 * </table>
 */
package dev.lanewise.dl4j;
