import Foundation
import TestServers
import Testing
import Workload

@testable import Storage

/// A folder of its own for one test, gone with the test.
final class Folder {
    let url: URL
    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "crisol-storage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }
    func path(_ name: String = "store.db") -> String { url.appending(path: name).path }
}

func result(_ index: Int, key: UInt64? = nil, answer: String = "An answer.", score: Double = 0.5, decided: Int64 = 0) -> StoredResult {
    StoredResult(
        questionID: "q-\(index)", questionKey: key ?? UInt64(index), traceID: "t-\(index)", question: "Why \(index)?", answer: answer,
        score: score, firstScore: score / 2, attempts: 3, generations: 2, outcome: "accepted", promptTokens: 12, completionTokens: 34,
        decidedAtUnixNanoseconds: 1_709_210_096_789_000_001 + decided)
}

func failure(_ index: Int, error: String = "503") -> StoredFailure {
    StoredFailure(
        questionID: "q-\(index)", questionKey: UInt64(index), question: "Why \(index)?", outcome: "dead_letter_overload", retryCount: 3,
        lastError: error, lastAttemptUnixNanoseconds: 1_709_210_096_789_000_001)
}

/// What the sqlite3 command, a process of its own, answers.
func sqlite3(_ path: String, _ sql: String) throws -> String {
    let (_, output, errors) = try Command.run("/usr/bin/env", ["sqlite3", "-bail", path, sql])
    return (output + errors).trimmingCharacters(in: .newlines)
}

/// The stores that are there, each of which must pass the same tests.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, postgres

    var testDescription: String { rawValue }
    static var all: [Backend] { PostgresServer.isAvailable ? allCases : [.sqlite] }
}

/// An empty store of one kind for one test.
final class Bench {
    let location: StoreLocation
    private let folder: Folder

    init(_ backend: Backend) throws {
        folder = try Folder()
        location =
            switch backend {
            case .sqlite: .sqlite(path: folder.path())
            case .postgres: try StoreLocation(PostgresServer.shared.get().database())
            }
    }

    func open() throws -> any Store { try location.open() }

    /// SQL for a column with a time as SQLite's tables have it.
    func iso(_ column: String) -> String {
        switch location {
        case .sqlite: column
        case .postgres: "to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
        }
    }

    /// What the database's own command, a process of its own, answers.
    func sql(_ text: String) throws -> String {
        switch location {
        case .sqlite(let path): try sqlite3(path, text)
        case .postgres(let url, _): try PostgresServer.psql(url, text)
        }
    }
}

@Suite struct AvailabilityTests {
    @Test(.enabled(if: PostgresServer.isAvailable, "no PostgreSQL server on this machine (Debian package postgresql): its store is not tested"))
    func `PostgreSQL is there to be tested`() throws {
        #expect(try PostgresServer.psql(PostgresServer.shared.get().url, "SELECT 1") == "1")
    }
}

@Suite struct ResultsTests {
    @Test(arguments: Backend.all) func `a result comes back as it was written, found by its key`(_ backend: Backend) throws {
        let bench = try Bench(backend)
        let store = try bench.open()
        let row = result(1, key: .max - 5)
        #expect(try store.recordResults([row, result(2)]) == [.written, .written])
        #expect(try store.lookUp(.max - 5) == row)
        #expect(try store.lookUp(77) == nil)
    }

    @Test(arguments: Backend.all) func `the newest result of a key is the one that is found`(_ backend: Backend) throws {
        let bench = try Bench(backend)
        let store = try bench.open()
        _ = try store.recordResults([result(1, key: 9, decided: 5), result(2, key: 9, decided: 7), result(3, key: 9, decided: 6)])
        #expect(try store.lookUp(9)?.questionID == "q-2")
        // Of equally new ones, the one written last.
        _ = try store.recordResults([result(4, key: 9, decided: 7)])
        #expect(try store.lookUp(9)?.questionID == "q-4")
    }

    @Test(arguments: Backend.all) func `the first write of a question wins, in one batch and over several`(_ backend: Backend) throws {
        let bench = try Bench(backend)
        let store = try bench.open()
        #expect(try store.recordResults([result(1, answer: "first"), result(1, answer: "again")]) == [.written, .alreadyThere])
        #expect(try store.recordResults([result(1, answer: "late"), result(2)]) == [.alreadyThere, .written])
        #expect(try store.lookUp(1)?.answer == "first")
        #expect(try store.recordFailures([failure(3), failure(3, error: "402")]) == [.written, .alreadyThere])
        #expect(try bench.sql("SELECT last_error FROM failed_questions") == "503")
    }

    @Test(arguments: Backend.all) func `a question is answered or failed, never both`(_ backend: Backend) throws {
        let bench = try Bench(backend)
        let store = try bench.open()
        _ = try store.recordResults([result(1)])
        #expect(try store.recordFailures([failure(1), failure(2)]) == [.settledOtherwise, .written])
        #expect(try store.recordResults([result(2), result(3)]) == [.settledOtherwise, .written])
        #expect(try store.metrics() == StoreMetrics(accepted: 2, rejected: 1, meanScore: 0.5))
    }

    @Test(arguments: Backend.all) func `metrics count what was really written`(_ backend: Backend) throws {
        let bench = try Bench(backend)
        let store = try bench.open()
        #expect(try store.metrics() == StoreMetrics(accepted: 0, rejected: 0, meanScore: nil))
        _ = try store.recordResults([result(1, score: 0.25), result(2, score: 0.75), result(1, score: 0.99), result(3, score: .nan)])
        _ = try store.recordResults([result(2, score: 0.01)])
        _ = try store.recordFailures([failure(4), failure(4), failure(1)])
        #expect(try store.metrics() == StoreMetrics(accepted: 3, rejected: 1, meanScore: 0.5))
        #expect(try bench.sql("SELECT accepted, rejected, mean_score FROM metrics") == "3|1|0.5")
    }

