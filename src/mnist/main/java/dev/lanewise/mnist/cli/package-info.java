/** The command line: the commands train, evaluate, find-lr and lab, their options, and what they print. */
package dev.lanewise.mnist.cli;
