package dev.lanewise;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * A model of {@link Workers}: a caller that runs some calls one after the other, and the threads that help it. Each step of a
 * thread is one access of the class to a field that threads share, and {@link #explore} visits every state that any order of the
 * steps leads to.
 *
 * <p>The model has no compiler and no memory model: the fields whose order matters are volatile or atomic in the class.
 */
final class WorkersModel {
    /** A way in which the class would be wrong. The model must find each, or it would prove nothing. */
    enum Mistake {
        NONE,
        /** A thread takes a part if the range looks the same, though it is that of a later call. */
        NO_NUMBER_OF_THE_CALL,
        /** The caller looks for parked threads before it offers the parts. */
        LOOKS_FOR_PARKED_THREADS_FIRST,
        /** A thread that is about to park does not look for parts once more. */
        PARKS_WITHOUT_A_SECOND_LOOK,
        /** A helper reports a part as finished before it runs it. */
        FINISHES_BEFORE_THE_TASK
    }

    /** The fields of {@link Workers}: {@code left} is three numbers here. A task is the number of its call, and 0 is none. */
    private static final int CALL = 0, FIRST = 1, END = 2, UNFINISHED = 3, PARKED = 4, TASK = 5;

    /** Whether an error has thrown the caller out of its call. */
    private static final int THROWN = 6;

    private static final int THREADS = 7;

    /** The variables of a thread: its next step, the range that it has seen, its part, and the permit of {@code LockSupport}. */
    private static final int STEP = 0, SEEN_CALL = 1, SEEN_FIRST = 2, SEEN_END = 3, PART = 4, PERMIT = 5, SIZE = 6;

    /** The steps of the caller. */
    private static final int SET_TASK = 0, SET_UNFINISHED = 1, OFFER = 2, LOOK = 3, UNPARK = 4, AWAIT = 5, DROP = 6;

    private static final int COUNT_DROPPED = 7, WAIT = 8, CLEAR_TASK = 9, RETURN = 10;

    /** The steps of a helper. */
    private static final int IDLE = 20, COUNT_PARKED = 21, LOOK_AGAIN = 22, PARK = 23, COUNT_AWAKE = 24;

    /** The steps of both. */
    private static final int SEE = 30, TAKE = 31, RUN = 32, FINISH = 33;

    private final int helpers, parts, calls;
    private final Mistake mistake;
    private final Set<State> seen = new HashSet<>();
    private final Deque<State> open = new ArrayDeque<>();

    private record State(byte[] at) {
        @Override
        public boolean equals(Object other) {
            return other instanceof State state && Arrays.equals(at, state.at);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(at);
        }
    }

    WorkersModel(int helpers, int parts, int calls, Mistake mistake) {
        this.helpers = helpers;
        this.parts = parts;
        this.calls = calls;
        this.mistake = mistake;
    }

    /**
     * Visits all states.
     *
     * @throws AssertionError if a task runs twice, or not at all, or outside its call, or if a thread sleeps beside parts
     */
    void explore() {
        byte[] start = new byte[THREADS + (helpers + 1) * SIZE + parts];
        for (int helper = 1; helper <= helpers; helper++) {
            start[thread(helper) + STEP] = IDLE;
        }
        visit(start);
        while (!open.isEmpty()) {
            byte[] state = open.pop().at;
            boolean moves = false;
            for (int thread = 0; thread <= helpers; thread++) {
                moves |= step(state.clone(), thread);
            }
            boolean returned = state[CALL] == calls && state[thread(0) + STEP] == SET_TASK;
            check(moves || returned, "no thread can go on", state);
            check(!forgotten(state), "a thread sleeps, and nobody will wake it for the parts that are left", state);
        }
    }

    private static int thread(int thread) {
        return THREADS + thread * SIZE;
    }

    private int runs(int part) {
        return THREADS + (helpers + 1) * SIZE + part;
    }

    private void visit(byte[] state) {
        State next = new State(state);
        if (seen.add(next)) {
            open.push(next);
        }
    }

    /** Visits the states after the next step of a thread; {@return whether it has one} */
    private boolean step(byte[] s, int thread) {
        int t = thread(thread);
        boolean caller = thread == 0;
        switch (s[t + STEP]) {
            case SEE -> {
                System.arraycopy(s, CALL, s, t + SEEN_CALL, 3);
                s[t + STEP] = (byte) (s[FIRST] < s[END] ? TAKE : caller ? AWAIT : IDLE);
            }
            case TAKE -> {
                boolean same = sees(s, t);
                if (same) {
                    s[t + PART] = caller ? s[FIRST]++ : --s[END];
                }
                boolean early = mistake == Mistake.FINISHES_BEFORE_THE_TASK && !caller;
                s[t + STEP] = (byte) (!same ? SEE : early ? FINISH : RUN);
            }
            case RUN -> {
                check(s[TASK] == s[t + SEEN_CALL], "a thread runs the task of another call", s);
                check(++s[runs(s[t + PART])] == 1, "a task runs twice", s);
                boolean early = mistake == Mistake.FINISHES_BEFORE_THE_TASK && !caller;
                s[t + STEP] = (byte) (early ? SEE : FINISH);
            }
            case FINISH -> {
                s[UNFINISHED]--;
                boolean early = mistake == Mistake.FINISHES_BEFORE_THE_TASK && !caller;
                s[t + STEP] = (byte) (early ? RUN : SEE);
                if (caller) {
                    byte[] thrown = s.clone();
                    thrown[THROWN] = 1;
                    thrown[t + STEP] = AWAIT;
                    visit(thrown);
                }
            }
            default -> {
                if (!(caller ? call(s, t) : sleep(s, t))) {
                    return false;
                }
            }
        }
        visit(s);
        return true;
    }

    private boolean sees(byte[] s, int t) {
        int from = mistake == Mistake.NO_NUMBER_OF_THE_CALL ? 1 : 0;
        return Arrays.equals(s, from, 3, s, t + SEEN_CALL + from, t + SEEN_CALL + 3);
    }

    /** A step of {@link Workers#run}, besides those of the parts. */
    private boolean call(byte[] s, int t) {
        boolean looksFirst = mistake == Mistake.LOOKS_FOR_PARKED_THREADS_FIRST;
        switch (s[t + STEP]) {
            case SET_TASK -> {
                if (s[CALL] == calls) {
                    return false;
                }
                s[TASK] = (byte) (s[CALL] + 1);
                s[t + PART] = 0;
                s[t + STEP] = SET_UNFINISHED;
            }
            case SET_UNFINISHED -> {
                s[UNFINISHED] = (byte) parts;
                s[t + STEP] = (byte) (looksFirst ? LOOK : OFFER);
            }
            case OFFER -> {
                s[CALL]++;
                s[FIRST] = 0;
                s[END] = (byte) parts;
                s[t + STEP] = (byte) (!looksFirst ? LOOK : s[t + PART] > 0 ? UNPARK : SEE);
                s[t + PART] = 0;
            }
            case LOOK -> {
                boolean some = s[PARKED] > 0;
                s[t + PART] = (byte) (looksFirst && some ? 1 : 0);
                s[t + STEP] = (byte) (looksFirst ? OFFER : some ? UNPARK : SEE);
            }
            case UNPARK -> {
                s[thread(++s[t + PART]) + PERMIT] = 1;
                s[t + STEP] = (byte) (s[t + PART] < called() ? UNPARK : SEE);
            }
            case AWAIT -> {
                System.arraycopy(s, CALL, s, t + SEEN_CALL, 3);
                s[t + STEP] = (byte) (s[FIRST] < s[END] ? DROP : WAIT);
            }
            case DROP -> {
                boolean same = sees(s, t);
                s[t + PART] = (byte) (s[END] - s[FIRST]);
                s[END] = same ? s[FIRST] : s[END];
                s[t + STEP] = (byte) (same ? COUNT_DROPPED : AWAIT);
            }
            case COUNT_DROPPED -> {
                s[UNFINISHED] -= s[t + PART];
                s[t + STEP] = AWAIT;
            }
            case WAIT -> {
                if (s[UNFINISHED] > 0) {
                    return false;
                }
                s[t + STEP] = CLEAR_TASK;
            }
            case CLEAR_TASK -> {
                s[TASK] = 0;
                s[t + STEP] = RETURN;
            }
            case RETURN -> {
                for (int part = 0; part < parts; part++) {
                    check(s[runs(part)] == 1 || s[THROWN] == 1, "a call returns without having run a task", s);
                    s[runs(part)] = 0;
                }
                s[THROWN] = 0;
                s[t + STEP] = SET_TASK;
            }
            default -> throw new AssertionError(s[t + STEP]);
        }
        return true;
    }

    /** A step of {@code Workers.waitForTasks}, besides those of the parts. */
    private boolean sleep(byte[] s, int t) {
        boolean idle = s[FIRST] == s[END];
        switch (s[t + STEP]) {
            case IDLE -> s[t + STEP] = (byte) (idle ? COUNT_PARKED : SEE);
            case COUNT_PARKED -> {
                s[PARKED]++;
                s[t + STEP] = (byte) (mistake == Mistake.PARKS_WITHOUT_A_SECOND_LOOK ? PARK : LOOK_AGAIN);
            }
            case LOOK_AGAIN -> s[t + STEP] = (byte) (idle ? PARK : COUNT_AWAKE);
            case PARK -> {
                if (s[t + PERMIT] == 0) {
                    return false;
                }
                s[t + PERMIT] = 0;
                s[t + STEP] = COUNT_AWAKE;
            }
            case COUNT_AWAKE -> {
                s[PARKED]--;
                s[t + STEP] = SEE;
            }
            default -> throw new AssertionError(s[t + STEP]);
        }
        return true;
    }

    /** {@return the number of helpers that a call wakes} */
    private int called() {
        return Math.min(helpers, parts - 1);
    }

    /** {@return whether a helper that the call needs sleeps beside parts, after the caller has woken those that it wakes} */
    private boolean forgotten(byte[] s) {
        int step = s[thread(0) + STEP];
        boolean woken = step == SEE || step == TAKE || step == RUN || step == FINISH;
        for (int helper = 1; helper <= called() && woken && s[FIRST] < s[END]; helper++) {
            if (s[thread(helper) + STEP] == PARK && s[thread(helper) + PERMIT] == 0) {
                return true;
            }
        }
        return false;
    }

    private void check(boolean holds, String otherwise, byte[] state) {
        if (!holds) {
            throw new AssertionError(otherwise + ": " + Arrays.toString(state));
        }
    }
}
