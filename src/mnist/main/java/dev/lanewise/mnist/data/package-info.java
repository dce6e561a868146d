/** The images: files in the IDX format, data sets, the part that is held out, and the batches of a training. */
package dev.lanewise.mnist.data;
