/** The vector loops and their specialization; the only package that imports {@code jdk.incubator.vector}. */
package dev.lanewise.internal.kernel;
