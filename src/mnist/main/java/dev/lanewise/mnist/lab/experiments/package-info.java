/** The experiments of the lecture, a class each. A section of the page is an experiment. */

package dev.lanewise.mnist.lab.experiments;
