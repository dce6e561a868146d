package dev.lanewise.mnist.lab;

/**
 * An experiment of the lecture: a section of the page. It has no state. It describes the runs that it needs and asks the
 * lab for their results, as often as it likes: a run is its own key, and is trained once.
 */
public interface Experiment {
    /** {@return the heading of the section, in the words of the lecture's slides} */
    String title();

    /**
     * Asks for every result that {@link #findings} is going to ask for, so that runs that do not depend on each other are
     * trained at the same time.
     */
    void prefetch(LabContext lab);

    /** {@return the section: what was done, the verdicts, charts and tables} */
    Findings findings(LabContext lab);
}
