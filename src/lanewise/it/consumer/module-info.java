/** An application of the library, as small as can be. */
module consumer {
    requires dev.lanewise;
}
