/**
 * Flat buffers of floats: ranges of arrays and of memory segments. Every other package takes its buffers in this form.
 *
 * <table>
 * <caption>Storages</caption>
 * <tr><th>memory</th><th>how kernels reach it</th></tr>
 * <tr><td>{@code float[]}, or a heap segment over one</td><td>directly</td></tr>
 * <tr><td>native or mapped segment of a confined, global or automatic arena, or of a direct buffer</td><td>directly, if native access is enabled</td></tr>
 * <tr><td>segment of a shared arena, which another thread could close in the middle of a step</td><td>staged through small arrays</td></tr>
 * <tr><td>heap segment over {@code byte[]}</td><td>staged through small arrays</td></tr>
 * <tr><td>read-only segment</td><td>as the others, for what is only read, such as a gradient</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>a tensor</td><td>a range of floats; shapes are in files and in networks</td><td>an object with shape, strides and device</td></tr>
 * <tr><td>lengths</td><td>64 bits</td><td>an {@code int}, in most of the JVM</td></tr>
 * </table>
 *
 * <p><a href="doc-files/other-libraries.html">Memory of other libraries</a> has the lines for direct buffers, mapped files,
 * libtorch, ND4J and DJL, and the rules of ownership.
 */
package dev.lanewise.memory;
