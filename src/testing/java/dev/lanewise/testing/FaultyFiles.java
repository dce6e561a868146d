package dev.lanewise.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The files of the system, of which the n-th operation that changes one fails. It keeps a list of these operations, so that their order
 * can be tested. With {@code -Djava.nio.file.spi.DefaultFileSystemProvider} and the name of this class, all paths of a JVM are its.
 */
public final class FaultyFiles extends FileSystemProvider {
    /** The option of a JVM of which all paths are faulty ones. */
    public static final String FLAG = "-Djava.nio.file.spi.DefaultFileSystemProvider=" + FaultyFiles.class.getName();

    /** The message of every failure. */
    public static final String MESSAGE = "injected fault";

    private final FileSystemProvider real;
    private final FaultyFileSystem files;
    private final List<String> done = new ArrayList<>();
    private int failing = Integer.MAX_VALUE;
    private boolean forGood;
    private int count;
    private String failed;

    /**
     * Makes files that do not fail yet.
     *
     * @param real the files of the system
     */
    public FaultyFiles(FileSystemProvider real) {
        this.real = real;
        this.files = new FaultyFileSystem(this, real.getFileSystem(URI.create("file:///")));
    }

    /** {@return a path among these files} */
    public Path path(Path path) {
        return new FaultyPath(files, real(path));
    }

    /**
     * Forgets the operations so far and lets one of the next ones fail.
     *
     * @param failing its number, from 0; a number that is not reached for none
     * @param forGood whether all after it fail too, as on a full disk
     */
    public synchronized void begin(int failing, boolean forGood) {
        this.failing = failing;
        this.forGood = forGood;
        count = 0;
        failed = null;
        done.clear();
    }

    /** {@return the operations that did not fail, such as {@code move /a.tmp /a}} */
    public synchronized List<String> done() {
        return List.copyOf(done);
    }

    /** {@return the first operation that failed; or null} */
    public synchronized String failed() {
        return failed;
    }

    /** Counts an operation, before it is done. */
    synchronized void change(String operation, Path path) throws IOException {
        int number = count++;
        if (number == failing || forGood && number > failing) {
            failed = failed == null ? operation + " " + path : failed;
            throw new FileSystemException(path.toString(), null, MESSAGE);
        }
        done.add(operation + " " + path);
    }

    static Path real(Path path) {
        return path instanceof FaultyPath faulty ? faulty.real() : path;
    }

    private static boolean writes(Set<? extends OpenOption> options) {
        return options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        boolean writes = writes(options);
        if (writes) {
            change("open", path);
        }
        return new FaultyChannel(this, real(path), real.newFileChannel(real(path), options, attributes), writes);
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        change("mkdir", path);
        real.createDirectory(real(path), attributes);
    }

    @Override
    public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes) throws IOException {
        change("link", link);
        real.createSymbolicLink(real(link), real(target), attributes);
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        change("link", link);
        real.createLink(real(link), real(existing));
    }

    @Override
    public Path readSymbolicLink(Path link) throws IOException {
        return path(real.readSymbolicLink(real(link)));
    }

    @Override
    public void delete(Path path) throws IOException {
        change("delete", path);
        real.delete(real(path));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        change("copy", target);
        real.copy(real(source), real(target), options);
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        change("move " + source, target);
        real.move(real(source), real(target), options);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        DirectoryStream<Path> stream =
                real.newDirectoryStream(real(folder), path -> filter.accept(new FaultyPath(files, path)));
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> paths = stream.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return paths.hasNext();
                    }

                    @Override
                    public Path next() {
                        return new FaultyPath(files, paths.next());
                    }
                };
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        };
    }

    @Override
    public String getScheme() {
        return real.getScheme();
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) throws IOException {
        return real.newFileSystem(uri, environment);
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return files;
    }

    @Override
    public Path getPath(URI uri) {
        return path(real.getPath(uri));
    }

    @Override
    public boolean isSameFile(Path one, Path other) throws IOException {
        return real.isSameFile(real(one), real(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return real.isHidden(real(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return real.getFileStore(real(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        real.checkAccess(real(path), modes);
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        return real.getFileAttributeView(real(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return real.readAttributes(real(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return real.readAttributes(real(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        change("attribute", path);
        real.setAttribute(real(path), attribute, value, options);
    }
}
