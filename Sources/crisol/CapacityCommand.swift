import ArgumentParser
import Measurement
import Reporting
import Scenarios
import Simulation
import Workload

/// `crisol capacity`: the highest load, or the fewest of something, at which an objective is met.
struct CapacityCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "capacity",
            abstract: "Find the highest arrival rate, or the fewest workers or partitions, that meet an objective.",
            discussion: """
                    crisol capacity scenario.yaml --slo "p95(latency) < 5s" --slo "answered_ratio > 99%"
                    crisol capacity scenario.yaml --slo "p95(latency) < 5s" --find pipeline.workers.llm --to 64

                Simulates the scenario at one value after another: doubling and halving bracket the answer, bisection narrows \
                it down to --tolerance. All values meet the same repeats of the same seed, so that they differ in nothing else. \
                A value meets the objective when the upper end of its one-sided Student-t interval does, and misses it \
                when the lower end does not; in between it is repeated more often, up to --max-repeats. The probability of a \
                wrong verdict is 5 % at most, shared out among the looks and the checks.

                Where a queue grows, questions are rejected or given up, or the LLM workers are always busy, the pipeline is \
                saturated: the length of the run decides its latencies, and none are given.

                An objective is a check as in the scenario's checks: METRIC OP VALUE, or FUNCTION(METRIC) OP VALUE. Without \
                --slo those of the scenario count. Prints a table of what was tried and the answer in a sentence.

                Exit codes: 0 found; 1 nothing within the bounds meets the objective; 2 interrupted, or a repeat is invalid; \
                64 wrong usage; 65 bad scenario or data; 66 no such file; 70 a question was lost; 74 output cannot be written.
                """)
    }

    @Argument(help: "The scenario file, without a sweep.")
    var file: String

    @Option(help: ArgumentHelp("What must hold; may be repeated. (default: the scenario's checks)", valueName: "check"))
    var slo: [String] = []

    @Option(help: ArgumentHelp("rate: the highest traffic.arrivals.rate. A key with a whole number, such as pipeline.workers.llm: the smallest that does.", valueName: "key"))
    var find = "rate"

    @Option(help: ArgumentHelp("The lowest value to try. (default: a thousandth of the scenario's rate; the smallest number allowed)", valueName: "value"))
    var from: String?

    @Option(help: ArgumentHelp("The highest value to try. (default: a thousand times the scenario's rate; 1024)", valueName: "value"))
    var to: String?

    @Option(help: ArgumentHelp("How far apart the rates may lie between which the answer is.", valueName: "share"))
    var tolerance = "1%"

    @Option(help: "Repeats of each value at first. (default: the scenario's, at least 5)")
    var repeats: Int?

    @Option(help: "Repeats of a value that is not decided, at most. (default: four times --repeats)")
    var maxRepeats: Int?

    @Option(name: .customLong("set"), help: ArgumentHelp("Write one key before validation; may be repeated.", valueName: "key.path=value"))
    var set: [String] = []

    @Option(help: "The seed, in place of the scenario's.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("A file for what was tried, a row for each value and check.", valueName: "file"))
    var csv: String?

    func validate() throws {
        _ = try share()
        _ = try searchKey()
        _ = try slo.map(Self.check)
        if let repeats, !(2...10_000).contains(repeats) { throw ValidationError("--repeats must be from 2 to 10000, not \(repeats): one repeat has no interval") }
        if let maxRepeats, !(2...10_000).contains(maxRepeats) { throw ValidationError("--max-repeats must be from 2 to 10000, not \(maxRepeats)") }
        if let repeats, let maxRepeats, maxRepeats < repeats { throw ValidationError("--max-repeats must not be below --repeats: \(maxRepeats) and \(repeats)") }
    }

    func run() throws {
        Interruption.watch()
        do {
            let (report, notes) = try search()
            if let csv { try report.write(to: csv) }
            try Terminal.show(report.text)
            for note in notes { Terminal.say(note) }
            if !report.isMet { throw ExitCode(1) }
        } catch let problem as CapacityProbing.Problem {
            throw Failure.exit(ServiceEnded(reason: "\(file): \(problem.description)", exitCode: problem.exitCode))
        } catch let error as ValidationError {
            Self.exit(withError: error)
        } catch {
            throw Failure.exit(error)
        }
    }

    private func search() throws -> (CapacityReport, notes: [String]) {
        let loaded = try ScenarioFile.load(path: file, overrides: set, seed: seed)
        try loaded.requireModel(for: "a search for the capacity")
        if let swept = loaded.sweepKeys.first {
            throw ServiceEnded(reason: "\(file): sweep: a search varies one key of one scenario, and this one sweeps \(swept): take the sweep out, such as by --set 'sweep={}'", exitCode: 65)
        }
        for scenario in loaded.withTheirOwnTraffic { _ = try scenario.recordedTraffic() }
        let checks = slo.isEmpty ? loaded.scenario.checks : try slo.map(Self.check)
        guard !checks.isEmpty else { throw ValidationError("give an objective, such as --slo 'p95(latency) < 5s': the scenario has no checks") }
        let key = try searchKey()
        let (bounds, start) = try bounds(of: key, in: loaded.scenario)

        var known: (source: CorpusSource, corpus: Corpus)?
        func corpus(_ scenario: Scenario) throws -> Corpus {
            let source = scenario.traffic.corpus
            if let known, known.source == source { return known.corpus }
            let corpus = try Corpus.load(source)
            try scenario.requireItems(corpus.count)
            known = (source, corpus)
            return corpus
        }
        func scenario(_ value: Double) throws -> Scenario {
            try ScenarioFile.load(path: file, overrides: set + ["\(key.path)=\(key.text(value))"], seed: seed).scenario
        }
        let first = repeats ?? min(max(5, loaded.scenario.stopping?.atLeast ?? loaded.scenario.repeats), maxRepeats ?? .max)
        let probing = CapacityProbing(checks, repeats: first, mostRepeats: max(first, maxRepeats ?? min(4 * first, 10_000)), scenario: scenario)
        let progress = ProgressLine()
        defer { progress.clear() }
        var tried = 0
        let capacity = try CapacitySearch(key.kind, bounds: bounds, start: start, tolerance: try share()).run { value in
            tried += 1
            progress.show("\(loaded.scenario.name): \(key.path) = \(key.text(value)), number \(tried)")
            return try probing.probe(value, named: "\(key.path) = \(key.text(value))", corpus: corpus, isInterrupted: { Interruption.isAsked })
        }
        let report = try CapacityReport(capacity, key: key, level: probing.level, bounds: bounds) { value in
            let scenario = try scenario(value)
            return (scenario, Explanation(scenario, corpus: try corpus(scenario)))
        }
        let live = loaded.scenario.liveFaults.isEmpty ? [] : ["the search simulates, and leaves out the faults that only a live run has"]
        return (report, live)
    }

    // MARK: Arguments

    private static func check(_ text: String) throws -> Check {
        do throws(Check.Problem) { return try Check(text) } catch { throw ValidationError("--slo: \(error.message)") }
    }

    private func searchKey() throws -> SearchKey {
        do throws(SearchKey.Problem) { return try SearchKey(find) } catch { throw ValidationError("--find: \(error.description)") }
    }

    private func share() throws -> Double {
        let isPercent = tolerance.hasSuffix("%")
        guard let number = Double(isPercent ? String(tolerance.dropLast()) : tolerance), case let share = isPercent ? number / 100 : number, (0.001...0.5).contains(share) else {
            throw ValidationError("--tolerance must be a share from 0.1% to 50%, not \(tolerance)")
        }
        return share
    }

    /// The values to try, and the first of them.
    private func bounds(of key: SearchKey, in scenario: Scenario) throws -> (ClosedRange<Double>, start: Double) {
        func value(_ text: String, _ option: String) throws -> Double {
            guard let value = key.value(text) else { throw ValidationError("\(option) must be \(key.form), not \(text)") }
            return value
        }
        let own: Double
        do throws(SearchKey.Problem) { own = try key.start(in: scenario) } catch {
            throw ServiceEnded(reason: "\(file): traffic.arrivals: \(error.description)", exitCode: 65)
        }
        let low: Double, high: Double
        switch key.kind {
        case .rate:
            low = try from.map { try value($0, "--from") } ?? min(own, try to.map { try value($0, "--to") } ?? own) / 1000
            high = try to.map { try value($0, "--to") } ?? max(own, low) * 1000
        case .count(let range):
            low = try from.map { try value($0, "--from") } ?? own
            high = try to.map { try value($0, "--to") } ?? Double(min(range.upperBound, Int(max(1024, low))))
        }
        guard low <= high else { throw ValidationError("--from must not be above --to: \(key.text(low)) and \(key.text(high))") }
        return (low...high, min(max(own, low), high))
    }
}
