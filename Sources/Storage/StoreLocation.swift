import CLibPQ
import Foundation

/// Which store to open. A value, so that each thread or process can open a connection of its own.
package enum StoreLocation: Sendable, Equatable {
    case sqlite(path: String)
    /// A database by its URL, and whose rows in it are meant.
    case postgres(url: String, run: String)

    /// The parameter of a URL that names the run; it is Crisol's own and the server never sees it.
    private static let runParameter = "crisol_run"
    /// Where nobody named a run.
    package static let defaultRun = "default"

    /// What a person writes: a path, or `postgres://…` (libpq's connection URI), which may end in `crisol_run=NAME`.
    package init(_ text: String) throws(StoreError) {
        func refusal(_ detail: String) -> StoreError {
            // Without what stands before an @, where a password may be.
            StoreError(reason: .badLocation, path: text.split(separator: "@").last.map(String.init) ?? "", action: "use it", detail: detail)
        }
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else {
            if text.isEmpty { throw refusal("it is empty") }
            guard !text.contains("://") else { throw refusal("the scheme is not one of postgres, postgresql") }
            self = .sqlite(path: text)
            return
        }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var run = Self.defaultRun
        var parameters: [Substring] = []
        for parameter in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            if parameter.hasPrefix("\(Self.runParameter)=") {
                run = String(parameter.dropFirst(Self.runParameter.utf8.count + 1))
                guard Self.isRunName(run) else {
                    throw refusal("\(Self.runParameter) must have from 1 to 200 letters, digits and . _ - /, not '\(run)'")
                }
            } else {
                parameters.append(parameter)
            }
        }
        let url = parts[0] + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
        if let problem = Self.parts(of: String(url)).problem { throw refusal(problem) }
        self = .postgres(url: String(url), run: run)
    }

    /// - Parameter lockPatienceMilliseconds: how long a write to an SQLite file waits for another's lock.
    package func open(lockPatienceMilliseconds: Int32 = SQLiteStore.defaultBusyTimeoutMilliseconds) throws(StoreError) -> any Store {
        switch self {
        case .sqlite(let path): try SQLiteStore(path: path, busyTimeoutMilliseconds: lockPatienceMilliseconds)
        case .postgres(let url, let run): try PostgresStore(url: url, place: place, run: run)
        }
    }

    /// The same store for one run among several. An SQLite file has room for one.
    package func named(run: String) -> StoreLocation {
        switch self {
        case .sqlite: self
        case .postgres(let url, _): .postgres(url: url, run: String(run.map { Self.isRunName(String($0)) ? $0 : "-" }.suffix(200)))
        }
    }

    /// nil where the store has no runs.
    package var run: String? {
        switch self {
        case .sqlite: nil
        case .postgres(_, let run): run
        }
    }

    /// What `init(_:)` takes, for a process that is to open the same store. It may hold a password.
    package var argument: String {
        switch self {
        case .sqlite(let path): path
        case .postgres(let url, let run): "\(url)\(url.contains("?") ? "&" : "?")\(Self.runParameter)=\(run)"
        }
    }

    /// The store for people, without a password.
    package var place: String {
        switch self {
        case .sqlite(let path): return path
        case .postgres(let url, _):
            let parts = Self.parts(of: url).values
            let user = parts["user"].map { $0 + "@" } ?? ""
            let port = parts["port"].map { ":" + $0 } ?? ""
            let host = parts["host"] ?? parts["hostaddr"] ?? ""
            return "postgres://\(user)\(host)\(port)/\(parts["dbname"] ?? "")"
        }
    }

    /// A command line for people and files: URLs in it lose their passwords.
    package static func withoutPasswords(_ arguments: [String]) -> [String] {
        arguments.map { argument in
            guard let start = argument.range(of: "postgres://") ?? argument.range(of: "postgresql://") else { return argument }
            guard let store = try? StoreLocation(String(argument[start.lowerBound...])) else { return argument[..<start.upperBound] + "…" }
            return argument[..<start.lowerBound] + store.place
        }
    }

    private static func isRunName(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || "._-/".utf8.contains($0) }
    }

    /// What libpq reads in a URL, or why it does not.
    private static func parts(of url: String) -> (values: [String: String], problem: String?) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            defer { PQfreemem(message) }
            let said = message.map { String(cString: $0) } ?? "it is no connection URI"
            // It may repeat the whole URL, and a password in it.
            return ([:], said.replacing(url, with: "…").split(separator: "\n").joined(separator: "; "))
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return (values, nil)
    }
}

extension StoreLocation: CustomStringConvertible {
    package var description: String { run.map { "\(place), run \($0)" } ?? place }
}
