/** The events that the library gives to the JDK's flight recorder. */
package dev.lanewise.internal.event;
