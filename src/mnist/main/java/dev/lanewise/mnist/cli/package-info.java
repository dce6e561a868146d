/** The command line: trains and evaluates a multi-layer perceptron on MNIST. */
package dev.lanewise.mnist.cli;
