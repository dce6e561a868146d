/**
 * Training on Apache Spark: {@link dev.lanewise.spark.SparkTraining} runs the ranks of a
 * {@link dev.lanewise.distributed.DataParallel} training on executors, with the same bits on any number of them, and goes on from
 * the last checkpoint when some are lost.
 */
package dev.lanewise.spark;
