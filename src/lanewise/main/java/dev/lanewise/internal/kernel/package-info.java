/**
 * This package holds the vector loops and specializes them for storages and options. It is the only one that imports {@code
 * jdk.incubator.vector}.
 */
package dev.lanewise.internal.kernel;
