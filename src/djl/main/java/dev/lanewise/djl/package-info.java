/**
 * Lanewise in DJL: {@link dev.lanewise.djl.LanewiseOptimizer} is an optimizer of DJL's trainers.
 *
 * <p>A step takes 0.13 (10,000 parameters) and 0.19 (1,000,000) of the time of DJL's AdamW, 0.24 and 0.22 of that of its Adam,
 * and 0.21 and 0.30 of that of its SGD with momentum: medians of one run on one thread, on an Intel Xeon with AVX-512.
 *
 * <table>
 * <caption>Differences from the optimizers of DJL 0.36 on its PyTorch engine</caption>
 * <tr><th>rule</th><th>here</th><th>DJL</th></tr>
 * <tr><td>{@link dev.lanewise.optim.Adam}, {@link dev.lanewise.optim.AdamW}</td>
 *     <td>ε is added to the root of the corrected second moment, as PyTorch does</td>
 *     <td>ε is added to the root of the uncorrected one, so the same ε counts for more in the first steps</td></tr>
 * <tr><td>{@link dev.lanewise.optim.Sgd} with momentum</td><td>the learning rate is applied to the buffer</td>
 *     <td>the learning rate is in the buffer, which is the same for a constant rate</td></tr>
 * <tr><td>weight decay</td><td>of the rule: added to the gradient by Sgd and Adam, subtracted from the parameters by AdamW</td>
 *     <td>{@code optWeightDecays}, the same</td></tr>
 * <tr><td>clipping</td><td>by value on both sides, or by norm, in the options</td><td>{@code optClipGrad}: positive values alone</td></tr>
 * <tr><td>learning rate</td><td>a schedule, from 0; {@code step -> tracker.getNewValue((int) step + 1)} is that of a {@code Tracker}</td>
 *     <td>a {@code Tracker}, whose first value is that of 1</td></tr>
 * </table>
 */
package dev.lanewise.djl;
