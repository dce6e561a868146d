/**
 * Files of named tensors in the safetensors format, read and written without a dependency.
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>format</td><td>safetensors, mapped, and checked before any value is used</td><td>pickled or serialized objects, which run code when
 *     they are read</td></tr>
 * <tr><td>writing a file</td><td>a new file beside the old one, forced to the disk and moved into its place</td><td>over the old file</td></tr>
 * <tr><td>byte order</td><td>little-endian in files on every machine</td><td>the machine's own, in some libraries</td></tr>
 * </table>
 */
package dev.lanewise.safetensors;
