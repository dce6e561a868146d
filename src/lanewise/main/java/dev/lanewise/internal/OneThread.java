package dev.lanewise.internal;

import java.util.concurrent.atomic.AtomicReference;

/** Lets one thread at a time into the methods of an object that computes with its fields, and no callback of that thread. */
public final class OneThread {
    private final String place;
    private final AtomicReference<Thread> within = new AtomicReference<>();

    /**
     * Lets nobody in yet.
     *
     * @param place what the methods are, such as {@code a step of this optimizer}, for the message
     */
    public OneThread(String place) {
        this.place = place;
    }

    /**
     * Keeps other threads out until {@link #leave}.
     *
     * @throws IllegalStateException if a thread is within; the message says whether it is this one
     */
    public void enter() {
        Thread thread = Thread.currentThread();
        Thread other = within.compareAndExchange(null, thread);
        if (other == thread) {
            throw new IllegalStateException(
                    "this thread is in " + place + " already, whose callbacks must not call it again");
        }
        if (other != null) {
            throw new IllegalStateException("another thread is in " + place);
        }
    }

    /** Lets the next thread in. */
    public void leave() {
        within.set(null);
    }
}
