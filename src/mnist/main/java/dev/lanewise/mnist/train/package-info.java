/** Training: the loop, the evaluation, and the files and pages that a training writes. */
package dev.lanewise.mnist.train;
