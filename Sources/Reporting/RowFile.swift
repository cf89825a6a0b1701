import Measurement
import Synchronization

/// Rows of questions, fed by whichever thread the recorder runs on.
final class RowFile: Sendable {
    private let state: Mutex<State>

    private struct State {
        var file: OutputFile
        var error: OutputError?
    }

    /// - Parameter header: the file's first row; nil: a piece of a file.
    init(path: String, header: [String]? = nil) throws(OutputError) {
        let file = try OutputFile(path: path)
        if let header {
            try file.write(ResultFiles.header(header))
            try file.flush()
        }
        state = Mutex(State(file: file))
    }

    var error: OutputError? { state.withLock { $0.error } }

    func write(_ rows: [QuestionRow], place: [UInt8]) -> Bool {
        state.withLock { state in
            guard state.error == nil else { return false }
            do throws(OutputError) {
                for row in rows { try state.file.write { ResultFiles.questionRow(row, place: place, into: &$0) } }
                return true
            } catch {
                state.error = error
                return false
            }
        }
    }

    /// Takes over whole rows from another file.
    func append(contentsOf path: String) throws(OutputError) {
        try state.withLock { (state) throws(OutputError) in
            if let error = state.error { throw error }
            try state.file.append(contentsOf: path)
        }
    }

    func flush() throws(OutputError) {
        try state.withLock { (state) throws(OutputError) in
            if let error = state.error { throw error }
            try state.file.flush()
        }
    }

    func close() throws(OutputError) {
        try state.withLock { (state) throws(OutputError) in
            if let error = state.error { throw error }
            try state.file.close()
        }
    }
}
