import Workload

extension ScenarioFile {
    /// The scenarios that may differ in what they repeat of a trace: the first, or all points of a sweep over it.
    package var withTheirOwnTraffic: [Scenario] {
        let varies = sweepKeys.contains { $0 == "traffic" || $0 == "warmup" || $0 == "questions" || $0.hasPrefix("traffic.") }
        return varies ? points.map(\.scenario) : [scenario]
    }
}

extension Scenario {
    /// Reads the trace that the scenario repeats; nil where it repeats none.
    /// - Throws: where the trace cannot be read, or is too short for what the scenario asks of it.
    package func recordedTraffic() throws(CorpusError) -> Trace? {
        guard case .trace(let source) = traffic.arrivals else { return nil }
        let trace = try Trace.load(source)
        if let problem = problem(of: trace) {
            throw CorpusError(kind: .badData, path: source.path, description: "traffic.arrivals: \(source.path): \(problem)", report: trace.report)
        }
        return trace
    }

    /// What the length of a trace makes impossible.
    private func problem(of trace: Trace) -> String? {
        if case .questions(let count) = length, count > trace.moments.count {
            return "the trace ends before the run: it has \(trace.moments.count) requests, questions asks for \(count)"
        }
        if warmup >= trace.span {
            return "the trace, \(trace.seconds) at this speed, ends within the warm-up of \(Units.text(of: warmup)): nothing would be measured"
        }
        return nil
    }

    /// When the last question may be expected: a trace ends a run that is meant to go on.
    package var arrivalsEnd: Nanoseconds {
        var end: Nanoseconds
        switch length {
        case .duration(let span): end = span
        case .questions(let count):
            end = traffic.arrivals.expectedSpan(of: Double(count))
            // Stages may end before so many have come.
            if end == .max { end = traffic.arrivals.expectedSpan(of: traffic.arrivals.expectedArrivals(within: 1 << 61) * (1 - 1e-9)) }
        }
        if case .trace(let source) = traffic.arrivals, let trace = try? Trace.load(source) { end = min(end, trace.span + 1) }
        return end
    }

    /// Holds what a recorded popularity asks for against the corpus.
    package func requireItems(_ count: Int) throws(CorpusError) {
        guard case .trace(let source) = traffic.popularity else { return }
        let trace = try Trace.load(source)
        if let problem = trace.problem(ofPromptsAmong: count) {
            throw CorpusError(kind: .badData, path: source.path, description: "traffic.popularity: \(source.path): \(problem)", report: trace.report)
        }
    }

    /// What a reader of the figures must know where arrivals ended before the length asked for; nil where they did not.
    /// `asked`: how many questions came.
    package func endedEarly(asked: Int) -> String? {
        switch length {
        case .questions(let count):
            return asked < count ? "the arrivals ended after \(asked) of \(count) questions" : nil
        case .duration(let span):
            guard case .trace(let source) = traffic.arrivals, let trace = try? Trace.load(source), trace.span < span else { return nil }
            return "the trace ends after \(trace.seconds), before the duration of \(Units.text(of: span)): the run is as long as the trace"
        }
    }
}

extension Trace {
    /// Its span, for people.
    fileprivate var seconds: String { "\(Double(span / 1_000_000) / 1000)s" }
}
