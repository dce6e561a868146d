/** Learning-rate schedules: pure functions of the step. */
package dev.lanewise.schedule;
