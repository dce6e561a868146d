/** What several packages of the library share and none exports. */
package dev.lanewise.internal;
