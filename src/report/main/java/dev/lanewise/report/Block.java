package dev.lanewise.report;

/** What stands below the heading of a section. */
public sealed interface Block permits Text, Chart, Table, Callout {}
