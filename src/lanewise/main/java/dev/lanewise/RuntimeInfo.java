package dev.lanewise;

/**
 * Describes how the kernels run in this Java virtual machine; see {@link Lanewise#runtime()}.
 *
 * @param vectorBits the width of a vector in bits (64, 128, 256 or 512), or 0 where the scalar definitions run
 * @param reason why this width is used, and for 0 which flag to change
 * @param nativeAccess whether the kernels may address native memory directly; where they may not (the JVM was started without
 *     {@code --enable-native-access} for this module), native buffers go through a staging copy, which takes 1.5 to 1.7 times
 *     the time
 */
public record RuntimeInfo(int vectorBits, String reason, boolean nativeAccess) {}
