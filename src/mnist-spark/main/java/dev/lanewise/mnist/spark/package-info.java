/** The program that trains MNIST, on executors of Apache Spark. */
package dev.lanewise.mnist.spark;
