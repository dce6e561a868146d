package dev.lanewise;

/**
 * The way the kernels run in this Java virtual machine; see {@link Lanewise#runtime()}.
 *
 * @param vectorBits the width of a vector in bits (64, 128, 256 or 512), or 0 where the scalar definitions run
 * @param reason why it is this width, and for 0 what to change
 * @param nativeAccess whether the kernels may address native memory directly; where they may not (the JVM was started without
 *     {@code --enable-native-access} for this module), native buffers are staged through small arrays, which takes about twice
 *     the time
 */
public record RuntimeInfo(int vectorBits, String reason, boolean nativeAccess) {}
