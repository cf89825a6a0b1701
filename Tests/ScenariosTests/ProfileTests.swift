import Caching
import Pipeline
import Scoring
import Testing
import Workload

@testable import Scenarios

/// The design's table of profiles, line by line.
@Suite struct Profiles {
    private func scenario(_ profile: String, _ more: String = "") throws -> Scenario {
        try ScenarioFile.load(
            text: "name: a\nquestions: 1\ntraffic: {arrivals: {process: poisson, rate: 1/s}}\npipeline: {profile: \(profile)\(more)}"
        ).scenario
    }

    @Test func jaccardDLQ() throws {
        let s = try scenario("jaccard-dlq")
        #expect(s.profile == "jaccard-dlq")
        #expect(s.scoring == .init(metric: .jaccard, against: .question, evaluate: .computed))
        #expect(s.pipeline.acceptance == AcceptancePolicy(threshold: 0.62, maxRegenerations: 1, onExhausted: .deadLetter))
        let retry = s.pipeline.retry
        #expect(retry.overload.backoff == .exponential(base: 1_000_000_000, factor: 2, cap: 60_000_000_000))
        #expect(retry.overload.maxRetries == 3)
        #expect(retry.quota == retry.overload)
        #expect(s.pipeline.classify.classes == [503: .overload, 429: .overload, 402: .quota])
        #expect(s.pipeline.intake.cache.policy == CachePolicy.none)
        #expect(s.storeLookup)
        #expect(s.pipeline.llmWorkers == 1)
        #expect(s.judge == .init())
        #expect(topics(s) == [
            "preguntas", "llm.requests", "llm_respuestas", "llm_errors", "llm_errors", "preguntas.retry", "resultados_validados", nil, "dlq",
        ])
    }

    @Test func tfidfAccept() throws {
        let s = try scenario("tfidf-accept")
        #expect(s.profile == "tfidf-accept")
        #expect(s.scoring == .init(metric: .tfidfCosine, against: .reference, evaluate: .computed))
        #expect(s.pipeline.acceptance == AcceptancePolicy(threshold: 0.65, maxRegenerations: 2, onExhausted: .acceptLast))
        let retry = s.pipeline.retry
        #expect(retry.overload.backoff == .exponential(base: 1_000_000_000, factor: 2, cap: 30_000_000_000))
        #expect(retry.overload.maxRetries == 5)
        #expect(retry.quota == retry.overload)
        #expect(s.pipeline.classify.classes == [503: .overload, 429: .overload, 402: .quota])
        #expect(s.pipeline.intake.cache.policy == .lru)
        #expect(s.pipeline.intake.cache.capacity == 1024)
        #expect(s.pipeline.intake.cache.ttl == 3_600_000_000_000)
        #expect(s.storeLookup)
        #expect(s.pipeline.llmWorkers == 1)
        #expect(s.judge == .init())
        #expect(topics(s) == [
            "questions_in", "llm_requests", "llm_responses", "llm_errors", "llm_errors", "regeneration_requests", "validated_responses", nil,
            "dead_letters",
        ])
    }

    private func topics(_ scenario: Scenario) -> [String?] { Role.allCases.map { scenario.pipeline.topics[$0]! } }

    @Test func explicitKeysWin() throws {
        let s = try scenario("tfidf-accept", ", score: {threshold: 0.3}, cache: {ttl: never}, retry: {quota: {backoff: fixed, delay: 9s}}")
        #expect(s.pipeline.acceptance == AcceptancePolicy(threshold: 0.3, maxRegenerations: 2, onExhausted: .acceptLast))
        #expect(s.pipeline.intake.cache.ttl == nil)
        #expect(s.pipeline.intake.cache.capacity == 1024)
        // The profile's base and cap do not go with a fixed backoff; its number of retries does.
        #expect(s.pipeline.retry.quota.backoff == .fixed(delay: 9_000_000_000))
        #expect(s.pipeline.retry.quota.maxRetries == 5)
    }

    @Test func bertscoreBest() throws {
        let s = try scenario("bertscore-best")
        #expect(s.profile == "bertscore-best")
        #expect(s.scoring == .init(metric: .bertscoreMinilmL6, against: .reference, evaluate: .computedLive))
        #expect(s.pipeline.acceptance == AcceptancePolicy(threshold: 0.75, maxRegenerations: 3, onExhausted: .acceptBest))
        let retry = s.pipeline.retry
        #expect(retry.overload.backoff == .steps([2_000_000_000, 4_000_000_000, 8_000_000_000]))
        #expect(retry.overload.maxRetries == 3)
        #expect(retry.quota == RetryPolicy(backoff: .fixed(delay: 60_000_000_000), maxRetries: 5, honorRetryAfter: .instead))
        #expect(retry.maxTotalRetries == nil)
        #expect(s.pipeline.classify.classes == [503: .overload, 429: .overload, 402: .quota])
        #expect(s.pipeline.intake.cache == CacheConfiguration(policy: .lru, capacity: 1024, coalesce: false))
        #expect(s.storeLookup)
        #expect(s.pipeline.llmWorkers == 1)
        #expect(s.judge == .init())
        #expect(topics(s) == [
            "questions-pending", "questions-pending", "llm-responses-success", "llm-responses-error-overload", "llm-responses-error-quota",
            "questions-pending", "validated-responses", "low-quality-responses", "dead-letters",
        ])
    }

    @Test func bertscoreFlink() throws {
        let s = try scenario("bertscore-flink")
        #expect(s.profile == "bertscore-flink")
        #expect(s.scoring == .init(metric: .bertscoreMinilmL6, against: .reference, evaluate: .computedLive))
        #expect(s.pipeline.acceptance == AcceptancePolicy(threshold: 0.75, maxRegenerations: 3, onExhausted: .deadLetter))
        let retry = s.pipeline.retry
        #expect(retry.overload.backoff == .exponential(base: 5_000_000_000, factor: 2, cap: 60_000_000_000))
        #expect(retry.overload.maxRetries == 3)
        #expect(retry.quota == RetryPolicy(backoff: .fixed(delay: 60_000_000_000), maxRetries: 5, honorRetryAfter: .ignored))
        #expect(s.pipeline.classify.classes == [503: .overload, 429: .quota])
        #expect(s.provider.overloadStatus == 503 && s.provider.quotaStatus == 429)
        #expect(s.pipeline.intake.cache == CacheConfiguration(policy: .lru, capacity: 1024, coalesce: false))
        #expect(s.storeLookup)
        #expect(s.pipeline.llmWorkers == 2)
        #expect(s.judge == .init(engine: .flink))
        #expect(s.simulation.scoringTime == 20_000_000 && s.simulation.batchDelay == 25_000_000)
        #expect(topics(s) == [
            "questions-pending", "llm-requests", "llm-responses-success", "errors-overload", "errors-quota", "questions-pending",
            "validated-responses", "low-quality-responses", "llm-responses-error",
        ])
    }

    @Test func cosineFeedback() throws {
        let s = try scenario("cosine-feedback")
        #expect(s.profile == "cosine-feedback")
        #expect(s.scoring == .init(metric: .tfidfCosine, against: .reference, evaluate: .computed))
        #expect(s.pipeline.acceptance == AcceptancePolicy(threshold: 0.20, maxRegenerations: 3, onExhausted: .acceptBest))
        let retry = s.pipeline.retry
        #expect(retry.overload.backoff == .exponential(base: 2_000_000_000, factor: 2, cap: 60_000_000_000))
        #expect(retry.overload.maxRetries == 5)
        #expect(retry.quota == RetryPolicy(backoff: .fixed(delay: 60_000_000_000), maxRetries: 5, honorRetryAfter: .ignored))
        #expect(s.pipeline.classify.classes == [503: .overload, 429: .overload, 402: .quota])
        #expect(s.pipeline.intake.cache == CacheConfiguration(policy: .lru, capacity: 1024, coalesce: false))
        #expect(s.storeLookup)
        #expect(s.storeEngine == .sqlite)
        #expect(s.pipeline.llmWorkers == 1)
        #expect(s.judge == .init())
        #expect(topics(s) == [
            "questions", "llm-requests", "llm-responses", "errors-overload", "errors-quota", "questions", "validated-responses",
            "low-quality-responses", "dead-letters",
        ])
    }

    /// What the statuses mean belongs to the profile too, and can be written over.
    @Test func aProfileMayClassifyStatuses() throws {
        let text = "name: a\nquestions: 1\ntraffic: {arrivals: {process: poisson, rate: 1/s}}\npipeline: {profile: bertscore-flink}\nprovider: "
        #expect(try ScenarioFile.load(text: text + "{concurrency_limit: 3}").scenario.pipeline.classify.classes == [503: .overload, 429: .quota])
        #expect(try ScenarioFile.load(text: text + "{classify: {503: quota}}").scenario.pipeline.classify.classes == [503: .quota])
    }
}
