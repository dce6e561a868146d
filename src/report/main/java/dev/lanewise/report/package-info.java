/**
 * Pages of charts and tables for the reports of the program and of the benchmarks. A page is a single HTML file that needs no script
 * and no network, follows the reader's light or dark setting, and has the numbers behind each chart in a table.
 */
package dev.lanewise.report;
