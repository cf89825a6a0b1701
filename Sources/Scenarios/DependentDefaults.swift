import Workload

/// Defaults that depend on what else a scenario says, written under it as a profile's are.
enum DependentDefaults {
    /// Scores by metric: Beta distributions fitted, by least squares of the distribution function at the
    /// deciles, to an LLM's answers scored against a person's to the same question (2,300 English pairs). The
    /// table of keys has those of `tfidf-cosine`.
    private static let quality = [
        "jaccard": parsed("{mean: 0.094, spread: 0.063}"),
        // The F1, not rescaled.
        "bertscore-minilm-l6": parsed("{mean: 0.438, spread: 0.155}"),
    ]
    private static let recordedLengths = parsed("{distribution: trace}")

    /// What a processor takes to score an answer of 60 tokens against a reference of as many by BERTScore; against a
    /// reference whose vectors are kept, as a regeneration's are, half of it would do.
    static let bertScoreTime = "20ms"
    /// The mean time from an answer being in its topic to the judge's beginning to score it, by way of Flink, less
    /// `pipeline.judge.batch.delay`, which an answer waits besides.
    static let throughFlink = "20ms"

    static func applied(to root: YAMLValue) -> YAMLValue {
        written(simulation(of: root), at: "simulation", as: ScenarioKeys.simulation, under: written(provider(of: root), at: "provider", as: ProviderKeys.provider, under: root))
    }

    private static func provider(of root: YAMLValue) -> [(String, YAMLValue)] {
        // They are a model's.
        if let model = root["provider"]?["model"]?.scalar, model != "mock" { return [] }
        var defaults: [(String, YAMLValue)] = []
        if let metric = root["pipeline"]?["score"]?["metric"]?.scalar, let quality = quality[metric] { defaults.append(("quality", quality)) }
        if root["traffic"]?["arrivals"]?["process"]?.scalar == "trace", root["provider"]?["tokens"] == nil {
            defaults.append(("tokens", recordedLengths))
        }
        return defaults
    }

    private static func simulation(of root: YAMLValue) -> [(String, YAMLValue)] {
        var defaults: [(String, YAMLValue)] = []
        if root["pipeline"]?["score"]?["metric"]?.scalar == "bertscore-minilm-l6" { defaults.append(("scoring_time", .plain(bertScoreTime))) }
        if let judge = root["pipeline"]?["judge"], judge["engine"]?.scalar == Scenario.Judge.Engine.flink.rawValue {
            // One that cannot be read is told at its own key.
            let wait = judge["batch"]?["delay"]?.scalar.flatMap { Units.duration($0) } ?? Scenario.Judge.usual.batch.delay
            let longest = Units.longestDuration
            defaults.append(("batch_delay", .plain(Units.text(of: min(longest, Units.duration(throughFlink)! + min(longest, max(0, wait)))))))
        }
        return defaults
    }

    /// A block's defaults below what the scenario says of it.
    private static func written(_ defaults: [(String, YAMLValue)], at name: String, as block: Block, under root: YAMLValue) -> YAMLValue {
        guard !defaults.isEmpty, var entries = root.entries else { return root }
        let value = YAMLValue(.mapping(defaults.map { .init(key: $0.0, keyOrigin: .preset, value: $0.1) }), .preset)
        if let index = entries.firstIndex(where: { $0.key == name }) {
            entries[index].value = Override.merged(entries[index].value, over: value, as: block)
        } else {
            entries.append(.init(key: name, keyOrigin: .preset, value: value))
        }
        return YAMLValue(.mapping(entries), root.origin)
    }

    private static func parsed(_ yaml: String) -> YAMLValue {
        var log = DiagnosticLog(file: "defaults")
        guard let value = YAMLReader.read(file: Array(yaml.utf8), log: &log), log.isEmpty else {
            preconditionFailure("a default is not valid YAML: \(log.error())")
        }
        return value.relocated { _ in .preset }
    }
}
