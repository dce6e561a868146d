package dev.lanewise.spark;

import dev.lanewise.distributed.RankLostException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.crypto.AuthClientBootstrap;
import org.apache.spark.network.crypto.AuthServerBootstrap;
import org.apache.spark.network.netty.SparkTransportConf;
import org.apache.spark.network.server.OneForOneStreamManager;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.apache.spark.network.server.TransportServer;
import org.apache.spark.network.util.TransportConf;
import scala.Option;

/**
 * The connections of a rank to the others, one to each, by the transport that Spark moves its blocks with: with its
 * authentication, its encryption and its settings, which begin with {@code spark.lanewise.io} here.
 *
 * <p>It is the only class that uses {@code spark-network-common}, which is public and not documented.
 */
final class RankTransport extends RpcHandler implements AutoCloseable {
    /** The bytes before those of a message: run, rank, kind, call, at and total. */
    static final int HEADER = 40;

    private static final String MODULE = "lanewise";
    private static final int HELLO = -1;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final long run;
    private final int rank;
    private final Duration patience;
    private final Inbox inbox;
    private final TransportClient[] clients;
    private final TransportContext context;
    private final TransportClientFactory factory;
    private final TransportServer server;
    private final String host;

    /**
     * Opens a port.
     *
     * @param conf Spark's settings, of which {@code spark.lanewise.port} is the port; without it, any port that is free
     * @param host the address of this machine
     * @param run tells this run of the ranks from others, whose messages are refused
     */
    RankTransport(
            SparkConf conf, SecurityManager security, String host, long run, int rank, int world, Duration patience) {
        this.run = run;
        this.rank = rank;
        this.patience = patience;
        this.host = host;
        this.inbox = new Inbox(rank, world, patience);
        this.clients = new TransportClient[world];
        // Ours ends a wait first, and names the rank.
        SparkConf own = conf.clone()
                .set("spark." + MODULE + ".io.connectionTimeout", 2 * patience.toMillis() + 1_000 + "ms")
                .set("spark." + MODULE + ".io.connectionCreationTimeout", patience.toMillis() + "ms");
        TransportConf transport = SparkTransportConf.fromSparkConf(
                own, MODULE, 0, Option.empty(), Option.apply(security.getRpcSSLOptions()));
        boolean authenticates = security.isAuthenticationEnabled();
        this.context = new TransportContext(transport, this);
        this.factory = context.createClientFactory(
                authenticates ? List.of(new AuthClientBootstrap(transport, conf.getAppId(), security)) : List.of());
        this.server = context.createServer(
                host,
                conf.getInt("spark." + MODULE + ".port", 0),
                authenticates ? List.of(new AuthServerBootstrap(transport, security)) : List.of());
    }

    String address() {
        return host + ":" + server.getPort();
    }

    Inbox inbox() {
        return inbox;
    }

    /**
     * Connects to the ranks before this one, and waits for the connections of those after it.
     *
     * @param addresses those of all ranks
     * @throws RankLostException if a rank cannot be reached
     */
    void connect(String[] addresses) {
        for (int other = 0; other < rank; other++) {
            int colon = addresses[other].lastIndexOf(':');
            try {
                TransportClient client = factory.createUnmanagedClient(
                        addresses[other].substring(0, colon), Integer.parseInt(addresses[other].substring(colon + 1)));
                connected(other, client);
                send(other, header(ByteBuffer.allocate(HEADER), HELLO, 0, 0, 0).flip());
            } catch (IOException | RuntimeException e) {
                throw lost(other, "no connection to " + addresses[other] + ": " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw lost(other, "the thread of rank " + rank + " was interrupted", e);
            }
        }
        awaitOthers();
    }

    private synchronized void connected(int other, TransportClient client) {
        clients[other] = client;
        notifyAll();
    }

    private synchronized void awaitOthers() {
        long begin = System.nanoTime();
        for (int other = rank + 1; other < clients.length; other++) {
            while (clients[other] == null) {
                long left = patience.toNanos() - (System.nanoTime() - begin);
                if (left <= 0) {
                    throw lost(other, "it did not connect within " + patience.toMillis() / 1e3 + " s", null);
                }
                try {
                    wait(1 + left / 1_000_000);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw lost(other, "the thread of rank " + rank + " was interrupted", e);
                }
            }
        }
    }

    private RankLostException lost(int other, String reason, Throwable cause) {
        inbox.lose(other, reason, cause);
        return inbox.lost();
    }

    /** Writes the header of a message of this rank. */
    ByteBuffer header(ByteBuffer message, int kind, long call, long at, long total) {
        return message.putLong(run)
                .putInt(rank)
                .putInt(kind)
                .putLong(call)
                .putLong(at)
                .putLong(total);
    }

    /** Sends a message, which must stay as it is until it is acknowledged. */
    void send(int to, ByteBuffer message) {
        inbox.sent(to);
        clients[to].sendRpc(message, new RpcResponseCallback() {
            @Override
            public void onSuccess(ByteBuffer response) {
                inbox.acknowledged(to);
            }

            @Override
            public void onFailure(Throwable e) {
                inbox.lose(to, "it cannot be reached: " + e.getMessage(), e);
            }
        });
    }

    @Override
    public void receive(TransportClient client, ByteBuffer message, RpcResponseCallback callback) {
        if (message.remaining() < HEADER || message.getLong() != run) {
            throw new IllegalArgumentException("the message is of another training");
        }
        int from = message.getInt(), kind = message.getInt();
        long call = message.getLong(), at = message.getLong(), total = message.getLong();
        // First of all, since this rank may close its connections as soon as it has all bytes.
        callback.onSuccess(EMPTY.duplicate());
        if (kind == HELLO) {
            connected(from, client);
        } else {
            inbox.receive(new Inbox.Message(
                    from, call, Inbox.Call.values()[kind], at, total, MemorySegment.ofBuffer(message)));
        }
    }

    @Override
    public synchronized void channelInactive(TransportClient client) {
        for (int i = 0; i < clients.length; i++) {
            if (clients[i] == client) {
                inbox.disconnected(i);
            }
        }
    }

    @Override
    public StreamManager getStreamManager() {
        return new OneForOneStreamManager();
    }

    /** Closes all connections, which the others notice at once. */
    @Override
    public void close() {
        TransportClient[] all;
        synchronized (this) {
            all = clients.clone();
        }
        // Without the lock, because the threads of the connections need it while a connection closes.
        for (TransportClient client : all) {
            if (client != null) {
                client.close();
            }
        }
        factory.close();
        server.close();
        context.close();
    }
}
