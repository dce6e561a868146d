/**
 * The threads that a step uses, and the report of what the library found in the JVM.
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>threads</td><td>the {@linkplain dev.lanewise.Workers workers} that the caller passes; the caller's thread alone by default</td>
 *     <td>one pool for the process, with a thread for each processor</td></tr>
 * <tr><td>the effect of their number</td><td>it changes the time alone</td><td>in most libraries it also changes the order of
 *     sums, and so the bits</td></tr>
 * <tr><td>vectors</td><td>the machine's preferred width, which changes no bit; the scalar definitions run without the Vector API</td>
 *     <td>kernels for each instruction set that differ in their last bits</td></tr>
 * <tr><td>sums</td><td>one order everywhere: 16 virtual lanes, blocks of a fixed size, then a tree</td><td>an order that depends on the
 *     vector width and the number of threads</td></tr>
 * </table>
 */
package dev.lanewise;
