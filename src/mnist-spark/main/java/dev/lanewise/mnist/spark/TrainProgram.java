package dev.lanewise.mnist.spark;

import dev.lanewise.distributed.Collective;
import dev.lanewise.distributed.RankLostException;
import dev.lanewise.mnist.cli.Main;
import dev.lanewise.spark.RankProgram;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.TaskContext;

/**
 * The command {@code train} as one rank of several.
 *
 * @param arguments those of the command, whose paths are absolute
 */
record TrainProgram(List<String> arguments) implements RankProgram {
    private static final int RANK_LOST = 4;

    @Override
    public String train(Collective ranks, PrintWriter out, int attempt) throws Exception {
        List<String> all = new ArrayList<>(arguments);
        if (attempt > 1 && Arguments.value(all, "--checkpoint") != null && !all.contains("--resume")) {
            all.add("--resume");
        }
        if (Arguments.value(all, "--threads") == null) {
            all.addAll(List.of("--threads", Integer.toString(TaskContext.get().cpus())));
        }
        StringWriter error = new StringWriter();
        int code = Main.run(ranks, out, new PrintWriter(error, true), all.toArray(String[]::new));
        String reason = error.toString().strip();
        return switch (code) {
            case 0 -> null;
            case RANK_LOST -> throw new RankLostException(RankLostException.UNKNOWN, reason, null);
            default -> throw new FailedException(code, reason);
        };
    }

    /** The command has failed. The message begins with its exit code, since the message is all of it that reaches the driver. */
    private static final class FailedException extends Exception {
        private static final long serialVersionUID = 1;

        FailedException(int code, String reason) {
            super(code + " " + reason);
        }
    }
}
