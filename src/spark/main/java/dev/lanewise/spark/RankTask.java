package dev.lanewise.spark;

import dev.lanewise.distributed.RankLostException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.Writer;
import java.time.Duration;
import java.util.Collections;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.util.RpcUtils;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/** The task of a rank: it meets the others, trains, and tells the driver why it ends if it does not end well. */
final class RankTask extends AbstractFunction1<Iterator<Integer>, Iterator<String>> implements Serializable {
    private static final long serialVersionUID = 1;

    /** The name of the driver's endpoint. */
    private final String endpoint;

    private final int attempt;
    private final long run;
    private final Duration patience;
    private final RankProgram program;

    /** @param run a number that tells the attempt from all others */
    RankTask(String endpoint, int attempt, long run, Duration patience, RankProgram program) {
        this.endpoint = endpoint;
        this.attempt = attempt;
        this.run = run;
        this.patience = patience;
        this.program = program;
    }

    @Override
    public Iterator<String> apply(Iterator<Integer> none) {
        BarrierTaskContext task = BarrierTaskContext.get();
        int rank = task.partitionId(), world = task.getTaskInfos().length;
        SparkEnv env = SparkEnv.get();
        Driver driver = new Driver(RpcUtils.makeDriverRef(endpoint, env.conf(), env.rpcEnv()), rank);
        driver.send(DriverEndpoint.STARTED, env.executorId());
        String host = env.blockManager().blockManagerId().host();
        try (RankTransport transport =
                new RankTransport(env.conf(), env.securityManager(), host, run, rank, world, patience)) {
            try {
                transport.connect(task.allGather(transport.address()));
                Writer lines = rank == 0 ? new LineWriter(driver) : Writer.nullWriter();
                try (PrintWriter out = new PrintWriter(lines, true)) {
                    String result = program.train(new SparkRanks(transport, rank, world), out, attempt);
                    return CollectionConverters.asScala(
                            Collections.singletonList(result).iterator());
                }
            } catch (Throwable e) {
                report(driver, task, transport.inbox(), e);
                throw e;
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The driver must have the report before others notice that this rank is gone, so that it does not take their loss for the reason. */
    private static void report(Driver driver, BarrierTaskContext task, Inbox inbox, Throwable e) {
        RankLostException lost = e instanceof RankLostException own ? own : inbox.lost();
        if (task.isInterrupted()) {
            return;
        }
        if (lost == null) {
            driver.ask(DriverEndpoint.FAILED, e.getMessage() == null ? e.toString() : e.getMessage());
            return;
        }
        driver.ask(DriverEndpoint.LOST, lost.getMessage());
        if (inbox.silent() != RankLostException.UNKNOWN) {
            driver.ask(DriverEndpoint.SILENT, Integer.toString(inbox.silent()));
        }
    }

    /** The driver's endpoint, as a rank sees it. */
    private final class Driver {
        private final RpcEndpointRef reference;
        private final int rank;

        Driver(RpcEndpointRef reference, int rank) {
            this.reference = reference;
            this.rank = rank;
        }

        void send(String kind, String text) {
            reference.send(message(kind, text));
        }

        void ask(String kind, String text) {
            reference.askSync(message(kind, text), ClassTag$.MODULE$.Boolean());
        }

        private String[] message(String kind, String text) {
            return new String[] {Integer.toString(attempt), Integer.toString(rank), kind, text};
        }
    }

    /** Sends what is printed to the driver, a line at a time. */
    private static final class LineWriter extends Writer {
        private final Driver driver;
        private final StringBuilder line = new StringBuilder();

        LineWriter(Driver driver) {
            this.driver = driver;
        }

        @Override
        public void write(char[] text, int offset, int length) {
            for (int i = offset; i < offset + length; i++) {
                if (text[i] == '\n') {
                    sendLine();
                } else if (text[i] != '\r') {
                    line.append(text[i]);
                }
            }
        }

        private void sendLine() {
            driver.send(DriverEndpoint.LINE, line.toString());
            line.setLength(0);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            if (!line.isEmpty()) {
                sendLine();
            }
        }
    }
}
