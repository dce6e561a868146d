package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.CosineRestarts;
import dev.lanewise.schedule.Exponential;
import dev.lanewise.schedule.InverseSquareRoot;
import dev.lanewise.schedule.LinearWarmup;
import dev.lanewise.schedule.MultiStep;
import dev.lanewise.schedule.OneCycle;
import dev.lanewise.schedule.Polynomial;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.schedule.StepDecay;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.schedule.WarmupStableDecay;
import java.io.IOException;
import java.lang.classfile.Annotation;
import java.lang.constant.ClassDesc;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RuleCodecTest {
    private static final List<Schedule> SCHEDULES = List.of(
            new Constant(1e-300),
            new Cosine(0.1, 1000, 0.0001),
            new CosineRestarts(0.1, 10, 2, 0.01),
            new Exponential(0.1, 0.999),
            new InverseSquareRoot(0.1, 5),
            new LinearWarmup(0.1, 5, 0.01),
            new MultiStep(0.1, 0.5, List.of()),
            new MultiStep(0.1, 0.5, List.of(7L)),
            new MultiStep(0.1, 0.5, List.of(1L, 2L, 1L << 40)),
            new OneCycle(0.1, 100, 0.3, 25, 1e4),
            new Polynomial(0.1, 2, 100, 0.01),
            new StepDecay(0.1, 0.5, 10),
            new WarmupCosine(1.0 / 3, 5, 15),
            new WarmupStableDecay(0.1, 5, 10, 100, 0),
            new Constant(0.1).times(0.5),
            new Constant(0.1).then(1, new Constant(0.2)),
            new LinearWarmup(0.1, 5, 0.01)
                    .then(5, new Cosine(0.1, 7).times(new Exponential(1, 0.9)).then(3, new Constant(0)))
                    .times(2));

    @Test
    void readsEveryRule() {
        RuleTable.all().forEach(rule -> {
            assertEquals(rule, RuleCodec.read(RuleCodec.write(rule), UpdateRule.class));
            assertTrue(RuleCodec.knows(rule));
        });
        assertFalse(RuleCodec.knows(UpdateRule.scheduled(i -> new Sgd())));
    }

    /** As the Python lines of doc-files/pytorch.html write it, and in another order. */
    @Test
    void readsWhatPythonWrites() {
        AdamW rule = new AdamW(new Constant(0.003), 0.9, 0.999, 1e-8, 0.05, false);
        for (String text : List.of(
                "AdamW[learningRate=0.003, beta1=0.9, beta2=0.999, epsilon=1e-08, weightDecay=0.05, amsgrad=false]",
                "AdamW[amsgrad=false, beta1=0.9, weightDecay=0.05, beta2=0.999, learningRate=0.003, epsilon=1e-08]")) {
            assertEquals(rule, RuleCodec.read(text, UpdateRule.class));
        }
    }

    @Test
    void readsEverySchedule() throws IOException, ClassNotFoundException {
        Set<String> all = new TreeSet<>();
        try (Stream<Path> files = Files.list(Path.of("target/classes/dev/lanewise/schedule"))) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString().replace(".class", "");
                if (!name.equals("package-info")
                        && Class.forName("dev.lanewise.schedule." + name).isRecord()
                        && Schedule.class.isAssignableFrom(Class.forName("dev.lanewise.schedule." + name))) {
                    all.add(name);
                }
            }
        }
        assertEquals(
                all,
                SCHEDULES.stream()
                        .map(schedule -> schedule.getClass().getSimpleName())
                        .collect(Collectors.toCollection(TreeSet::new)));
        for (Schedule schedule : SCHEDULES) {
            assertEquals(schedule, RuleCodec.read(RuleCodec.write(schedule), Schedule.class));
        }
        ReduceOnPlateau.State state = new ReduceOnPlateau(0.1).state();
        assertEquals(state, RuleCodec.read(RuleCodec.write(state), ReduceOnPlateau.State.class));
    }

    /** The bytes on disk, whatever a record's {@code toString()} becomes. */
    @Test
    void writesTheComponentsOfARecord() {
        record Inner(int count, float ratio, NormScope scope) {}
        record Outer(String name, List<Object> parts, Inner inner, boolean on) {
            @Override
            public String toString() {
                return "not this";
            }
        }
        record Empty() {}
        assertEquals(
                "Outer[name=a, parts=[1, [], Empty[]], inner=Inner[count=-2, ratio=1.0E-10, scope=ALL], on=true]",
                RuleCodec.write(new Outer(
                        "a", List.of(1L, List.of(), new Empty()), new Inner(-2, 1e-10f, NormScope.ALL), true)));
        Inner inner = new Inner(1, 1, NormScope.ALL);
        assertNull(RuleCodec.write(new Outer("a", List.of(), null, true)));
        assertNull(RuleCodec.write(new Outer("a", List.of(new Object()), inner, true)));
        assertNull(RuleCodec.write(new Outer("a", List.of(BigInteger.ONE), inner, true)));
        assertNull(RuleCodec.write((Schedule) step -> 0.1));
        assertNull(RuleCodec.write(new Constant(1).times(step -> 0.1)));
    }

    /** A record of a package that is not open to the library has no text. */
    @Test
    void doesNotWriteWhatItCannotRead() {
        record Mine(double rate) implements Schedule {
            @Override
            public double at(long step) {
                return rate;
            }
        }
        assertEquals("Mine[rate=1.0]", RuleCodec.write(new Mine(1)));
        assertNull(RuleCodec.writeSchedule(new Mine(1)));
        Record hidden = assertInstanceOf(Record.class, Annotation.of(ClassDesc.of("A")));
        assertNull(RuleCodec.write(hidden));
        assertNull(RuleCodec.components(hidden));
    }

    @Test
    void aPlateauIsNamedAndNotMadeAgain() {
        ReduceOnPlateau plateau = new ReduceOnPlateau(0.1);
        Schedule half = new Constant(1).then(3, plateau.times(0.5));
        String text = "Sequence[first=Constant[value=1.0], steps=3,"
                + " next=Product[one=ReduceOnPlateau, other=Constant[value=0.5]]]";
        assertEquals(text, RuleCodec.write(half));
        assertEquals(half, RuleCodec.read(text, Schedule.class, plateau));
        assertRefused("expected a Schedule, found ReduceOnPlateau", text);
        assertSame(plateau, RuleCodec.plateau(half));
        assertSame(plateau, RuleCodec.plateau(half.times(plateau)));
        assertNull(RuleCodec.plateau(new Constant(1)));
        assertNull(RuleCodec.plateau(half.times(new ReduceOnPlateau(1))));
    }

    @Test
    void refusesEverythingElse() {
        assertRefused("expected a record of the library, found Runtime", "Runtime[]");
        assertRefused("expected a record of the library, found java.lang.String", "java.lang.String[value=x]");
        assertRefused("expected a Schedule, found " + new Sgd(), RuleCodec.write(new Sgd()));
        assertRefused("expected a Schedule, found Constant", "Constant");
        assertRefused("missing in Constant: [value]", "Constant[]");
        assertRefused("unexpected in Constant: {more=2}", "Constant[value=1, more=2]");
        assertRefused("expected one value, found two", "Constant[value=1, value=2]");
        assertRefused("value: expected double, found [1]", "Constant[value=[1]]");
        assertRefused("expected its end after 17 characters, found Constant[value=1]x", "Constant[value=1]x");
        assertRefused("expected a comma or ] after 16 characters, found Constant[value=1", "Constant[value=1");
        assertRefused("missing: other", "Product[one=Constant[value=1]]");
        assertRefused("steps: expected long, found 1e3", "Cosine[peak=1, steps=1e3, floor=0]");
        assertRefused("expected a Schedule, found 5", "Sequence[first=Constant[value=1], steps=3, next=5]");
        assertRefused(
                "nesterov: expected boolean, found maybe",
                "Sgd[learningRate=1, momentum=0, dampening=0, nesterov=maybe, weightDecay=0]");
        assertRefused("value must be finite and not negative: NaN", "Constant[value=NaN]");
        assertRefused("expected at most 200 records within each other, found more", "Product[one=".repeat(1_000_000));
        assertRefused("expected at most 200 records within each other, found more", "[".repeat(1_000_000));
        String lists = "[".repeat(201) + "]".repeat(201);
        assertRefused("expected a Schedule, found " + lists, lists);
        assertRefused("expected at most 200 records within each other, found more", "[" + lists + "]");
    }

    private static void assertRefused(String message, String text) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> RuleCodec.read(text, Schedule.class))
                        .getMessage());
    }

    /** Damaged anyhow, a text is a record still or is refused: no other exception, no endless loop. */
    @Test
    void survivesDamage() {
        Random random = new Random(1);
        List<String> texts = Stream.concat(RuleTable.all(), SCHEDULES.stream())
                .map(RuleCodec::write)
                .toList();
        String signs = "[]=, .0e-AtN\0";
        int read = 0;
        for (int round = 0; round < 50_000; round++) {
            StringBuilder text = new StringBuilder(texts.get(random.nextInt(texts.size())));
            for (int i = random.nextInt(3); i >= 0; i--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.setLength(at + 1);
                    case 1 -> text.deleteCharAt(text.length() > 1 ? at : 0).append(' ');
                    default -> text.setCharAt(at, signs.charAt(random.nextInt(signs.length())));
                }
            }
            try {
                RuleCodec.read(text.toString(), Record.class);
                read++;
            } catch (IllegalArgumentException e) {
                assertFalse(e.getMessage().isEmpty());
            }
        }
        assertTrue(read > 100 && read < 25_000, "read " + read);
    }
}
