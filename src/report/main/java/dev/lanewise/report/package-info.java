/**
 * Pages of charts and tables, each a single HTML file: for the reports of the command line and of the benchmarks. A page needs no script
 * and no network, follows the reader's light or dark setting, and has the numbers behind each chart in a table.
 */
package dev.lanewise.report;
