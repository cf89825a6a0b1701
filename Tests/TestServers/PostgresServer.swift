import Foundation
import Synchronization

/// A throwaway PostgreSQL of the tests' own, started by scripts/postgres on a socket in a temporary folder.
///
/// It ends with its owner; should that not come to it, by itself some minutes later.
package final class PostgresServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        /// There is no PostgreSQL on this machine.
        package let isMissing: Bool
    }

    /// One for all tests of this process that do not stop it, or why there is none.
    package static let shared: Result<PostgresServer, Failure> = {
        let server = Result { () throws(Failure) in try PostgresServer() }
        // No test is the last one that knows of being so.
        atexit { if case .success(let server) = PostgresServer.shared { server.remove() } }
        return server
    }()

    /// False only where PostgreSQL cannot be had; what else goes wrong is a test's failure.
    package static let isAvailable: Bool = {
        if case .failure(let failure) = shared { return !failure.isMissing }
        return true
    }()

    /// The URL of its database `postgres`.
    package let url: String
    private let folder: String

    package init() throws(Failure) {
        folder = NSTemporaryDirectory() + "crisol-pg-\(UUID().uuidString.prefix(8))"
        // What the server promises to survive is not put to the test by a power cut here.
        url = try Self.script(["start", folder, "--minutes", "15", "-c", "fsync=off"])
    }

    package func start() throws(Failure) { _ = try Self.script(["start", folder, "--minutes", "15", "-c", "fsync=off"]) }
    /// As a crash would.
    package func stop() throws(Failure) { _ = try Self.script(["stop", folder, "--immediate"]) }
    package func remove() { _ = try? Self.script(["stop", folder, "--immediate", "--remove"]) }

    /// A new empty database; its URL.
    package func database(options: String = "") throws(Failure) -> String {
        let name = "d" + UUID().uuidString.lowercased().filter { $0 != "-" }
        _ = try Self.psql(url, "CREATE DATABASE \(name) \(options)")
        return url.replacingOccurrences(of: "///postgres?", with: "///\(name)?")
    }

    /// What psql, a process of its own, answers: rows on lines, columns parted by bars.
    package static func psql(_ url: String, _ sql: String) throws(Failure) -> String {
        try run("/usr/bin/env", ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, url])
    }

    private static func script(_ arguments: [String]) throws(Failure) -> String {
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try run(checkout.appending(path: "scripts/postgres").path, arguments)
    }

    private static func run(_ program: String, _ arguments: [String]) throws(Failure) -> String {
        let ended: (code: Int32, output: String, errors: String)
        do {
            ended = try Command.run(program, arguments)
        } catch {
            throw Failure(description: "\(program): \(error)", isMissing: false)
        }
        guard ended.code == 0 else {
            throw Failure(
                description: "\(program) \(arguments): \(ended.errors)", isMissing: ended.errors.contains("there is no PostgreSQL server here"))
        }
        return ended.output.trimmingCharacters(in: .newlines)
    }
}
