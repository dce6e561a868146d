/**
 * Reads and writes files of named tensors in the safetensors format, without a dependency.
 *
 * <table>
 * <caption>Differences from other libraries</caption>
 * <tr><th>choice</th><th>here</th><th>elsewhere</th></tr>
 * <tr><td>format</td><td>safetensors, mapped, and checked before any value is used</td><td>pickled or serialized objects, which
 *     can run code when they are read</td></tr>
 * <tr><td>writing a file</td><td>a new file is forced to the disk and moved into the place of the old one</td><td>the old file is
 *     overwritten</td></tr>
 * <tr><td>types</td><td>floats and bfloat16 numbers are read as views; F16, BF16 and F64 are converted to floats only where
 *     {@link dev.lanewise.safetensors.Safetensors#copyTo copyTo} is called</td><td>converted by an argument of the reader, in
 *     some libraries</td></tr>
 * <tr><td>byte order</td><td>little-endian in files on every machine</td><td>the machine's byte order, in some libraries</td></tr>
 * </table>
 */
package dev.lanewise.safetensors;
