package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.distributed.Collective;
import dev.lanewise.distributed.RankLostException;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Option;

/** Ranks of this JVM, which are connected by Spark's transport as those of executors are. */
class SparkRanksTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String HOST = "127.0.0.1";

    private static final RandomTraining TRAINING = new RandomTraining(null, RandomTraining.Fault.NONE);

    /** The settings of a transport that authenticates, and of one that encrypts too. */
    private enum Security {
        OFF,
        AUTHENTICATED,
        SASL_ENCRYPTED,
        ENCRYPTED;

        SparkConf conf() {
            SparkConf conf = new SparkConf(false).set("spark.app.id", "app");
            return switch (this) {
                case OFF -> conf;
                case AUTHENTICATED -> secret(conf, "right");
                case SASL_ENCRYPTED -> secret(conf, "right").set("spark.authenticate.enableSaslEncryption", "true");
                case ENCRYPTED -> secret(conf, "right").set("spark.network.crypto.enabled", "true");
            };
        }
    }

    private static SparkConf secret(SparkConf conf, String secret) {
        return conf.clone().set("spark.authenticate", "true").set("spark.authenticate.secret", secret);
    }

    private static RankTransport transport(SparkConf conf, long run, int rank, int world, Duration patience) {
        SecurityManager security = new SecurityManager(
                conf, Option.empty(), org.apache.spark.internal.config.package$.MODULE$.AUTH_SECRET_FILE());
        return new RankTransport(conf, security, HOST, run, rank, world, patience);
    }

    /** Returns what each rank returned or threw. */
    private static List<Object> outcomes(
            int world, IntFunction<RankTransport> open, Function<Collective, Object> work) {
        List<RankTransport> transports = new ArrayList<>();
        for (int rank = 0; rank < world; rank++) {
            transports.add(open.apply(rank));
        }
        String[] addresses = transports.stream().map(RankTransport::address).toArray(String[]::new);
        List<FutureTask<Object>> tasks = new ArrayList<>();
        for (int i = 0; i < world; i++) {
            int rank = i;
            FutureTask<Object> task = new FutureTask<>(() -> {
                try (RankTransport transport = transports.get(rank)) {
                    transport.connect(addresses);
                    return work.apply(new SparkRanks(transport, rank, world));
                }
            });
            tasks.add(task);
            Thread.ofPlatform().daemon().start(task);
        }
        List<Object> outcomes = new ArrayList<>();
        for (FutureTask<Object> task : tasks) {
            outcomes.add(get(task));
        }
        return outcomes;
    }

    private static Object get(FutureTask<Object> task) {
        try {
            return task.get();
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Object> outcomes(int world, Duration patience, Function<Collective, Object> work) {
        SparkConf conf = Security.OFF.conf();
        return outcomes(world, rank -> transport(conf, 7, rank, world, patience), work);
    }

    private static String train(Collective ranks) {
        try {
            return TRAINING.train(ranks, new PrintWriter(Writer.nullWriter()), 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void giveTheBitsOfOne(int world) {
        String expected = train(Collective.threads(1).getFirst());
        assertEquals(Collections.nCopies(world, expected), outcomes(world, LONG, SparkRanksTest::train));
    }

    @ParameterizedTest
    @EnumSource(Security.class)
    void giveTheSameBitsWithSparksAuthenticationAndEncryption(Security security) {
        String expected = train(Collective.threads(1).getFirst());
        SparkConf conf = security.conf();
        assertEquals(
                Collections.nCopies(3, expected),
                outcomes(3, rank -> transport(conf, 7, rank, 3, LONG), SparkRanksTest::train));
    }

    /** Parts of many messages, of one, and of none, in arrays and in native memory. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void moveWhatThreadsMove(boolean isNative) {
        int world = 3, length = 1_500_000;
        long[][] from = {{0, 0, 700_000, 900_000}, {0, 5, 5, 600_000}, {0, 262_144, 524_288, 524_288}};
        Function<Collective, Object> work = ranks -> {
            int rank = ranks.rank();
            long[] receiveFrom = new long[world + 1];
            for (int i = 0; i < world; i++) {
                receiveFrom[i + 1] = receiveFrom[i] + from[i][rank + 1] - from[i][rank];
            }
            FloatSpan send = span(Floats.random(length, rank), isNative);
            FloatSpan receive = span(new float[length], isNative);
            for (int round = 0; round < 3; round++) {
                ranks.exchange(send, from[rank], receive, receiveFrom);
                ranks.gather(receive, from[round]);
            }
            double[] doubles = new Random(rank).doubles(6).toArray();
            ranks.gather(doubles, new int[] {0, 1, 1, 6});
            byte[][] bytes = ranks.gather(new byte[] {(byte) rank, 1, 2}), none = ranks.gather(new byte[0]);
            return List.of(
                    RandomTraining.sha256(receive),
                    List.of(doubles[0], doubles[1], doubles[5]),
                    bytes[2][0] + " " + none.length,
                    ranks.bytesSent());
        };
        List<Object> expected = new ArrayList<>();
        List<FutureTask<Object>> tasks = new ArrayList<>();
        for (Collective ranks : Collective.threads(world)) {
            FutureTask<Object> task = new FutureTask<>(() -> work.apply(ranks));
            tasks.add(task);
            Thread.ofPlatform().daemon().start(task);
        }
        for (FutureTask<Object> task : tasks) {
            expected.add(get(task));
        }
        List<Object> found = outcomes(world, LONG, work);
        assertEquals(expected, found);
    }

    private static FloatSpan span(float[] values, boolean isNative) {
        if (!isNative) {
            return FloatSpan.of(values);
        }
        FloatSpan span = FloatSpan.of(Arena.ofAuto().allocate(4L * values.length, 64));
        span.copyFrom(values, 0, 0, values.length);
        return span;
    }

    /** Asserts that each rank has lost another, and returns the messages. */
    private static List<String> lost(List<Object> outcomes) {
        return outcomes.stream()
                .map(outcome ->
                        assertInstanceOf(RankLostException.class, outcome).getMessage())
                .toList();
    }

    @Test
    void thatExpectOtherLengthsAreLost() {
        List<Object> outcomes = outcomes(2, LONG, ranks -> {
            ranks.exchange(
                    FloatSpan.of(new float[5]), new long[] {0, 1, 5}, FloatSpan.of(new float[5]), new long[] {0, 1, 5});
            return null;
        });
        List<String> messages = lost(outcomes);
        assertTrue(
                messages.contains("rank 1 was lost: it sends 4 bytes where rank 0 expects 16")
                        || messages.contains("rank 0 was lost: it sends 16 bytes where rank 1 expects 4"),
                messages.toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void thatFailAreNoticedAtOnce(int failing) {
        List<Object> outcomes = outcomes(3, LONG, ranks -> {
            for (int call = 0; call < 5; call++) {
                if (call == 3 && ranks.rank() == failing) {
                    throw new IllegalStateException("mine");
                }
                ranks.gather(new double[3], new int[] {0, 1, 2, 3});
            }
            return null;
        });
        assertEquals("mine", ((Throwable) outcomes.get(failing)).getMessage());
        List<Integer> lost = new ArrayList<>();
        for (Object outcome : outcomes) {
            if (outcome instanceof RankLostException e) {
                lost.add(e.rank());
            }
        }
        assertEquals(2, lost.size(), outcomes.toString());
        assertTrue(lost.contains(failing), outcomes.toString());
    }

    /** The process of a rank that computes acknowledges what it receives, and yet it is named when the patience ends. */
    @Test
    void thatAreSilentAreNamedWhenThePatienceEnds() {
        CountDownLatch over = new CountDownLatch(1);
        List<Object> outcomes = outcomes(2, Duration.ofSeconds(2), ranks -> {
            try {
                if (ranks.rank() == 0) {
                    ranks.gather(new byte[0]);
                }
                return over.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            } finally {
                over.countDown();
            }
        });
        assertEquals(
                "rank 1 was lost: it did not answer within 2.0 s",
                assertInstanceOf(RankLostException.class, outcomes.get(0)).getMessage());
    }

    @Test
    void thatCallSomethingElseAreLost() {
        List<Object> outcomes = outcomes(2, LONG, ranks -> {
            if (ranks.rank() == 0) {
                ranks.gather(new double[2], new int[] {0, 1, 2});
            } else {
                ranks.gather(FloatSpan.of(new float[2]), new long[] {0, 1, 2});
            }
            return null;
        });
        List<String> messages = lost(outcomes);
        assertTrue(
                messages.contains("rank 1 was lost: it called gather of floats where rank 0 called gather of doubles")
                        || messages.contains(
                                "rank 0 was lost: it called gather of doubles where rank 1 called gather of floats"),
                messages.toString());
    }

    @Test
    void thatDoNotComeAreNamed() {
        SparkConf conf = Security.OFF.conf();
        try (RankTransport alone = transport(conf, 7, 0, 2, Duration.ofMillis(100))) {
            RankLostException lost = assertInstanceOf(
                    RankLostException.class,
                    thrown(() -> alone.connect(new String[] {alone.address(), "127.0.0.1:1"})));
            assertEquals("rank 1 was lost: it did not connect within 0.1 s", lost.getMessage());
        }
        try (RankTransport alone = transport(conf, 7, 1, 2, LONG)) {
            RankLostException lost = assertInstanceOf(
                    RankLostException.class,
                    thrown(() -> alone.connect(new String[] {"127.0.0.1:1", alone.address()})));
            assertTrue(lost.getMessage().startsWith("rank 0 was lost: no connection to 127.0.0.1:1: "));
        }
    }

    private static Throwable thrown(Runnable work) {
        try {
            work.run();
            return null;
        } catch (RuntimeException e) {
            return e;
        }
    }

    /** Without a secret, with another one, and with the right one of another training. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "wrong", "wrong encrypted", "other training"})
    void withoutTheSecretAreRefused(String kind) {
        SparkConf right = Security.ENCRYPTED.conf();
        SparkConf theirs = switch (kind) {
            case "none" -> Security.OFF.conf();
            case "wrong" -> secret(Security.OFF.conf(), "wrong");
            case "wrong encrypted" -> secret(right, "wrong");
            default -> right;
        };
        long run = kind.equals("other training") ? 8 : 7;
        Duration patience = Duration.ofSeconds(1);
        List<Object> outcomes = outcomes(
                2,
                rank -> rank == 0 ? transport(right, 7, 0, 2, patience) : transport(theirs, run, 1, 2, patience),
                ranks -> {
                    ranks.gather(new byte[] {1});
                    return "in";
                });
        assertEquals(
                "rank 1 was lost: it did not connect within 1.0 s",
                assertInstanceOf(RankLostException.class, outcomes.get(0)).getMessage());
        assertEquals(
                0, assertInstanceOf(RankLostException.class, outcomes.get(1)).rank());
    }
}
