import Measurement
import Pipeline
import Scenarios
import Testing
import Workload

@testable import Simulation

/// Guards and Retry-After in whole runs.
@Suite struct GuardedRunTests {
    /// A minute without a provider in the middle of three.
    private func outage(_ retry: String) -> String {
        """
        name: outage
        seed: 11
        duration: 3m
        drain: 1h
        questions_csv: false
        pipeline:
          cache: {policy: none, coalesce: false}
          score: {threshold: 0, max_regenerations: 0, evaluate: sampled}
          retry:
            overload: {backoff: exponential, base: 1s, factor: 2, cap: 30s, jitter: equal, max_retries: 12}
            error: {backoff: exponential, base: 1s, factor: 2, cap: 30s, jitter: equal, max_retries: 12}
            \(retry)
          workers: {llm: 2, concurrency: 64}
        traffic:
          arrivals: {process: poisson, rate: 20/s}
          corpus: {synthetic: 1000}
        provider:
          latency: {distribution: exponential, mean: 300ms}
        faults:
          - {inject: outage, at: 1m, for: 1m}
        """
    }

    private func count(_ result: RunResult, _ column: String) -> Int { Int(result.value(column)?.double ?? -1) }

    @Test func aBreakerSparesCallsDuringAnOutage() throws {
        let without = try simulate(outage(""), checked: true)
        let with = try simulate(outage("breaker: {failure_ratio: 0.5, window: 20, min_calls: 10, open_for: 10s, half_open_calls: 3}"), checked: true)
        for result in [without, with] {
            #expect(result.violations == [])
            #expect(count(result, "lost") == 0 && count(result, "in_flight") == 0)
        }
        #expect(count(without, "breaker_refusals") == 0)
        // About 1,200 questions come in that minute. Without the breaker each is called for in vain several times; with
        // it a worker makes ten calls until it opens, those under way, and three at each of five tries.
        #expect(count(without, "other_errors") > 3000)
        #expect(count(with, "other_errors") < 200)
        #expect(count(with, "breaker_refusals") > 1000)
        // Each call that fails is counted, each refusal is not.
        #expect(count(with, "calls") == count(with, "generations") + count(with, "other_errors"))
        // Both wait out the minute.
        for result in [without, with] { #expect(count(result, "accepted") == count(result, "asked")) }
    }

    @Test func aBudgetBoundsRetriesByRequests() throws {
        let without = try simulate(outage(""), checked: true)
        let with = try simulate(outage("budget: {ratio: 0.1, min_rate: 0/s, burst: 5}"), checked: true)
        #expect(with.violations == [])
        #expect(count(with, "lost") == 0 && count(with, "in_flight") == 0)
        // Of each of two workers: what was saved, and a tenth of the requests.
        #expect(count(with, "retries") <= 2 * 5 + count(with, "asked") / 10)
        #expect(count(without, "retries") > 5 * count(with, "retries"))
        #expect(count(with, "budget_refusals") == count(with, "dead_letter_error"))
        #expect(count(with, "budget_refusals") > 500)
    }

    @Test func aGuardThatIsSwitchedOffChangesNothing() throws {
        let plain = try simulate(outage(""))
        let off = try simulate(outage("breaker: {enabled: false}").replacing("retry:\n", with: "retry:\n    budget: {enabled: false}\n"))
        for column in SummaryColumn.all { #expect("\(String(describing: plain.value(column.name)))" == "\(String(describing: off.value(column.name)))", "\(column.name)") }
    }

    // MARK: - Retry-After

    private func quota(_ policy: String, retryAfter: String = "seconds") -> String {
        """
        name: quota
        seed: 5
        questions: 500
        drain: 24h
        questions_csv: false
        pipeline:
          cache: {policy: none, coalesce: false}
          score: {threshold: 0, max_regenerations: 0, evaluate: sampled}
          retry: {quota: {max_retries: 1000, \(policy)}}
        traffic:
          arrivals: {process: poisson, rate: 10/s}
          corpus: {synthetic: 1000}
        provider:
          latency: {distribution: constant, value: 100ms}
          retry_after: \(retryAfter)
          quota: {calls: 100, per: 1m}
        """
    }

    private func figures(_ yaml: String) throws -> (waits: Int, short: Int, asked: Double, slept: Double, obedience: Double) {
        let result = try simulate(yaml, checked: true)
        #expect(result.violations == [])
        func figure(_ name: String) throws -> Double { try #require(result.value(name)).double }
        return (
            count(result, "retry_after_waits"), count(result, "retry_after_cut_short"), try figure("retry_after_asked_mean_ms"),
            try figure("retry_after_slept_mean_ms"), try figure("retry_after_obedience")
        )
    }

    @Test func aProviderThatIsNotObeyedShowsIt() throws {
        let seen = try figures(quota("backoff: fixed, delay: 5s, honor_retry_after: false"))
        #expect(seen.slept == 5000)
        #expect(seen.short > 0 && seen.short < seen.waits)
        #expect(seen.obedience < 0.5 && abs(seen.obedience - seen.slept / seen.asked) < 1e-9)
        // A cap cuts what it would grow to, and obeys nobody.
        let capped = try figures(quota("backoff: exponential, base: 1s, factor: 10, cap: 8s, honor_retry_after: false"))
        #expect(capped.slept <= 8000 && capped.obedience < 1 && capped.short > 0)
    }

    @Test func aProviderThatIsObeyedShowsIt() throws {
        // The cap bounds the backoff, not what the provider asks for.
        for policy in ["backoff: fixed, delay: 5s", "backoff: exponential, base: 1s, factor: 10, cap: 8s", "backoff: exponential, jitter: full"] {
            let seen = try figures(quota("\(policy), honor_retry_after: true"))
            #expect(seen.waits > 0 && seen.short == 0 && seen.obedience >= 1)
        }
        let instead = try figures(quota("backoff: fixed, delay: 5s, honor_retry_after: instead"))
        #expect(instead.short == 0 && instead.obedience == 1 && instead.slept == instead.asked)
    }

    @Test func whereNothingIsAskedThereIsNothingToObey() throws {
        let result = try simulate(quota("backoff: fixed, delay: 5s", retryAfter: "absent"))
        #expect(count(result, "quota_errors") > 0 && count(result, "retry_after_waits") == 0)
        #expect(try #require(result.value("retry_after_obedience")).double.isNaN)
        // A breaker's refusals ask for a wait, and are no provider.
        let refused = try simulate(outage("breaker: {open_for: 10s}"))
        #expect(count(refused, "breaker_refusals") > 0 && count(refused, "retry_after_waits") == 0)
    }
}

/// Guards that lie: each is seen from outside.
@Suite struct GuardInvariantsTests {
    private var pipeline: PipelineConfiguration {
        get throws {
            try ScenarioFile.load(
                text: """
                    name: guards
                    questions: 1
                    pipeline:
                      workers: {llm: 1}
                      retry:
                        budget: {ratio: 0.5, min_rate: 0/s, burst: 2}
                        breaker: {failure_ratio: 1, window: 2, min_calls: 1, open_for: 10s, half_open_calls: 1}
                    traffic: {arrivals: {process: constant, rate: 1/s}}
                    """
            ).scenario.pipeline
        }
    }

    private func at(_ second: Int64) -> Instant { Instant(nanoseconds: second * 1_000_000_000) }

    private func broken(_ told: (inout GuardInvariants, inout Violations) -> Void) throws -> [String] {
        var guards = GuardInvariants(try pipeline)
        var violations = Violations()
        // A call that fails, after which the breaker is open until 11 s.
        guards.called(0, isRetry: false, by: 0, at: at(1), &violations)
        guards.replied(0, isFailure: true, by: 0, at: at(1))
        told(&guards, &violations)
        return violations.list.map(\.rule)
    }

    @Test func aBreakerThatLeaksIsSeen() throws {
        #expect(try broken { $0.called(1, isRetry: false, by: 0, at: at(10), &$1) } == ["an open breaker lets no call through"])
        #expect(try broken { $0.called(1, isRetry: false, by: 0, at: at(11), &$1) } == [])
        #expect(try broken {
            $0.called(1, isRetry: false, by: 0, at: at(11), &$1)
            $0.called(2, isRetry: false, by: 0, at: at(11), &$1)
        } == ["a half-open breaker tries no more calls than it may"])
    }

    @Test func aBreakerThatRefusesTooMuchIsSeen() throws {
        #expect(try broken { $0.refused(1, wait: 1_000_000_000, isRetry: false, by: 0, at: at(10), &$1) } == [])
        #expect(try broken { $0.refused(1, wait: 5, isRetry: false, by: 0, at: at(10), &$1) } == ["a breaker says when it tries again"])
        #expect(try broken { $0.refused(1, wait: -1, isRetry: false, by: 0, at: at(11), &$1) } == ["a breaker refuses only while it is open"])
        #expect(try broken {
            $0.called(1, isRetry: false, by: 0, at: at(11), &$1)
            $0.refused(2, wait: -1, isRetry: false, by: 0, at: at(11), &$1)
            $0.replied(1, isFailure: false, by: 0, at: at(12))
            $0.called(3, isRetry: false, by: 0, at: at(12), &$1)
        } == [])
    }

    @Test func aBudgetThatIsOverdrawnOrStingyIsSeen() throws {
        #expect(try broken {
            $0.decided(0, isDenied: false, by: 0, at: at(1), &$1)
            $0.decided(0, isDenied: false, by: 0, at: at(1), &$1)
            $0.decided(0, isDenied: true, by: 0, at: at(1), &$1)
        } == [])
        #expect(try broken { $0.decided(0, isDenied: true, by: 0, at: at(1), &$1) } == ["a retry budget denies only when it is used up"])
        #expect(try broken {
            for _ in 0..<3 { $0.decided(0, isDenied: false, by: 0, at: at(1), &$1) }
        } == ["a retry budget is never overdrawn"])
    }
}
