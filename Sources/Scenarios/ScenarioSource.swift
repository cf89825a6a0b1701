import Glibc

/// A scenario's YAML before a point's values are written into it.
struct ScenarioSource: Sendable {
    let path: String
    let root: YAMLValue

    /// The whole scenario with a point's values and every default; nil where something is wrong.
    func validated(_ values: [(key: String, value: YAMLValue)], existingFiles: Bool, log: inout DiagnosticLog) -> YAMLValue? {
        var written = root
        for (key, value) in values where !Override.write(value, at: key, into: &written, log: &log) { return nil }
        // A point is one scenario: it has no sweep of its own.
        if !values.isEmpty, var entries = written.entries {
            entries.removeAll { $0.key == "sweep" }
            written = YAMLValue(.mapping(entries), written.origin)
        }
        written = DependentDefaults.applied(to: Profile.applied(to: written))
        let state: (String) -> Validation.FileState = existingFiles ? { Self.state(of: $0) } : { _ in .there }
        var validation = Validation(log: log, fileExists: state)
        let result = validation.validated(written, as: .block(ScenarioKeys.root), path: "")
        if let result { CrossChecks.run(result, written: written, log: &validation.log) }
        log = validation.log
        return log.isEmpty ? result : nil
    }

    /// Validates every point; the first point's scenario, or nil where any point is wrong.
    func checkAll(_ grid: SweepGrid, log: inout DiagnosticLog) -> YAMLValue? {
        var first: YAMLValue?
        var alone = DiagnosticLog(file: path)
        /// Places where a clash with swept values has been told: the first point that meets it is enough.
        var told: [(origin: Origin, path: String)] = []
        if !grid.keys.isEmpty { _ = validated([], existingFiles: true, log: &alone) }
        for index in 0..<grid.count {
            var pointLog = DiagnosticLog(file: path)
            let result = validated(grid.values(at: index), existingFiles: true, log: &pointLog)
            if index == 0 { first = result }
            for diagnostic in pointLog.diagnostics {
                var diagnostic = diagnostic
                // What is wrong with the file by itself, or names the swept value, needs no more words.
                if case .sweep = diagnostic.origin {} else if !grid.keys.isEmpty, !alone.contains(diagnostic) {
                    if told.contains(where: { $0.origin == diagnostic.origin && $0.path == diagnostic.path }) { continue }
                    told.append((diagnostic.origin, diagnostic.path))
                    let at = grid.texts(at: index).map { "\($0.key)=\(Hint.shown($0.text))" }.joined(separator: ", ")
                    diagnostic.message += " at point \(index) of the sweep: \(at)"
                }
                log.add(diagnostic)
            }
            log.addDropped(of: pointLog)
            if log.diagnostics.count >= DiagnosticLog.limit { break }
        }
        return first
    }

    /// The value with the files that it names in a scenario file made relative to the working folder.
    static func anchored(_ value: YAMLValue, as type: ValueType, folder: String) -> YAMLValue {
        guard folder != "", folder != "." else { return value }
        switch (type, value.content) {
        case (.file, .scalar(let text, _)) where !text.isEmpty && !text.hasPrefix("/"):
            return YAMLValue(.scalar(folder == "/" ? "/\(text)" : "\(folder)/\(text)", plain: false), value.origin)
        case (.list(let item, _), .list(let items)):
            return YAMLValue(.list(items.map { anchored($0, as: item, folder: folder) }), value.origin)
        case (.block(let block), .mapping(var entries)):
            for index in entries.indices {
                guard let key = block.key(named: entries[index].key) else { continue }
                entries[index].value = anchored(entries[index].value, as: key.type, folder: folder)
            }
            return YAMLValue(.mapping(entries), value.origin)
        case (.sweep, .mapping(var entries)):
            for index in entries.indices {
                if entries[index].key == SweepGrid.zip {
                    entries[index].value = anchored(entries[index].value, as: entries[index].value.list == nil ? type : .list(type, minimum: 1), folder: folder)
                    continue
                }
                let steps = entries[index].key.split(separator: ".").map(String.init)
                guard case .key(let key, _) = ScenarioKeys.root.target(of: steps) else { continue }
                entries[index].value = anchored(entries[index].value, as: .list(key.type, minimum: 1), folder: folder)
            }
            return YAMLValue(.mapping(entries), value.origin)
        default: return value
        }
    }

    static func state(of path: String) -> Validation.FileState {
        var status = stat()
        guard stat(path, &status) == 0 else { return errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable }
        if status.st_mode & S_IFMT == S_IFDIR { return .folder }
        return access(path, R_OK) == 0 ? .there : .unreadable
    }
}
