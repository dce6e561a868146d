/** Lanewise in Micrometer: {@link dev.lanewise.micrometer.TrainingMeters} makes the steps of a training meters of a registry. */
package dev.lanewise.micrometer;
