/** What the library found on this machine, and the threads that it may use. */
package dev.lanewise;
