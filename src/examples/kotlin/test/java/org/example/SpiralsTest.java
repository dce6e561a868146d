package org.example;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The Kotlin program runs, and its network tells the spirals apart. */
class SpiralsTest {
    @Test
    void theSpiralsAreToldApart() {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes));
        try {
            SpiralsKt.main();
        } finally {
            System.setOut(out);
        }
        System.out.print(bytes);
        Matcher right = Pattern.compile("right: ([0-9.]+) %").matcher(bytes.toString());
        assertTrue(right.find() && Double.parseDouble(right.group(1)) > 95, bytes.toString());
    }
}
