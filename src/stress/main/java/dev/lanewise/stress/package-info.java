/** Tests of threads, each with the outcomes that are allowed. jcstress runs their actors at the same time, billions of times. */
package dev.lanewise.stress;
