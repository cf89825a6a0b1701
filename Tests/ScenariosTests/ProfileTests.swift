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
        #expect(s.judgeEngine == .native)
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
        #expect(s.judgeEngine == .native)
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

    @Test(arguments: ["bertscore-best", "bertscore-flink", "cosine-feedback"]) func othersAreOfALaterVersion(_ name: String) throws {
        let error = try #require(throws: ScenarioError.self) { try scenario(name) }
        #expect(
            error.description
                == "scenario.yaml:4:21: pipeline.profile: \(name) is not in this version (allowed: none, jaccard-dlq, tfidf-accept)")
    }
}
