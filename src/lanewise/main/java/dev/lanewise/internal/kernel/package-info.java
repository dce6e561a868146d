/** The vector loops and how they are linked; the only package that imports {@code jdk.incubator.vector}. */
package dev.lanewise.internal.kernel;
