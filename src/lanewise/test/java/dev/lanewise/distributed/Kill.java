package dev.lanewise.distributed;

import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The end of a rank of {@link RankProgram}, by a signal or by itself, at a place of a step.
 *
 * @param way how the process ends, or that it stops and is silent
 * @param place where
 * @param rank which rank
 * @param step the number of the step, from 1; for {@link Place#CHECKPOINT} one that is saved
 */
record Kill(Way way, Place place, int rank, int step) {
    enum Way {
        HALT,
        KILL,
        STOP,
        /** It prints that it waits, for the test to send a signal to the launcher. */
        WAIT
    }

    enum Place {
        /** When the others send their gradients. */
        EXCHANGE,
        /** When the others have taken the step and gather the weights. */
        GATHER,
        /** When the first file of a checkpoint appears, or at the latest when this rank's has been written and the checkpoint has not. */
        CHECKPOINT,
        /** When the files of all ranks are written, and rank 0 is about to replace the file that names them. */
        COMMIT
    }

    static final String WAITS = "this rank waits";
    static final Kill NONE = new Kill(Way.HALT, Place.EXCHANGE, -1, -1);

    static Kill of(String text) {
        String[] parts = text.split(",");
        return new Kill(
                Way.valueOf(parts[0]), Place.valueOf(parts[1]), Integer.parseInt(parts[2]), Integer.parseInt(parts[3]));
    }

    @Override
    public String toString() {
        return way + "," + place + "," + rank + "," + step;
    }

    /** Ends this process, or stops it until it is ended. */
    void now() {
        if (way == Way.HALT) {
            Runtime.getRuntime().halt(137);
        }
        try {
            if (way == Way.WAIT) {
                System.out.println(WAITS);
            } else {
                signal(way.name(), ProcessHandle.current());
            }
            Thread.sleep(60_000);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static void signal(String name, ProcessHandle process) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** {@return the ranks, of which this one ends at the place} */
    Ranks in(Collective ranks) {
        return new Ranks(ranks);
    }

    /** Counts the steps by their exchanges. */
    final class Ranks extends ForwardingRanks {
        private int steps, gathers;

        private Ranks(Collective ranks) {
            super(ranks);
        }

        /** Sets how many steps were taken before. */
        void resume(long steps) {
            this.steps = (int) steps;
        }

        /** Begins a checkpoint. */
        void save(Path folder) {
            gathers = 0;
            if (at(Place.CHECKPOINT)) {
                Thread.ofPlatform().daemon().start(() -> awaitFile(folder));
            }
        }

        private void awaitFile(Path folder) {
            while (true) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*step-" + step + "-*")) {
                    if (files.iterator().hasNext()) {
                        now();
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        }

        private boolean at(Place here) {
            return place == here && rank == ranks.rank() && step == steps;
        }

        @Override
        public void exchange(FloatSpan send, long[] sendFrom, FloatSpan receive, long[] receiveFrom) {
            steps++;
            if (at(Place.EXCHANGE)) {
                now();
            }
            ranks.exchange(send, sendFrom, receive, receiveFrom);
        }

        @Override
        public void gather(FloatSpan all, long[] from) {
            if (at(Place.GATHER)) {
                now();
            }
            ranks.gather(all, from);
        }

        @Override
        public byte[][] gather(byte[] own) {
            gathers++;
            if (gathers == 1 && at(Place.CHECKPOINT)) {
                now();
            }
            byte[][] all = ranks.gather(own);
            if (gathers == 1 && at(Place.COMMIT)) {
                now();
            }
            return all;
        }
    }
}
