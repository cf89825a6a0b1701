import Glibc

/// Why a result could not be written, with the exit code that goes with it.
package struct OutputError: Error, Equatable, CustomStringConvertible {
    package let description: String
    /// 74: output cannot be written. 64: the folder that was asked for cannot be used for a run.
    package let exitCode: Int32

    package init(path: String, what: String, errno code: Int32) {
        description = "\(path): \(what): \(String(cString: strerror(code)))"
        exitCode = 74
    }

    init(path: String, unusable reason: String) {
        description = "\(path): \(reason)"
        exitCode = 64
    }
}

/// A file that is being written: buffered, whole rows at a time.
///
/// What reaches the disk always ends with the end of a row, so a run that is killed leaves files without
/// torn rows. After an error nothing more is written.
final class OutputFile {
    private static let bufferSize = 1 << 16
    private let path: String
    private var descriptor: Int32
    /// Rows that are not yet on their way to the disk.
    private var buffer: [UInt8] = []
    /// Bytes that the file holds.
    private var size = 0

    /// Creates the file, or empties it.
    init(path: String) throws(OutputError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw OutputError(path: path, what: "cannot be created", errno: errno) }
        buffer.reserveCapacity(Self.bufferSize + 4096)
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    /// Writes rows made by `compose`, which must append whole ones.
    func write(_ compose: (inout [UInt8]) -> Void) throws(OutputError) {
        compose(&buffer)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    func write(_ text: String) throws(OutputError) { try write { $0.append(contentsOf: text.utf8) } }

    /// Takes over a file of whole rows.
    func append(contentsOf other: String) throws(OutputError) {
        let source = open(other, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw OutputError(path: other, what: "cannot be read", errno: errno) }
        defer { Glibc.close(source) }
        while true {
            let before = buffer.count
            buffer.append(contentsOf: repeatElement(0, count: Self.bufferSize))
            let got = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress! + before, Self.bufferSize) }
            let code = errno
            buffer.removeLast(Self.bufferSize - max(0, got))
            if got == 0 { return }
            if got < 0 {
                if code == EINTR { continue }
                throw OutputError(path: other, what: "cannot be read", errno: code)
            }
            // The file on the disk must end with a whole row at any moment.
            let whole = Self.wholeRows(buffer[...])
            guard whole >= Self.bufferSize else { continue }
            let rest = Array(buffer[whole...])
            buffer.removeLast(rest.count)
            try flush()
            buffer = rest
        }
    }

    func flush() throws(OutputError) {
        var written = 0
        while written < buffer.count {
            let result = buffer.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if result < 0 {
                if errno == EINTR { continue }
                let code = errno
                // A disk that fills up takes part of a row: the file ends with the last whole one.
                _ = ftruncate(descriptor, size + Self.wholeRows(buffer[..<written]))
                buffer.removeAll()
                throw OutputError(path: path, what: "cannot be written", errno: code)
            }
            written += result
        }
        size += written
        buffer.removeAll(keepingCapacity: true)
    }

    /// How many bytes of `rows` are whole rows; a line break in quotes ends none.
    private static func wholeRows(_ rows: ArraySlice<UInt8>) -> Int {
        var whole = 0
        var isQuoted = false
        for (index, byte) in rows.enumerated() {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if byte == UInt8(ascii: "\n"), !isQuoted { whole = index + 1 }
        }
        return whole
    }

    /// Flushes and closes; an error that the system kept for the close is not lost.
    func close() throws(OutputError) {
        guard descriptor >= 0 else { return }
        try flush()
        let result = Glibc.close(descriptor)
        let code = errno
        descriptor = -1
        if result != 0 && code != EINTR { throw OutputError(path: path, what: "cannot be written", errno: code) }
    }

    /// Writes a whole file; where that fails, nothing of it is left.
    static func write(_ text: String, to path: String) throws(OutputError) {
        let file = try OutputFile(path: path)
        do throws(OutputError) {
            try file.write(text)
            try file.close()
        } catch {
            unlink(path)
            throw error
        }
    }
}
