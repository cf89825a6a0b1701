/// A known system's settings, as defaults of everything under `pipeline`.
///
/// Where the original is silent or contradicts itself the choice is ours; the scenario of the same name
/// in scenarios/profiles says which.
struct Profile: Sendable {
    let name: String
    /// YAML of what the profile sets below `pipeline`.
    let yaml: String

    static let all = [jaccardDLQ, tfidfAccept]
    static var names: [String] { all.map(\.name) }
    static let later = Later("bertscore-best", "bertscore-flink", "cosine-feedback")

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
            """)

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
            """)

    private static let parsed: [String: YAMLValue] = Dictionary(
        uniqueKeysWithValues: all.map { profile in
            var log = DiagnosticLog(file: profile.name)
            guard let value = YAMLReader.read(file: Array(profile.yaml.utf8), log: &log), log.isEmpty else {
                preconditionFailure("the profile \(profile.name) is not valid YAML: \(log.error())")
            }
            return (profile.name, value.relocated { _ in .profile(profile.name) })
        })

    /// What the profile of this name sets below `pipeline`; nil where there is none.
    static func values(of name: String) -> YAMLValue? { parsed[name] }
}
