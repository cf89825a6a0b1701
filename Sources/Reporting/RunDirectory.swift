import Foundation
import Glibc
import Workload

/// The folder that one run writes into.
package struct RunDirectory: Sendable, Equatable {
    package let path: String
    /// The folders that did not exist before, outermost first.
    private let made: [String]

    /// Makes `<results>/<scenario>/<yyyymmdd-hhmmss>-<seed>/`, with a number behind it where that is taken
    /// by another run of the same second.
    package static func create(
        under results: String, scenario: String, seed: UInt64, startedAt unixNanoseconds: Int64
    ) throws(OutputError) -> RunDirectory {
        let digits = UTC.text(unixNanoseconds: unixNanoseconds).prefix(19).filter(\.isNumber)
        let name = "\(results)/\(folderName(of: scenario))/\(digits.prefix(8))-\(digits.suffix(6))-\(seed)"
        for attempt in 1...100 {
            let path = attempt == 1 ? name : "\(name)-\(attempt)"
            let made = try makeFolders(path)
            if !made.isEmpty { return try RunDirectory(prepared: path, made: made) }
        }
        throw OutputError(path: name, unusable: "exists, and so do 99 folders like it; give --out a new folder")
    }

    /// Takes the folder that the user named: it must be new or empty.
    package static func use(_ out: String) throws(OutputError) -> RunDirectory {
        let path = out.count > 1 && out.hasSuffix("/") ? String(out.dropLast()) : out
        let made = try makeFolders(path)
        if made.isEmpty {
            var status = stat()
            guard stat(path, &status) == 0 else { throw OutputError(path: path, what: "cannot be looked at", errno: errno) }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw OutputError(path: path, unusable: "is not a folder; --out takes a new or an empty folder")
            }
            guard try isEmpty(path) else {
                throw OutputError(path: path, unusable: "is not empty; --out takes a new or an empty folder, so that no run overwrites another")
            }
        }
        return try RunDirectory(prepared: path, made: made)
    }

    /// Takes a folder in which a run was begun; nil where it is new or empty.
    package static func reopen(_ path: String) throws(OutputError) -> RunDirectory? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, try !isEmpty(path) else { return nil }
        return try RunDirectory(prepared: path, made: [])
    }

    private init(prepared path: String, made: [String]) throws(OutputError) {
        self.path = path
        self.made = made
        _ = try Self.makeFolders("\(path)/plots")
    }

    /// Takes everything away that the run has brought: the folder was new or empty before. What cannot be
    /// taken away stays.
    package func discard() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            try? FileManager.default.removeItem(atPath: file(name))
        }
        for folder in made.reversed() { rmdir(folder) }
    }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// A scenario's name with everything replaced that could lead out of the results folder.
    package static func folderName(of scenario: String) -> String {
        let name = String(scenario.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" })
        return name.isEmpty || name.allSatisfy { $0 == "." } ? "scenario" : name
    }

    /// Makes a folder and those above it; the ones that were not there before, outermost first.
    private static func makeFolders(_ path: String) throws(OutputError) -> [String] {
        if mkdir(path, 0o755) == 0 { return [path] }
        switch errno {
        case EEXIST:
            return []
        case ENOENT:
            guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
                throw OutputError(path: path, what: "cannot be made", errno: ENOENT)
            }
            let above = try makeFolders(String(path[..<slash]))
            if mkdir(path, 0o755) == 0 { return above + [path] }
            if errno == EEXIST { return above }
            throw OutputError(path: path, what: "cannot be made", errno: errno)
        default:
            throw OutputError(path: path, what: "cannot be made", errno: errno)
        }
    }

    private static func isEmpty(_ path: String) throws(OutputError) -> Bool {
        guard let folder = opendir(path) else { throw OutputError(path: path, what: "cannot be read", errno: errno) }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { return false }
        }
        return true
    }
}
