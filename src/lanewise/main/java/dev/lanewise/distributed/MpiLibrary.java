package dev.lanewise.distributed;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The functions of MPI, from the library of the launcher that started the process: Open MPI, whose handles are addresses of
 * symbols, or MPICH and its kin, whose handles are numbers. Handles are longs here. Two traps are closed before anything else
 * happens. UCX, which both libraries load, would take the signal by which the JVM notices a null; a variable of the environment
 * forbids it. And the library is in the global arena, because it has threads of its own, under which a closed arena would unload
 * it.
 */
final class MpiLibrary {
    private static final int FUNNELED = 1;
    private static final int MOST_ERROR_TEXT = 1024;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS, INT = ValueLayout.JAVA_INT;

    /** The variables that launchers set, which tell which library goes with them. */
    private static final List<String> OPEN_MPI = List.of("OMPI_COMM_WORLD_SIZE"),
            MPICH = List.of("PMI_SIZE", "PMI_RANK");

    final long world, bytes, floats, doubles;

    /** What stands for a send buffer that is in the receive buffer already, and for a status that is not wanted. */
    private final MemorySegment inPlace, noStatus;

    private final boolean open;
    private final SymbolLookup library;
    private final MemoryLayout handle;
    private final MethodHandle alltoall, allgather, test, errorString, finish;
    private final MemorySegment request = Arena.global().allocate(8),
            flag = Arena.global().allocate(4);
    final int rank, size;

    private MpiLibrary(SymbolLookup library) {
        this.library = library;
        this.open = library.find("ompi_mpi_comm_world").isPresent();
        this.handle = (open ? ValueLayout.JAVA_LONG : INT).withName("handle");
        this.world = open ? symbol("ompi_mpi_comm_world").address() : 0x44000000;
        this.bytes = open ? symbol("ompi_mpi_byte").address() : 0x4c00010d;
        this.floats = open ? symbol("ompi_mpi_float").address() : 0x4c00040a;
        this.doubles = open ? symbol("ompi_mpi_double").address() : 0x4c00080b;
        this.inPlace = MemorySegment.ofAddress(open ? 1 : -1);
        this.noStatus = MemorySegment.ofAddress(open ? 0 : 1);
        this.errorString = function("MPI_Error_string", INT, POINTER, POINTER);
        check(call(
                function("MPI_Init_thread", POINTER, POINTER, INT, POINTER),
                MemorySegment.NULL,
                MemorySegment.NULL,
                FUNNELED,
                flag));
        long errorsReturn = open ? symbol("ompi_mpi_errors_return").address() : 0x54000001;
        check(call(function("MPI_Comm_set_errhandler", handle, handle), world, errorsReturn));
        check(call(function("MPI_Comm_rank", handle, POINTER), world, flag));
        this.rank = flag.get(ValueLayout.JAVA_INT, 0);
        check(call(function("MPI_Comm_size", handle, POINTER), world, flag));
        this.size = flag.get(ValueLayout.JAVA_INT, 0);
        this.alltoall = function(
                "MPI_Ialltoallv",
                POINTER,
                POINTER,
                POINTER,
                handle,
                POINTER,
                POINTER,
                POINTER,
                handle,
                handle,
                POINTER);
        this.allgather =
                function("MPI_Iallgatherv", POINTER, INT, handle, POINTER, POINTER, POINTER, handle, handle, POINTER);
        this.test = function("MPI_Test", POINTER, POINTER, POINTER);
        this.finish = function("MPI_Finalize");
    }

    /**
     * Loads the library, and joins the other ranks.
     *
     * @throws IllegalStateException if no launcher has started the process, or its library cannot be loaded
     */
    @SuppressWarnings("restricted")
    static MpiLibrary load() {
        boolean open = isSet(OPEN_MPI);
        if (!open && !isSet(MPICH)) {
            throw new IllegalStateException(
                    "the process must have been started by mpirun, of Open MPI or MPICH, which sets " + OPEN_MPI
                            + " or " + MPICH + " in its environment");
        }
        forbidSignalHandler();
        List<String> names = new ArrayList<>();
        if (System.getProperty("lanewise.mpi") != null) {
            names.add(System.getProperty("lanewise.mpi"));
        } else {
            names.addAll(
                    open
                            ? List.of("libmpi.so.40", "libmpi.so")
                            : List.of("libmpich.so.12", "libmpi.so.12", "libmpi.so"));
        }
        IllegalArgumentException missing = null;
        for (String name : names) {
            try {
                return new MpiLibrary(SymbolLookup.libraryLookup(name, Arena.global()));
            } catch (IllegalArgumentException e) {
                missing = e;
            }
        }
        throw new IllegalStateException(
                "library of " + (open ? "Open MPI" : "MPICH") + " must be one of " + names
                        + "; -Dlanewise.mpi=path names another: " + missing.getMessage(),
                missing);
    }

    private static boolean isSet(List<String> names) {
        return names.stream().anyMatch(name -> System.getenv(name) != null);
    }

    /** Sets the variable unless the user has. */
    @SuppressWarnings("restricted")
    private static void forbidSignalHandler() {
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle set = LINKER.downcallHandle(
                    LINKER.defaultLookup().find("setenv").orElseThrow(),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, POINTER, POINTER, INT));
            int result = (int) set.invokeExact(arena.allocateFrom("UCX_ERROR_SIGNALS"), arena.allocateFrom(""), 0);
            if (result != 0) {
                throw new IllegalStateException("setenv must return 0: " + result);
            }
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private MemorySegment symbol(String name) {
        return library.find(name)
                .orElseThrow(() -> new IllegalStateException("library of MPI must have the symbol " + name));
    }

    /** Links a function that returns a code of an error. Its handles are longs, whatever they are in the library. */
    @SuppressWarnings("restricted")
    private MethodHandle function(String name, MemoryLayout... arguments) {
        MethodHandle linked =
                LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
        MethodType type = linked.type();
        for (int i = 0; i < arguments.length; i++) {
            type = arguments[i] == handle ? type.changeParameterType(i, long.class) : type;
        }
        return MethodHandles.explicitCastArguments(linked, type);
    }

    private static int call(MethodHandle function, Object... arguments) {
        try {
            return (int) function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private static RuntimeException rethrown(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException exception ? exception : new IllegalStateException(e);
    }

    /**
     * Begins to send part r of a buffer to rank r. Counts and displacements are native ints, and stay as they are until
     * {@link #isDone}.
     */
    void beginExchange(
            MemorySegment send,
            MemorySegment sendCounts,
            MemorySegment sendAt,
            MemorySegment receive,
            MemorySegment receiveCounts,
            MemorySegment receiveAt,
            long type) {
        try {
            check((int) alltoall.invokeExact(
                    send, sendCounts, sendAt, type, receive, receiveCounts, receiveAt, type, world, request));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Begins to gather the parts of a buffer in place. */
    void beginGather(MemorySegment all, MemorySegment counts, MemorySegment at, long type) {
        try {
            check((int) allgather.invokeExact(inPlace, 0, type, all, counts, at, type, world, request));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** {@return whether what was begun has ended} */
    boolean isDone() {
        try {
            check((int) test.invokeExact(request, flag, noStatus));
            return flag.get(ValueLayout.JAVA_INT, 0) != 0;
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Leaves the other ranks, which all do so. */
    void end() {
        check(call(finish));
    }

    private void check(int code) {
        if (code == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(MOST_ERROR_TEXT);
            call(errorString, code, text, arena.allocate(4));
            throw new RankLostException(
                    RankLostException.UNKNOWN, "MPI: " + text.getString(0, StandardCharsets.UTF_8), null);
        }
    }
}
