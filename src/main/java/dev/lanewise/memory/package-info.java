/** Where floats are: a range of an array or of a memory segment, as all of the library speaks of buffers. */
package dev.lanewise.memory;
