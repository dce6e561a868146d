/**
 * Where floats are: a range of an array or of a memory segment, as all of the library speaks of buffers. And files of named
 * tensors, in the safetensors format.
 */
package dev.lanewise.memory;
