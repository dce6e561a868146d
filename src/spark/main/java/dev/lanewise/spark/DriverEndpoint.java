package dev.lanewise.spark;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.rpc.RpcCallContext;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.rpc.ThreadSafeRpcEndpoint;
import scala.PartialFunction;
import scala.runtime.AbstractPartialFunction;
import scala.runtime.BoxedUnit;

/**
 * What the driver hears from the ranks while they train, over Spark's own connection between executor and driver. A message is an
 * array of texts, because their classes can be loaded wherever Spark reads it: the attempt, the rank, one of the kinds below, and
 * a text.
 */
final class DriverEndpoint implements ThreadSafeRpcEndpoint {
    static final String STARTED = "started", LINE = "line", FAILED = "failed", SILENT = "silent", LOST = "lost";

    private final RpcEnv env;
    private final Consumer<String> lines;

    private int attempt;

    /** The executor of each rank of the attempt, as far as they have started. */
    private final Map<Integer, String> executors = new HashMap<>();

    private RankFailedException failure;
    private String lost;
    private int silent;

    DriverEndpoint(RpcEnv env, Consumer<String> lines) {
        this.env = env;
        this.lines = lines;
    }

    synchronized void begin(int attempt) {
        this.attempt = attempt;
        executors.clear();
        failure = null;
        lost = null;
        silent = -1;
    }

    /** {@return how many ranks have started} */
    synchronized int started() {
        return executors.size();
    }

    /** {@return what ended the training; null for nothing} */
    synchronized RankFailedException failure() {
        return failure;
    }

    /** {@return the first loss that a rank has noticed; null for none} */
    synchronized String lost() {
        return lost;
    }

    /** {@return the executor of the rank that does not answer; null for none} */
    synchronized String silent() {
        return executors.get(silent);
    }

    private synchronized void accept(String[] message) {
        if (Integer.parseInt(message[0]) != attempt) {
            return;
        }
        int rank = Integer.parseInt(message[1]);
        String text = message[3];
        switch (message[2]) {
            case STARTED -> executors.put(rank, text);
            case LINE -> lines.accept(text);
            case FAILED -> failure = failure == null ? new RankFailedException(rank, text) : failure;
            case LOST -> lost = lost == null ? text : lost;
            case SILENT -> silent = silent < 0 ? Integer.parseInt(text) : silent;
            default -> throw new IllegalArgumentException("unknown kind of message: " + message[2]);
        }
    }

    @Override
    public RpcEnv rpcEnv() {
        return env;
    }

    @Override
    public PartialFunction<Object, BoxedUnit> receive() {
        return new Receiver(null);
    }

    @Override
    public PartialFunction<Object, BoxedUnit> receiveAndReply(RpcCallContext context) {
        return new Receiver(context);
    }

    /** Takes a message, and answers if an answer is awaited. */
    private final class Receiver extends AbstractPartialFunction<Object, BoxedUnit> {
        private final RpcCallContext context;

        Receiver(RpcCallContext context) {
            this.context = context;
        }

        @Override
        public boolean isDefinedAt(Object message) {
            return message instanceof String[];
        }

        @Override
        public BoxedUnit apply(Object message) {
            accept((String[]) message);
            if (context != null) {
                context.reply(true);
            }
            return BoxedUnit.UNIT;
        }
    }
}
