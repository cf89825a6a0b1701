import Glibc

/// A scenario file as loaded: the scenario, or the points of its sweep.
package struct ScenarioFile: Sendable {
    /// The path as it was given.
    package let path: String
    /// The scenario of the first point (without a sweep: of the file).
    package let scenario: Scenario
    /// Dotted keys, in the file's order; empty without a sweep.
    package let sweepKeys: [String]
    /// One without a sweep. All were validated when the file was loaded.
    package let points: Points
    /// What loads to the same points again, wherever the overrides came from. Without a sweep it has every
    /// default filled in; with one it has what was written, and each point's `resolved` has the defaults
    /// (written out beside a sweep, defaults would outdo a swept profile or process). Paths in it are
    /// relative to the working folder, as in `--set`.
    package let resolved: YAMLValue

    /// One cell of the sweep.
    package struct Point: Sendable {
        /// From 0; the first key varies slowest.
        package let index: Int
        /// The swept keys with this point's values as text, in the order of `sweepKeys`.
        package let values: [(key: String, text: String)]
        package let scenario: Scenario
        /// The point's scenario as YAML, every default filled in, without the sweep; loads to the same scenario.
        package let resolved: YAMLValue
    }

    /// The points, each made when it is asked for: a sweep of 100,000 points is as small as its file.
    package struct Points: RandomAccessCollection, Sendable {
        let grid: SweepGrid
        let source: ScenarioSource

        package var startIndex: Int { 0 }
        package var endIndex: Int { grid.count }
        package subscript(index: Int) -> Point {
            var log = DiagnosticLog(file: source.path)
            guard let validated = source.validated(grid.values(at: index), existingFiles: false, log: &log) else {
                preconditionFailure("point \(index) was good when the file was loaded: \(log.error())")
            }
            return Point(
                index: index, values: grid.texts(at: index), scenario: ScenarioBuilder.scenario(ScenarioValues(validated)),
                resolved: validated)
        }
    }

    /// Reads a file, writes `key.path=value` overrides into it, and checks everything.
    /// - Throws: everything that is wrong, at once.
    package static func load(
        path: String, overrides: [String] = [], seed: UInt64? = nil, repeats: Int? = nil
    ) throws(ScenarioError) -> ScenarioFile {
        var log = DiagnosticLog(file: path)
        guard let bytes = readFile(path, limit: YAMLReader.maximumBytes, log: &log) else { throw log.error() }
        return try load(bytes: bytes, path: path, overrides: overrides, seed: seed, repeats: repeats)
    }

    /// As above, from text; `path` is the name in messages and the place that files are relative to.
    package static func load(
        text: String, path: String = "scenario.yaml", overrides: [String] = [], seed: UInt64? = nil, repeats: Int? = nil
    ) throws(ScenarioError) -> ScenarioFile {
        try load(bytes: Array(text.utf8), path: path, overrides: overrides, seed: seed, repeats: repeats)
    }

    package static func load(
        bytes: [UInt8], path: String, overrides: [String], seed: UInt64?, repeats: Int?
    ) throws(ScenarioError) -> ScenarioFile {
        var log = DiagnosticLog(file: path)
        guard var root = YAMLReader.read(file: bytes, log: &log) else { throw log.error() }
        guard root.entries != nil else {
            log.report(root.origin, "", "the file must be a mapping of keys such as name, duration and traffic" + Hint.text(seen: root.shown))
            throw log.error()
        }
        root = ScenarioSource.anchored(root, as: .block(ScenarioKeys.root), folder: folder(of: path))
        write(overrides, seed: seed, repeats: repeats, into: &root, log: &log)
        let grid = SweepGrid(root["sweep"], log: &log)
        let source = ScenarioSource(path: path, root: root)
        guard let grid else {
            // The sweep is wrong; what else is wrong with the file is said all the same.
            _ = source.validated([], existingFiles: true, log: &log)
            throw log.error()
        }
        guard let first = source.checkAll(grid, log: &log), log.isEmpty else { throw log.error() }
        return ScenarioFile(
            path: path, scenario: ScenarioBuilder.scenario(ScenarioValues(first)), sweepKeys: grid.keys,
            points: Points(grid: grid, source: source), resolved: grid.keys.isEmpty ? first : root)
    }

    /// Refuses what needs a model of the provider where a point has a real LLM.
    /// - Parameter purpose: what the model is needed for, such as `a simulation`.
    package func requireModel(for purpose: String) throws(ScenarioError) {
        guard let server = points.lazy.compactMap(\.scenario.server).first(where: { $0.kind != .mock }) else { return }
        var log = DiagnosticLog(file: path)
        log.add(Diagnostic(
            file: path, origin: .preset, path: "provider.model",
            message: "\(purpose) needs a model of the provider, and \(server.kind.rawValue) is a real one"
                + Hint.text(seen: server.kind.rawValue, allowed: "mock, or --mode live"), exitCode: 65))
        throw log.error()
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func write(_ overrides: [String], seed: UInt64?, repeats: Int?, into root: inout YAMLValue, log: inout DiagnosticLog) {
        for (number, text) in overrides.enumerated() {
            let option = "--set \(number + 1)"
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                log.report(
                    .option(option), "", "must be key.path=value" + Hint.text(seen: Hint.shown(text), allowed: "such as pipeline.cache.policy=fifo"),
                    exitCode: 64)
                continue
            }
            let path = String(text[..<equals])
            guard let value = YAMLReader.read(option: String(text[text.index(after: equals)...]), name: option, path: path, log: &log) else { continue }
            _ = Override.write(value, at: path, into: &root, log: &log)
        }
        if let seed { _ = Override.write(.plain("\(seed)", .option("--seed")), at: "seed", into: &root, log: &log) }
        if let repeats { _ = Override.write(.plain("\(repeats)", .option("--repeats")), at: "repeats", into: &root, log: &log) }
    }

    private static func readFile(_ path: String, limit: Int, log: inout DiagnosticLog) -> [UInt8]? {
        func failed(_ problem: String, _ exitCode: Int32) -> [UInt8]? {
            log.add(Diagnostic(file: path, origin: .preset, path: "", message: problem, exitCode: exitCode))
            return nil
        }
        switch ScenarioSource.state(of: path) {
        case .there: break
        case .missing: return failed("there is no such file", 66)
        case .folder: return failed("is a folder, not a scenario file", 66)
        case .unreadable: return failed("the file cannot be read", 66)
        }
        guard let file = fopen(path, "rb") else { return failed("the file cannot be read: \(String(cString: strerror(errno)))", 66) }
        defer { fclose(file) }
        // One byte more than is allowed shows that there are more.
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { return failed("the file cannot be read: \(String(cString: strerror(errno)))", 66) }
        guard count <= limit else { return failed("the file is too large for a scenario" + Hint.text(allowed: "up to \(limit) bytes"), 65) }
        return Array(bytes[..<count])
    }
}
