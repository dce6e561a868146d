/** A multi-layer perceptron over flat parameters and gradients. */
package dev.lanewise.nn;
