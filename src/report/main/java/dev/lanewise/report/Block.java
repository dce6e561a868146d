package dev.lanewise.report;

/** An element below the heading of a section. */
public sealed interface Block permits Text, Chart, Table, Callout {}
