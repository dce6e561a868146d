/**
 * Flat buffers of floats and of bfloat16 numbers: views of ranges of arrays and of memory segments. All packages take their buffers in this
 * form.
 *
 * <table>
 * <caption>Storages</caption>
 * <tr><th>memory</th><th>how kernels access it</th></tr>
 * <tr><td>{@code float[]}, or a heap segment over one</td><td>directly</td></tr>
 * <tr><td>native segment of a confined, global or automatic arena, or of a direct buffer</td><td>directly, if native access is
 *     enabled</td></tr>
 * <tr><td>segment of a shared arena, which another thread could close in the middle of a step</td><td>through a staging copy in
 *     small arrays</td></tr>
 * <tr><td>mapped segment, whose file another process could cut short in the middle of a step</td><td>through a staging copy in
 *     small arrays</td></tr>
 * <tr><td>heap segment over {@code byte[]}</td><td>through a staging copy in small arrays</td></tr>
 * <tr><td>read-only segment</td><td>as the writable segment, for buffers that are only read, such as gradients</td></tr>
 * </table>
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>a tensor</td><td>a range of floats; files and networks have the shapes</td><td>an object with shape, strides and device</td></tr>
 * <tr><td>bfloat16</td><td>{@link dev.lanewise.memory.Bf16Span}, rounded to nearest even; a NaN keeps its sign and
 *     payload</td><td>PyTorch: the same rounding; each NaN becomes the same one</td></tr>
 * <tr><td>lengths</td><td>64 bits</td><td>an {@code int}, in most of the JVM</td></tr>
 * </table>
 *
 * <p><a href="doc-files/other-libraries.html">Memory of other libraries</a> shows the code for direct buffers, mapped files,
 * libtorch, ND4J and DJL, and explains which object must stay alive for how long.
 */
package dev.lanewise.memory;
