import Foundation
import Glibc
import Measurement

/// What a finished repeat leaves for the report of its run.
package struct RunPart: Sendable, Codable {
    package var result: RunResult
    /// Of the repeat's point: what theory and scenario say of it.
    package var theory: [TheoryFigure]
    package var traffic: [AskedFigure]
    /// What readers of the figures must know beside them.
    package var notes: [String]
    /// Rows of timeseries.csv.
    package var seconds: Int

    /// The result's seconds are kept where they will be drawn only.
    package init(_ result: RunResult, theory: [TheoryFigure] = [], traffic: [AskedFigure] = [], notes: [String] = []) {
        (self.result, self.theory, self.traffic, self.notes) = (RunOutput.trimmed(result), theory, traffic, notes)
        seconds = result.seconds.count
    }

    /// As JSON on a line of its own; the same part gives the same bytes.
    var line: Data { encoded(self) + [UInt8(ascii: "\n")] }

    /// - Throws: where the text is no part's line.
    init(line: Data) throws { self = try RunParts.decoder.decode(RunPart.self, from: line) }
}

/// One of several shares of a sweep: every `count`-th point, so that dear and cheap points mix.
package struct Shard: Sendable, Codable, Equatable, CustomStringConvertible {
    /// From 1.
    package let number: Int
    package let count: Int

    package static let whole = Shard(number: 1, of: 1)!

    package init?(number: Int, of count: Int) {
        guard count >= 1, (1...count).contains(number) else { return nil }
        (self.number, self.count) = (number, count)
    }

    /// `2/4`.
    package init?(_ text: String) {
        let words = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard words.count == 2, let number = words[0], let count = words[1] else { return nil }
        self.init(number: number, of: count)
    }

    package func has(point: Int) -> Bool { point % count == number - 1 }
    package var description: String { "\(number)/\(count)" }
}

