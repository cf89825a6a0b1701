/// What of an original has something else in its place here, for readers of a report.
package struct ProfileStandIns: Equatable, Sendable {
    package var store: String?

    init(store: String? = nil) { self.store = store }

    /// Of the profile with this name; nil where there is none.
    package init?(ofProfile name: String) {
        guard let profile = Profile.all.first(where: { $0.name == name }) else { return nil }
        self = profile.standIns
    }
}

/// A known system's settings, as defaults of everything under `pipeline`, and of what it takes the
/// provider's statuses to mean.
///
/// Where the original is silent or contradicts itself the choice is ours; the scenario of the same name
/// in scenarios/profiles says which.
struct Profile: Sendable {
    let name: String
    /// YAML of what the profile sets below `pipeline`.
    let yaml: String
    /// `provider.classify` as YAML, where it differs from the default.
    var classify: String?
    /// What the original has in the place of the store that the scenario names.
    var standIns = ProfileStandIns()

    static let all = [jaccardDLQ, tfidfAccept, bertscoreBest, bertscoreFlink, cosineFeedback]
    static var names: [String] { all.map(\.name) }

    private static let jaccardDLQ = Profile(
        name: "jaccard-dlq",
        yaml: """
            cache: {policy: none, coalesce: false}
            store: {engine: sqlite, lookup: true}
            score: {metric: jaccard, against: question, threshold: 0.62, max_regenerations: 1, on_exhausted: dead_letter}
            retry:
              overload: {backoff: exponential, base: 1s, factor: 2, max_retries: 3, honor_retry_after: false}
              quota: {backoff: exponential, base: 1s, factor: 2, max_retries: 3, honor_retry_after: false}
            workers: {llm: 1}
            judge: {engine: native}
            topics:
              questions: preguntas
              llm-requests: llm.requests
              llm-responses: llm_respuestas
              errors-overload: llm_errors
              errors-quota: llm_errors
              regeneration-requests: preguntas.retry
              validated-responses: resultados_validados
              low-quality-responses: none
              dead-letters: dlq
            """, standIns: .init(store: "PostgreSQL"))

    private static let tfidfAccept = Profile(
        name: "tfidf-accept",
        yaml: """
            cache: {policy: lru, capacity: 1024, ttl: 3600s, coalesce: false}
            store: {engine: sqlite, lookup: true}
            score: {metric: tfidf-cosine, against: reference, threshold: 0.65, max_regenerations: 2, on_exhausted: accept_last}
            retry:
              overload: {backoff: exponential, base: 1s, factor: 2, cap: 30s, max_retries: 5, honor_retry_after: false}
              quota: {backoff: exponential, base: 1s, factor: 2, cap: 30s, max_retries: 5, honor_retry_after: false}
            workers: {llm: 1}
            judge: {engine: native}
            topics:
              questions: questions_in
              llm-requests: llm_requests
              llm-responses: llm_responses
              errors-overload: llm_errors
              errors-quota: llm_errors
              regeneration-requests: regeneration_requests
              validated-responses: validated_responses
              low-quality-responses: none
              dead-letters: dead_letters
            """, standIns: .init(store: "PostgreSQL"))

    private static let bertscoreBest = Profile(
        name: "bertscore-best",
        yaml: """
            cache: {policy: lru, capacity: 1024, coalesce: false}
            store: {engine: sqlite, lookup: true}
            score: {metric: bertscore-minilm-l6, against: reference, threshold: 0.75, max_regenerations: 3, on_exhausted: accept_best, evaluate: computed-live}
            retry:
              overload: {backoff: steps, delays: [2s, 4s, 8s], max_retries: 3, honor_retry_after: false}
              quota: {backoff: fixed, delay: 60s, max_retries: 5, honor_retry_after: instead}
            workers: {llm: 1}
            judge: {engine: native}
            topics:
              questions: questions-pending
              llm-requests: questions-pending
              llm-responses: llm-responses-success
              errors-overload: llm-responses-error-overload
              errors-quota: llm-responses-error-quota
              regeneration-requests: questions-pending
              validated-responses: validated-responses
              low-quality-responses: low-quality-responses
              dead-letters: dead-letters
            """, standIns: .init(store: "PostgreSQL"))

    private static let bertscoreFlink = Profile(
        name: "bertscore-flink",
        yaml: """
            cache: {policy: lru, capacity: 1024, coalesce: false}
            store: {engine: sqlite, lookup: true}
            score: {metric: bertscore-minilm-l6, against: reference, threshold: 0.75, max_regenerations: 3, on_exhausted: dead_letter, evaluate: computed-live}
            retry:
              overload: {backoff: exponential, base: 5s, factor: 2, max_retries: 3, honor_retry_after: false}
              quota: {backoff: fixed, delay: 60s, max_retries: 5, honor_retry_after: false}
            workers: {llm: 2}
            judge: {engine: flink}
            topics:
              questions: questions-pending
              llm-requests: llm-requests
              llm-responses: llm-responses-success
              errors-overload: errors-overload
              errors-quota: errors-quota
              regeneration-requests: questions-pending
              validated-responses: validated-responses
              low-quality-responses: low-quality-responses
              dead-letters: llm-responses-error
            """,
        classify: "{503: overload, 429: quota}", standIns: .init(store: "PostgreSQL"))

    private static let cosineFeedback = Profile(
        name: "cosine-feedback",
        yaml: """
            cache: {policy: lru, capacity: 1024, coalesce: false}
            store: {engine: sqlite, lookup: true}
            score: {metric: tfidf-cosine, against: reference, threshold: 0.20, max_regenerations: 3, on_exhausted: accept_best}
            retry:
              overload: {backoff: exponential, base: 2s, factor: 2, cap: 60s, max_retries: 5, honor_retry_after: false}
              quota: {backoff: fixed, delay: 60s, max_retries: 5, honor_retry_after: false}
            workers: {llm: 1}
            judge: {engine: native}
            topics:
              questions: questions
              llm-requests: llm-requests
              llm-responses: llm-responses
              regeneration-requests: questions
            """)

    private static let parsed: [String: YAMLValue] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.parse($0.yaml)) })

    private func parse(_ yaml: String) -> YAMLValue {
        var log = DiagnosticLog(file: name)
        guard let value = YAMLReader.read(file: Array(yaml.utf8), log: &log), log.isEmpty else {
            preconditionFailure("the profile \(name) is not valid YAML: \(log.error())")
        }
        return value.relocated { _ in .profile(name) }
    }

    /// `root` with what its profile sets under everything that is written there.
    static func applied(to root: YAMLValue) -> YAMLValue {
        guard let name = root["pipeline"]?["profile"]?.scalar, let defaults = parsed[name], var entries = root.entries,
            let index = entries.firstIndex(where: { $0.key == "pipeline" })
        else { return root }
        entries[index].value = Override.merged(entries[index].value, over: defaults, as: PipelineKeys.pipeline)
        let profile = all.first { $0.name == name }!
        if let classify = profile.classify {
            let value = profile.parse("classify: \(classify)")
            if let index = entries.firstIndex(where: { $0.key == "provider" }) {
                entries[index].value = Override.merged(entries[index].value, over: value, as: ProviderKeys.provider)
            } else {
                entries.append(.init(key: "provider", keyOrigin: value.origin, value: value))
            }
        }
        return YAMLValue(.mapping(entries), root.origin)
    }
}
