/** This package holds code that several packages of the library share. It is not exported. */
package dev.lanewise.internal;