/// Finished repeats in a run's folder (`parts/`), each for itself, until the run's files are made of them: what a run that was
/// killed goes on from, and what shards of one sweep are merged from.
///
/// A repeat counts as finished when its result stands there under its name, which happens at one moment, after its rows.
package struct RunParts: Sendable {
    /// What makes parts of two folders parts of one run.
    package struct Plan: Sendable, Codable, Equatable {
        package var version: String
        package var mode: RunIdentity.Mode
        /// The scenario as YAML, overrides written in; loads to the same points.
        package var scenario: String
        package var shard: Shard

        package init(version: String, mode: RunIdentity.Mode, scenario: String, shard: Shard) {
            (self.version, self.mode, self.scenario, self.shard) = (version, mode, scenario, shard)
        }

        /// Why results of the other plan do not belong to this one's; nil where they do.
        package func difference(from other: Plan) -> String? {
            if version != other.version { return "it was begun by Crisol \(other.version), and this is \(version)" }
            if mode != other.mode { return "it was run with --mode \(other.mode.rawValue)" }
            if scenario != other.scenario { return "its scenario is another one, or has other values (\(Self.firstDifference(scenario, other.scenario)))" }
            return nil
        }

        private static func firstDifference(_ ours: String, _ theirs: String) -> String {
            let (ours, theirs) = (ours.split(separator: "\n"), theirs.split(separator: "\n"))
            for (a, b) in zip(ours, theirs) where a != b {
                return "\(b.trimmingCharacters(in: .whitespaces)) there, \(a.trimmingCharacters(in: .whitespaces)) here"
            }
            return ours.count > theirs.count ? "\(ours[theirs.count].trimmingCharacters(in: .whitespaces)) is only here" : "it says more"
        }
    }

    package let folder: String
    package let plan: Plan

    /// Begins an empty collection in a run's folder.
    package static func begin(in run: RunDirectory, _ plan: Plan) throws(OutputError) -> RunParts {
        let parts = RunParts(folder: run.file("parts"), plan: plan)
        guard mkdir(parts.folder, 0o755) == 0 || errno == EEXIST else { throw OutputError(path: parts.folder, what: "cannot be made", errno: errno) }
        try parts.commit(encoded(plan), as: "plan.json")
        return parts
    }

    /// Those of a folder in which a run was begun.
    package init(of run: String) throws(OutputError) {
        folder = "\(run)/parts"
        guard let data = FileManager.default.contents(atPath: "\(folder)/plan.json") else {
            throw OutputError(path: run, unusable: "holds no parts of a run (parts/plan.json); a run that has come to its end keeps none, unless it is a shard")
        }
        guard let plan = try? Self.decoder.decode(Plan.self, from: data) else {
            throw OutputError(path: "\(folder)/plan.json", unusable: "is not a plan of a run")
        }
        self.plan = plan
    }

    private init(folder: String, plan: Plan) { (self.folder, self.plan) = (folder, plan) }

    // MARK: Writing

    /// One repeat's files while it is run. Belongs to one thread.
    package final class Writer {
        private let parts: RunParts
        private let name: String
        private let questions: RowFile?

        fileprivate init(_ parts: RunParts, point: Int, replication: Int, keepsQuestions: Bool) throws(OutputError) {
            self.parts = parts
            name = RunParts.name(point, replication)
            questions = keepsQuestions ? try RowFile(path: "\(parts.folder)/\(name).questions.csv") : nil
        }

        /// Where the repeat's recorder sends its questions; nil where none are kept.
        package func questionSink(_ place: [UInt8]) -> QuestionSink? {
            guard let questions else { return nil }
            return { rows in questions.write(rows, place: place) }
        }

        /// The rows stand on the disk, but the repeat does not count as finished yet.
        package func closeRows(_ result: RunResult) throws(OutputError) {
            try questions?.close()
            let seconds = try OutputFile(path: "\(parts.folder)/\(name).timeseries.csv")
            for (number, second) in result.seconds.enumerated() {
                try seconds.write { ResultFiles.timeseriesRow(second, number: number, of: result, into: &$0) }
            }
            try seconds.close()
        }

        /// From here on the repeat counts as finished.
        package func finish(_ part: RunPart) throws(OutputError) { try parts.commit(part.line, as: "\(name).json") }
    }

    package func writer(point: Int, replication: Int, keepsQuestions: Bool) throws(OutputError) -> Writer {
        try Writer(self, point: point, replication: replication, keepsQuestions: keepsQuestions)
    }

    // MARK: Reading

    /// The finished repeat, without its rows; nil where it is not finished.
    package func part(point: Int, replication: Int) throws(OutputError) -> RunPart? {
        let path = "\(folder)/\(Self.name(point, replication)).json"
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        guard let part = try? RunPart(line: data), part.result.identity.point == point,
            part.result.identity.replication == replication
        else { throw OutputError(path: path, unusable: "is damaged; take the file away to have the repeat run again") }
        return part
    }

    /// Whether the repeat is finished.
    package func has(point: Int, replication: Int) -> Bool { access("\(folder)/\(Self.name(point, replication)).json", F_OK) == 0 }

    func questionsFile(point: Int, replication: Int) -> String { "\(folder)/\(Self.name(point, replication)).questions.csv" }
    func timeseriesFile(point: Int, replication: Int) -> String { "\(folder)/\(Self.name(point, replication)).timeseries.csv" }

    func file(point: Int, replication: Int) -> String { "\(folder)/\(Self.name(point, replication)).json" }

    /// Takes the parts away: the run's files have it all.
    package func discard() { try? FileManager.default.removeItem(atPath: folder) }

    // MARK: Files

    private static func name(_ point: Int, _ replication: Int) -> String { "\(point)-\(replication)" }

    /// Writes a whole file, which is there under its name at one moment.
    private func commit(_ data: Data, as name: String) throws(OutputError) {
        let path = "\(folder)/\(name)"
        let file = try OutputFile(path: "\(path).new")
        try file.write { $0.append(contentsOf: data) }
        try file.close()
        guard rename("\(path).new", path) == 0 else { throw OutputError(path: path, what: "cannot be written", errno: errno) }
    }

    fileprivate static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}

private func encoded(_ value: some Encodable) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    // Nothing in these types can fail to be encoded.
    return try! encoder.encode(value)
}
