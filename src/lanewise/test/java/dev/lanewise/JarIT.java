package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The packed jar has the library and nothing else, and needs nothing but the JDK. */
class JarIT {
    private static final Path JAR = Path.of(System.getProperty("jar"));

    @Test
    void holdsTheLibraryAndItsLicenseOnly() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            Set<String> folders = new TreeSet<>();
            jar.stream()
                    .filter(entry -> !entry.isDirectory())
                    .forEach(entry -> folders.add(entry.getName()
                            .substring(0, Math.max(0, entry.getName().lastIndexOf('/')))));
            assertEquals(
                    Set.of(
                            "",
                            "META-INF",
                            "META-INF/maven/dev.lanewise/lanewise",
                            "dev/lanewise",
                            "dev/lanewise/distributed",
                            "dev/lanewise/fit",
                            "dev/lanewise/internal",
                            "dev/lanewise/internal/event",
                            "dev/lanewise/internal/kernel",
                            "dev/lanewise/linalg",
                            "dev/lanewise/memory",
                            "dev/lanewise/nn",
                            "dev/lanewise/optim",
                            "dev/lanewise/safetensors",
                            "dev/lanewise/schedule",
                            "dev/lanewise/tune"),
                    folders);
            for (String name : List.of("META-INF/LICENSE", "module-info.class")) {
                assertTrue(jar.getEntry(name) != null, name);
            }
        }
    }

    @Test
    void requiresTheVectorApiAndTheRecorderOnly() {
        assertEquals(
                Set.of("java.base", "jdk.incubator.vector", "jdk.jfr"),
                ModuleFinder.of(JAR).find("dev.lanewise").orElseThrow().descriptor().requires().stream()
                        .filter(module -> !module.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC))
                        .map(ModuleDescriptor.Requires::name)
                        .collect(Collectors.toSet()));
    }
}
