/** Matrix products, activations and the loss of a classifier, over {@code float[]}. */
package dev.lanewise.linalg;
