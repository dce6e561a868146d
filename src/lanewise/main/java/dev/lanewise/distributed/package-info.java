/**
 * Data-parallel training on several ranks, with the same bits on any number of them.
 */
package dev.lanewise.distributed;
