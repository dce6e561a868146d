/**
 * Finding a learning rate, and saying why a loss spiked. Nothing here knows a network: the caller trains, and hands in
 * what it saw.
 *
 * <table>
 * <caption>Which for what</caption>
 * <tr><td>{@link dev.lanewise.tune.RangeTest}</td><td>a first guess, from one short run at a growing rate</td></tr>
 * <tr><td>{@link dev.lanewise.tune.LargestRate}</td><td>the largest rate that trains, from many runs; for the whole
 *     network or group by group</td></tr>
 * <tr><td>{@link dev.lanewise.tune.SpikeDoctor}</td><td>what happened where, while a run goes on</td></tr>
 * <tr><td>{@link dev.lanewise.tune.Snapshot}</td><td>back to the start, to the bit</td></tr>
 * </table>
 */
package dev.lanewise.tune;
