/// Defaults that depend on what else a scenario says, written under it as a profile's are.
enum DependentDefaults {
    /// Scores by metric: Beta distributions fitted, by least squares of the distribution function at the
    /// deciles, to an LLM's answers scored against a person's to the same question (2,300 English pairs). The
    /// table of keys has those of `tfidf-cosine`.
    private static let quality = ["jaccard": parsed("{mean: 0.094, spread: 0.063}")]
    private static let recordedLengths = parsed("{distribution: trace}")

    static func applied(to root: YAMLValue) -> YAMLValue {
        guard let entries = root.entries else { return root }
        // They are a model's.
        if let model = root["provider"]?["model"]?.scalar, model != "mock" { return root }
        var defaults: [YAMLValue.Entry] = []
        if let metric = root["pipeline"]?["score"]?["metric"]?.scalar, let quality = quality[metric] {
            defaults.append(.init(key: "quality", keyOrigin: .preset, value: quality))
        }
        if root["traffic"]?["arrivals"]?["process"]?.scalar == "trace", root["provider"]?["tokens"] == nil {
            defaults.append(.init(key: "tokens", keyOrigin: .preset, value: recordedLengths))
        }
        guard !defaults.isEmpty else { return root }
        let provider = YAMLValue(.mapping(defaults), .preset)
        var result = entries
        if let index = result.firstIndex(where: { $0.key == "provider" }) {
            result[index].value = Override.merged(result[index].value, over: provider, as: ProviderKeys.provider)
        } else {
            result.append(.init(key: "provider", keyOrigin: .preset, value: provider))
        }
        return YAMLValue(.mapping(result), root.origin)
    }

    private static func parsed(_ yaml: String) -> YAMLValue {
        var log = DiagnosticLog(file: "defaults")
        guard let value = YAMLReader.read(file: Array(yaml.utf8), log: &log), log.isEmpty else {
            preconditionFailure("a default is not valid YAML: \(log.error())")
        }
        return value.relocated { _ in .preset }
    }
}
