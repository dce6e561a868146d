package dev.lanewise.testing;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Native memory of some pages between two that may not be touched: a kernel that reads or writes beside its buffer kills the
 * process. It lives as long as the process.
 *
 * @param address where the memory begins
 * @param size its bytes, whole pages
 */
public record GuardedMemory(long address, long size) {
    /** The constants of Linux. */
    private static final int PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20;

    /** {@return memory for at least so many floats} */
    public static GuardedMemory ofFloats(int floats) {
        long page = call("getpagesize", ValueLayout.JAVA_INT);
        long size = (4L * floats + page - 1) / page * page;
        long all = mmap(size + 2 * page);
        protect(all, page);
        protect(all + page + size, page);
        return new GuardedMemory(all + page, size);
    }

    /** {@return floats that end where the memory does, or begin where it does} */
    public FloatSpan span(int length, boolean atEnd) {
        return FloatSpan.of(segment(length, atEnd));
    }

    /** {@return the segment of such floats} */
    @SuppressWarnings("restricted")
    public MemorySegment segment(int length, boolean atEnd) {
        long begin = atEnd ? address + size - 4L * length : address;
        return MemorySegment.ofAddress(begin).reinterpret(4L * length);
    }

    private static long mmap(long bytes) {
        long address = call(
                "mmap", ValueLayout.JAVA_LONG, 0L, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
        if (address == -1) {
            throw new AssertionError("mmap failed");
        }
        return address;
    }

    private static void protect(long address, long bytes) {
        if (call("mprotect", ValueLayout.JAVA_INT, address, bytes, PROT_NONE) != 0) {
            throw new AssertionError("mprotect failed");
        }
    }

    /** Calls a function of the C library with ints and longs. */
    @SuppressWarnings("restricted")
    private static long call(String name, ValueLayout result, Object... arguments) {
        ValueLayout[] layouts = Arrays.stream(arguments)
                .map(argument -> argument instanceof Long ? ValueLayout.JAVA_LONG : ValueLayout.JAVA_INT)
                .toArray(ValueLayout[]::new);
        Linker linker = Linker.nativeLinker();
        try {
            return ((Number) linker.downcallHandle(
                                    linker.defaultLookup().find(name).orElseThrow(),
                                    FunctionDescriptor.of(result, layouts))
                            .invokeWithArguments(arguments))
                    .longValue();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
