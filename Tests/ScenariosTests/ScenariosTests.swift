import Caching
import Pipeline
import Provider
import Scoring
import Testing
import Workload

@testable import Scenarios

/// The contract's example, as the design prints it.
let contractExample = """
    name: overload-burst
    description: A 30 s overload in the middle of steady Zipf traffic.
    seed: 42
    duration: 10m
    warmup: 30s
    drain: 5m
    repeats: 5
    pipeline:
      profile: tfidf-accept
      partitions: 6
      intake: {max_in_flight: 10000}
      cache: {policy: lru, capacity: 1024, ttl: 1h, coalesce: true}
      store: {lookup: false}
      score: {metric: tfidf-cosine, against: reference, threshold: 0.20, max_regenerations: 3, on_exhausted: accept_best, evaluate: computed}
      retry:
        overload: {backoff: exponential, base: 2s, factor: 2, cap: 60s, jitter: none, max_retries: 3, honor_retry_after: true}
        quota: {backoff: fixed, delay: 60s, max_retries: 5, honor_retry_after: true}
      workers: {llm: 4, concurrency: 16}
      judge: {engine: native}
    traffic:
      arrivals: {process: poisson, rate: 50/s}
      popularity: {distribution: zipf, exponent: 1.0}
      corpus: {synthetic: 20000}
      via: kafka
    provider:
      model: mock
      latency: {distribution: lognormal, median: 800ms, p99: 3s}
      concurrency_limit: 56
      requests_per_minute: 3600
      classify: {503: overload, 429: overload, 402: quota}
      price: {prompt: 0.15, completion: 0.60}
      quality: {mean: 0.17, spread: 0.12, retry_correlation: 0.3}
    faults:
      - {inject: overload, at: 2m, for: 30s, probability: 0.6}
      - {inject: quota, at: 5m, for: 20s}
    sweep:
      pipeline.cache.policy: [lru, lfu, fifo]
      pipeline.score.threshold: [0.10, 0.20, 0.30]
    checks:
      - p95(latency) < 5s
      - hit_ratio > 0.30
      - lost == 0
    """

@Suite struct ContractExample {
    @Test func everyValueArrives() throws {
        let file = try ScenarioFile.load(text: contractExample)
        let s = file.points[0].scenario
        #expect(s.name == "overload-burst")
        #expect(s.seed == 42)
        #expect(s.length == .duration(600_000_000_000))
        #expect(s.warmup == 30_000_000_000)
        #expect(s.drain == 300_000_000_000)
        #expect(s.repeats == 5)
        #expect(s.profile == "tfidf-accept")
        #expect(s.pipeline.partitions == 6)
        #expect(s.pipeline.intake.maxInFlight == 10_000)
        #expect(s.pipeline.intake.cache == CacheConfiguration(policy: .lru, capacity: 1024, ttl: 3_600_000_000_000, coalesce: true))
        #expect(!s.storeLookup)
        #expect(s.scoring == .init(metric: .tfidfCosine, against: .reference, evaluate: .computed))
        #expect(s.pipeline.acceptance == AcceptancePolicy(threshold: 0.1, maxRegenerations: 3, onExhausted: .acceptBest))
        #expect(
            s.pipeline.retry.overload
                == RetryPolicy(backoff: .exponential(base: 2_000_000_000, factor: 2, cap: 60_000_000_000), maxRetries: 3))
        #expect(s.pipeline.retry.quota == RetryPolicy(backoff: .fixed(delay: 60_000_000_000), maxRetries: 5))
        #expect(s.pipeline.llmWorkers == 4)
        #expect(s.pipeline.concurrency == 16)
        #expect(s.traffic.arrivals == .poisson(ratePerSecond: 50))
        #expect(s.traffic.popularity == .zipf(exponent: 1))
        #expect(s.traffic.corpus == .synthetic(20_000))
        #expect(s.provider.latency == .lognormal(median: 800_000_000, p99: 3_000_000_000))
        #expect(s.provider.concurrencyLimit == 56)
        #expect(s.provider.requestsPerMinute == 3600)
        #expect(s.provider.price == Price(prompt: 0.15, completion: 0.60))
        #expect(s.provider.quality == Quality(mean: 0.17, spread: 0.12, retryCorrelation: 0.3))
        #expect(
            s.provider.faults == [
                Fault(kind: .overload, from: Instant(nanoseconds: 120_000_000_000), until: Instant(nanoseconds: 150_000_000_000), probability: 0.6),
                Fault(kind: .quota, from: Instant(nanoseconds: 300_000_000_000), until: Instant(nanoseconds: 320_000_000_000)),
            ])
        #expect(s.provider.problem == nil)
        #expect(s.checks.map(\.column) == ["latency_p95_ms", "hit_ratio", "lost"])
        #expect(s.checks.map(\.value) == [5000, 0.3, 0])
    }

    @Test func theFirstKeyOfTheSweepVariesSlowest() throws {
        let file = try ScenarioFile.load(text: contractExample)
        #expect(file.sweepKeys == ["pipeline.cache.policy", "pipeline.score.threshold"])
        #expect(file.points.count == 9)
        #expect(file.points.map { "\($0.index) \($0.values[0].text) \($0.values[1].text)" } == [
            "0 lru 0.10", "1 lru 0.20", "2 lru 0.30", "3 lfu 0.10", "4 lfu 0.20", "5 lfu 0.30", "6 fifo 0.10", "7 fifo 0.20", "8 fifo 0.30",
        ])
        let last = file.points[8].scenario
        #expect(last.pipeline.intake.cache.policy == .fifo)
        #expect(last.pipeline.acceptance.threshold == 0.3)
    }
}
