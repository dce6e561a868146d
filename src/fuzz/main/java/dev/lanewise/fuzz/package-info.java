/** What all targets of the fuzzer share; each target is in the package of what it tests. */
package dev.lanewise.fuzz;