    @Test(arguments: Backend.all) func `results and failures are found by question, and the latest first`(_ backend: Backend) throws {
        let store = try Bench(backend).open()
        _ = try store.recordResults([result(1, decided: 5), result(2, decided: 9), result(3, decided: 7), result(4, decided: 9)])
        _ = try store.recordFailures([failure(5)])
        #expect(try store.result(of: "q-3") == result(3, decided: 7) && store.failure(of: "q-5") == failure(5))
        #expect(try store.result(of: "q-5") == nil && store.failure(of: "q-3") == nil && store.result(of: "q-") == nil)
        #expect(try store.latest(3).map(\.questionID) == ["q-4", "q-3", "q-2"])
        #expect(try store.latest(100).count == 4 && store.latest(0).isEmpty && store.latest(-1).isEmpty)
        #expect(try store.persist(result(6)) == .written && store.persist(result(5)) == .settledOtherwise)
    }

    @Test(arguments: Backend.all) func `no score is NULL and comes back as no score`(_ backend: Backend) throws {
        let bench = try Bench(backend)
        let store = try bench.open()
        _ = try store.recordResults([result(1, score: .nan)])
        #expect(try store.lookUp(1)?.score.isNaN == true)
        #expect(try bench.sql("SELECT count(*) - count(score), count(*) - count(first_score) FROM qa_results") == "1|1")
    }

    @Test(arguments: [
        "", "\0", "before\0after", "¿Cuántos años tiene la música? ñ", "日本語のテキスト", "👩‍👩‍👧‍👦🇪🇸", "e\u{301} ≠ \u{E9}", "\u{FEFF}bom", "\u{FFFF}\u{10FFFF}\u{0}",
        "␛", "␛␀", "␛\0␛␛␀\0", "␀", "'; DROP TABLE qa_results; --", "line\r\nline\u{2028}line", "\u{202E}right to left", String(repeating: "long ", count: 100_000),
    ], Backend.all)
    func `any text survives`(_ text: String, _ backend: Backend) throws {
        let bench = try Bench(backend)
        let store = try bench.open()
        var row = result(1, answer: text)
        row.questionID = "q" + text
        row.question = text
        row.traceID = text
        _ = try store.recordResults([row])
        let found = try #require(try store.lookUp(1))
        // Compared by bytes: Swift holds canonically equivalent strings for equal.
        #expect(found == row && Array(found.answer.utf8) == Array(text.utf8) && Array(found.questionID.utf8) == Array(row.questionID.utf8))
        #expect(try store.recordResults([row]) == [.alreadyThere])
        #expect(try store.result(of: row.questionID) == row && store.latest(3) == [row])
        var lost = failure(2, error: text)
        lost.questionID = "f" + text
        lost.question = text
        lost.traceID = text
        #expect(try store.persist(row) == .alreadyThere && store.recordFailures([lost, lost]) == [.written, .alreadyThere])
        #expect(try store.failure(of: lost.questionID) == lost)
        try store.delay([DelayedMessage(messageID: text, service: text, notBefore: .zero, body: Array(text.utf8))])
        #expect(try store.delayed(for: text).map(\.body) == [Array(text.utf8)])
        try store.forget([text])
        #expect(try store.delayed(for: text).isEmpty)
    }

    @Test(arguments: Backend.all) func `a key is printed as sixteen hexadecimal digits and times as ISO 8601`(_ backend: Backend) throws {
        let bench = try Bench(backend)
        let store = try bench.open()
        _ = try store.recordResults([result(1, key: 0xAB_CDEF)])
        _ = try store.recordFailures([failure(2)])
        #expect(
            try bench.sql("SELECT id, question_key, question, answer, score, attempts, \(bench.iso("decided_at")), decided_at_ns FROM qa_results")
                == "q-1|0000000000abcdef|Why 1?|An answer.|0.5|3|2024-02-29T12:34:56.789Z|1709210096789000001")
        #expect(
            try bench.sql("SELECT question_id, retry_count, last_error, \(bench.iso("last_attempt_timestamp")) FROM failed_questions")
                == "q-2|3|503|2024-02-29T12:34:56.789Z")
    }
}

@Suite struct DelayedMessagesTests {
    @Test(arguments: Backend.all) func `messages wait over a restart, by service, the earliest first`(_ backend: Backend) throws {
        let bench = try Bench(backend)
        func message(_ id: String, _ service: String, _ due: Int64) -> DelayedMessage {
            DelayedMessage(messageID: id, service: service, notBefore: Instant(nanoseconds: due), body: [0, 255, 10])
        }
        let store = try bench.open()
        try store.delay([message("c", "retry-quota", 30), message("b", "retry-quota", 10), message("a", "retry-quota", 30)])
        try store.delay([message("d", "retry-overload", 1), message("b", "retry-quota", 99)])
        store.close()

        let again = try bench.open()
        #expect(try again.delayed(for: "retry-quota").map(\.messageID) == ["b", "a", "c"])
        #expect(try again.delayed(for: "retry-quota").first == message("b", "retry-quota", 10))
        try again.forget(["a", "b", "never there"])
        try again.forget([])
        #expect(try again.delayed(for: "retry-quota").map(\.messageID) == ["c"])
        #expect(try again.delayed(for: "retry-overload").map(\.messageID) == ["d"])
        #expect(try again.delayed(for: "nobody").isEmpty)
    }
}
