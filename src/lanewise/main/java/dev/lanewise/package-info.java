/**
 * Describes the vector support that the library found on this machine, and the threads that it may use.
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>threads</td><td>those that the caller gives, for a {@linkplain dev.lanewise.Workers step}; none by default</td>
 *     <td>a pool of the process, as many as there are processors</td></tr>
 * <tr><td>what depends on their number</td><td>time alone</td><td>in most libraries the order of sums, and with it the bits</td></tr>
 * <tr><td>vectors</td><td>of the machine's preferred width, which changes no bit; without the Vector API the scalar definitions</td>
 *     <td>kernels for each instruction set that differ in their last bits</td></tr>
 * <tr><td>sums</td><td>one order everywhere: 16 virtual lanes, blocks of a fixed size, then a tree</td><td>as the vector width and the
 *     threads suggest</td></tr>
 * </table>
 */
package dev.lanewise;
