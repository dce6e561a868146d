/** This package holds the library's events for JDK Flight Recorder (JFR). It is not exported. */
package dev.lanewise.internal.event;
