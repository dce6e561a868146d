package dev.lanewise;

/**
 * The way the kernels run in this Java virtual machine; see {@link Lanewise#runtime()}.
 *
 * @param vectorBits the width of a vector in bits (64, 128, 256 or 512), or 0 where the scalar definitions run
 * @param reason the reason for this width, and for 0 the flag or the JVM that vectors need
 * @param nativeAccess whether the kernels may address native memory directly; where they may not (the JVM was started without
 *     {@code --enable-native-access} for this module), native buffers are copied through small arrays, which takes 1.7
 *     (AdamW in the caches) to 3 times (SGD) as long
 */
public record RuntimeInfo(int vectorBits, String reason, boolean nativeAccess) {}
