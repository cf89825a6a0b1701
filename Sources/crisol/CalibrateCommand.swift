import ArgumentParser
import Reporting
import Scenarios
import Scoring
import Workload

/// `crisol calibrate`: what each score threshold would accept and cost, from how answers score.
struct CalibrateCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "calibrate",
            abstract: "Say what each score threshold would accept and cost, and recommend one for a target.",
            discussion: """
                FILE is a scenario (.yaml, .yml) or a table of pairs: CSV, or JSON Lines (.jsonl, .ndjson, .json), with the \
                column of the answers and the column of what they are held against:

                    crisol calibrate scenarios/threshold-tradeoff.yaml --target "calls 1.3"
                    crisol calibrate pairs.csv --answer llm_answer --against human_answer --metric jaccard --target "accept 60%"
                    crisol calibrate pairs.jsonl --answer llm --against person --scenario mine.yaml --out results/threshold

                A table says how answers score; --scenario and --set say the rest (regenerations, on_exhausted, price, \
                retry_correlation; without --scenario the defaults). Of a scenario alone, the scores are those of the corpus's \
                answers against its questions where answers are scored against the question, and those of provider.quality where \
                they are scored against the reference, which itself scores 1; --scores says otherwise. A sweep is left out: its \
                first point counts. Columns of a CSV are named by its first row or numbered from 1; with numbers alone every row \
                is data.

                Targets: \(Calibration.Target.allowed). The highest threshold that achieves it is recommended, in steps of 0.001.

                With bertscore-minilm-l6, pipeline.score.bertscore.idf counts words in a table's column of what answers are held against.

                Exit codes: 1 no threshold achieves a target, 64 wrong usage, 65 bad data, 66 no such file, 74 output cannot be \
                written.
                """)
    }

    enum Source: String, CaseIterable, ExpressibleByArgument { case corpus, quality }

    @Argument(help: "A scenario, or a table of pairs.")
    var file: String

    @Option(help: ArgumentHelp("A table's column with the answers, by name or number.", valueName: "column"))
    var answer: String?

    @Option(help: ArgumentHelp("A table's column with the texts that answers are held against.", valueName: "column"))
    var against: String?

    @Option(help: ArgumentHelp("The scenario that a table's answers are judged by.", valueName: "file"))
    var scenario: String?

    @Option(help: ArgumentHelp("The metric, in place of the scenario's.", valueName: "name"))
    var metric: String?

    @Option(help: "Where a scenario's scores are taken from.")
    var scores: Source?

    @Option(help: ArgumentHelp("Recommend a threshold for this; may be repeated.", valueName: "target"))
    var target: [String] = []

    @Option(name: .customLong("set"), help: ArgumentHelp("Write one key into the scenario; may be repeated.", valueName: "key.path=value"))
    var set: [String] = []

    @Option(help: ArgumentHelp("Write the table by threshold as a CSV.", valueName: "path"))
    var csv: String?

    @Option(help: ArgumentHelp("Folder for calibration.csv and the picture: new or empty.", valueName: "folder"))
    var out: String?

    /// More items of a corpus are not scored: so many of them, evenly spaced, say the same.
    private static let mostItems = 200_000

    private var isScenario: Bool { [".yaml", ".yml"].contains { file.lowercased().hasSuffix($0) } }

    func validate() throws {
        _ = try targets()
        if let metric, Metric(rawValue: metric) == nil {
            let allowed = Metric.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--metric: unknown metric \(metric) (allowed: \(allowed))")
        }
        if isScenario {
            guard answer == nil, against == nil, scenario == nil else {
                throw ValidationError("--answer, --against and --scenario belong to a table of pairs; \(file) is a scenario")
            }
        } else {
            guard answer != nil, against != nil else {
                throw ValidationError("\(file) is a table of pairs (a scenario's name ends in .yaml or .yml): name its columns with --answer and --against")
            }
            guard scores == nil else { throw ValidationError("--scores belongs to a scenario; a table is where the scores come from") }
        }
    }

    func run() throws {
        do {
            let directory = try out.map { try RunDirectory.use($0) }
            let overrides = set + (metric.map { ["pipeline.score.metric=\($0)"] } ?? [])
            let settings = try settings(overrides)
            let (scores, head) = try scored(settings)
            let calibration = Calibration(scores, try .init(settings.scenario))
            let advice = try targets().map { calibration.advice(for: $0.target, written: $0.text) }
            try csv.map { try calibration.write(csvTo: $0) }
            let notes = try directory.map { try calibration.write(to: $0) } ?? []
            try Terminal.show("\(head)\n\n\(calibration.text)" + advice.map { "\n" + Calibration.paragraph($0.text) }.joined())
            for note in notes { Terminal.say(note) }
            if advice.contains(where: { !$0.isMet }) { throw ExitCode(1) }
        } catch {
            throw Failure.exit(error)
        }
    }

    private func settings(_ overrides: [String]) throws(ScenarioError) -> ScenarioFile {
        if isScenario { return try .load(path: file, overrides: overrides) }
        if let scenario { return try .load(path: scenario, overrides: overrides) }
        return try .load(
            text: "name: calibration\nduration: 1m\ntraffic: {arrivals: {process: poisson, rate: 1/s}, corpus: {builtin: true}}\n",
            path: "calibration", overrides: overrides)
    }

    /// How answers score, and a line about what was scored.
    private func scored(_ settings: ScenarioFile) throws -> (Calibration.Scores, head: String) {
        let scoring = settings.scenario.scoring
        let firstPoint = settings.points.count > 1 ? " (first point of its sweep)" : ""
        if let answer, let against {
            let (pairs, report) = try TextPairs.load(path: file, answer: answer, against: against)
            Self.warn(report, file)
            let sample = try Self.sample(pairs.count, by: Scorer(scoring.metric, scoring.bertScore) { (0..<pairs.count).map { pairs[$0].1 } }) { pairs[$0] }
            let judged = scenario.map { ", judged as in \($0)\(firstPoint)" } ?? ""
            return (.measured(sample), "\(pairs.count) pair\(pairs.count == 1 ? "" : "s") of \(file): \(answer) against \(against) by \(scoring.metric.rawValue)\(judged)")
        }
        switch scores ?? (scoring.against == .question ? .corpus : .quality) {
        case .quality:
            try settings.requireModel(for: "how its answers score")
            let quality = settings.scenario.provider.quality
            let name = "\(file)\(firstPoint): scores by provider.quality"
            guard let measured = quality.measured else { return (.modelled(quality), "\(name), a Beta distribution, so without intervals") }
            return (.measured(measured), "\(name), \(measured.values.count) measured scores")
        case .corpus:
            guard scoring.against == .question else {
                Terminal.say(
                    "--scores corpus: \(file) scores answers against the reference, and the corpus's answers are the references themselves; "
                        + "give --set pipeline.score.against=question, or a table of pairs with --scenario \(file)")
                throw ExitCode(64)
            }
            let corpus = try Corpus.load(settings.scenario.traffic.corpus)
            Self.warn(corpus.report, file)
            let count = min(corpus.count, Self.mostItems)
            let sample = try Self.sample(count, by: scoring.scorer(over: corpus)) { index in
                let item = Int(Double(index) * Double(corpus.count) / Double(count))
                return (corpus.reference(item), corpus.question(item))
            }
            let kept = count < corpus.count ? "\(count) of \(corpus.count)" : "\(count)"
            return (.measured(sample), "\(file)\(firstPoint): \(kept) answers of its corpus against their questions by \(scoring.metric.rawValue)")
        }
    }

    private static func sample(_ count: Int, by scorer: Scorer, _ pair: (Int) -> TextPairs.Pair) -> EmpiricalDistribution {
        var scorer = scorer
        let progress = ProgressLine()
        defer { progress.clear() }
        return EmpiricalDistribution((0..<count).map { index in
            progress.show("\(index) of \(count) pairs scored")
            let (answer, against) = pair(index)
            return scorer.score(answer, against: against)
        })
    }

    /// Rows that were left out are named: without them the figures are about fewer pairs than the file has.
    private static func warn(_ report: CorpusReport, _ path: String) {
        guard report.badRows > 0 else { return }
        let rows = report.firstBadRows.prefix(3).map { "\n  line \($0.line): \($0.reason)" }.joined()
        Terminal.say("\(path): \(report.badRows) of \(report.rows) rows are bad and left out\(rows)")
    }

    private func targets() throws(ValidationError) -> [(text: String, target: Calibration.Target)] {
        var list: [(text: String, target: Calibration.Target)] = []
        for text in target {
            guard let target = Calibration.Target(text) else {
                throw ValidationError("--target \(text): allowed are \(Calibration.Target.allowed), with accept above 0% and shares up to 100%")
            }
            list.append((text, target))
        }
        return list
    }
}
