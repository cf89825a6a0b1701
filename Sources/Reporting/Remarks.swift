import Measurement
import Pipeline
import Provider
import Scenarios
import Workload

/// What of a scenario cannot bite, or bites harder than its writer may think: in words, before it is run.
struct Remarks {
    private let scenario: Scenario
    /// When the last question comes, in seconds.
    private let until: Double
    private(set) var all: [String] = []
    private var whatOpensTheBreaker: [String] = []

    init(_ scenario: Scenario, until: Double) {
        self.scenario = scenario
        self.until = until
    }

    private func span(_ seconds: Double) -> String { Figure.milliseconds(seconds * 1e3) }

    mutating func cache(_ forecast: CacheForecast, popularity: [PopularityModel.Class], items: Int, questions: Double, from: Double) {
        let cache = scenario.pipeline.intake.cache
        switch scenario.traffic.popularity {
        case .trace: all.append("prompts are those of a trace: no theory for the hit ratio, only how many came before")
        case .zipf, .uniform, .sequential: break
        }
        guard cache.policy != .none else { return }
        if let drift = scenario.traffic.drift, Double(drift.every) / 1e9 < until {
            all.append("the ranking drifts every \(span(Double(drift.every) / 1e9)): Che's approximation does not apply, the bound is that of a ranking that stays")
        }
        let distinct = popularity.reduce(0) { $0 + $1.items * (1 - ExactMath.exp(-$1.probability * questions)) }
        if cache.capacity >= items {
            all.append("cache.capacity \(Figure.count(Double(cache.capacity))) holds the whole corpus of \(Figure.count(Double(items))): the policy cannot matter, the cache never has to evict")
        } else if Double(cache.capacity) >= distinct {
            all.append("the cache never has to evict: about \(Figure.count(distinct.rounded())) different questions come, it keeps \(Figure.count(Double(cache.capacity)))")
        } else if forecast.fullAfter.isFinite, forecast.fullAfter > from {
            all.append("the cache is full after about \(span(forecast.fullAfter)), \(from > 0 ? "the warm-up ends after \(span(from))" : "there is no warm-up"): the statistics see it fill")
        }
        if let ttl = cache.ttl {
            let seconds = Double(ttl) / 1e9
            if seconds >= until {
                all.append("cache.ttl cannot bite: nothing becomes \(span(seconds)) old in \(span(until)) of traffic")
            } else if seconds * questions / until < 1 {
                all.append("cache.ttl of \(span(seconds)) is over before the next question comes: hardly an answer is ever given twice")
            }
        }
    }

    mutating func judge(passing: Double) {
        let acceptance = scenario.pipeline.acceptance
        let threshold = Figure.significant(acceptance.threshold)
        if acceptance.threshold <= 0 {
            all.append("the threshold of 0 is reached by every answer: nothing is generated again")
        } else if passing == 0 {
            all.append("the threshold of \(threshold) is reached by no answer in 20,000 questions: each costs \(acceptance.maxRegenerations + 1) generations and none passes")
        } else if passing < 0.05 {
            all.append("the threshold of \(threshold) rejects nearly every answer: \(Figure.percent(passing)) pass after up to \(acceptance.maxRegenerations + 1) generations")
        }
    }

    mutating func workers(_ workers: Explanation.Replicas, called name: String) {
        let partitions = scenario.pipeline.partitions
        if workers.busy < workers.count {
            all.append(
                "\(workers.count - workers.busy) of \(workers.count) \(name) stay idle: there are \(partitions) partitions, and each belongs to one of them")
        } else if workers.busiest > 1.2 {
            all.append("\(partitions) partitions do not divide evenly among \(workers.count) \(name): the busiest has \(Figure.percent(workers.busiest - 1)) more to do than the average")
        }
    }

    mutating func faults(callRate: Double, callsEach: Double, callsPerQuestion: Double) {
        let drained = until + Double(scenario.drain) / 1e9
        for (index, fault) in scenario.provider.faults.enumerated() {
            let name = "faults[\(scenario.faultPlaces[index])] (\(fault.kind.rawValue))"
            let begin = Double(fault.from.nanoseconds) / 1e9
            if begin >= until {
                all.append(begin >= drained ? "\(name) cannot bite: it begins after the run's end" : "\(name) begins after the last question: it meets only what is still under way")
                continue
            }
            if fault.kind == .slow, fault.factor == 1 { all.append("\(name) changes nothing: its factor is 1") }
            let seen = callRate * (min(Double(fault.until.nanoseconds) / 1e9, until) - begin)
            var struck = min(seen, fault.questions.map { Double($0.count) * callsEach * min(1, callsPerQuestion / max(callsEach, 1e-9)) } ?? .infinity)
            if let calls = fault.calls {
                if Double(calls) > struck * 1.5 {
                    all.append("\(name) is to strike among \(Figure.count(Double(calls))) calls, and about \(Figure.count(struck.rounded())) are expected in its time")
                }
                struck = min(struck, Double(calls))
            }
            struck *= fault.probability
            if let breaker = scenario.pipeline.retry.breaker {
                let error = scenario.provider.errorProbability
                let failing = fault.kind != .slow && fault.kind != .quota ? 1 - (1 - fault.probability) * (1 - error) : error
                if failing >= breaker.failureRatio, min(seen, fault.calls.map(Double.init) ?? .infinity) >= Double(breaker.minCalls) {
                    whatOpensTheBreaker.append("\(name) fails \(Figure.percent(failing)) of the calls")
                }
            }
            all.append(
                struck < 0.5
                    ? "\(name) can hardly bite: about \(Figure.significant(struck)) calls are expected to meet it"
                    : "\(name) strikes about \(Figure.plural(struck.rounded(), "call", "calls"))")
        }
    }

    /// What a live run does by real work, and a simulation by a figure.
    mutating func judging() {
        let (judge, scoring) = (scenario.judge, scenario.scoring)
        let delay = Scenario.text(of: scenario.simulation.batchDelay)
        switch judge.engine {
        case .native:
            let usual = Scenario.Judge.usual
            let unused = [
                judge.batch.size == usual.batch.size ? nil : "pipeline.judge.batch.size", judge.batch.delay == usual.batch.delay ? nil : "pipeline.judge.batch.delay",
                judge.checkpointInterval == usual.checkpointInterval ? nil : "pipeline.judge.checkpoint_interval",
            ].compactMap { $0 }
            if !unused.isEmpty { all.append("\(unused.joined(separator: ", ")) \(unused.count == 1 ? "does" : "do") nothing: only engine: flink has batches and checkpoints") }
        case .flink:
            all.append("a live run starts Flink, whose job asks the judge over HTTP, up to \(Figure.count(Double(judge.batch.size))) answers at once; in a simulation that takes \(delay) an answer (simulation.batch_delay)")
        }
        if scoring.isComputedLive, !scoring.isComputedInSimulation {
            all.append("a live run scores texts by \(scoring.metric.rawValue); a simulation draws the scores from provider.quality")
        }
    }

    /// What only a live run has: the way in over HTTP, and processes.
    mutating func live() {
        if scenario.traffic.via == .http {
            all.append("traffic.via: http is for live runs, which tell perceived_latency_* beside latency_*: a simulated question comes in at once")
        }
        let live = scenario.live
        let pipeline = scenario.pipeline
        let several = Service.pipeline.filter { live.replicas(of: $0.rawValue) > 1 }
        guard live.processes else {
            if let first = several.first {
                all.append("live.replicas.\(first.rawValue) does nothing: live.processes is false, and the services are threads of the run")
            }
            return
        }
        let count = Service.pipeline.reduce(0) { $0 + live.replicas(of: $1.rawValue) }
        all.append("a live run starts \(count) processes" + (scenario.server == nil ? ", and one of mock-llm, which the LLM workers call over HTTP" : ""))
        for service in several {
            let (name, replicas) = (service.rawValue, live.replicas(of: service.rawValue))
            if replicas > pipeline.partitions {
                all.append("\(replicas - pipeline.partitions) of \(replicas) processes of \(name) stay idle in a live run: there are \(pipeline.partitions) partitions")
            }
            if service == .cache, pipeline.intake.cache.policy != .none {
                all.append("the cache's capacity is the total over its \(replicas) processes: each keeps \(Figure.count(Double(max(1, pipeline.intake.cache.capacity / replicas))))")
            }
        }
    }

    mutating func liveFaults() {
        for fault in scenario.liveFaults {
            let name = "faults[\(fault.place)] (\(fault.title))"
            let begin = Double(fault.from.nanoseconds) / 1e9
            if begin >= until {
                all.append("\(name) begins after the last question: in a live run that is over by then it does nothing")
            } else {
                all.append("\(name) is for live runs: a simulation leaves it out")
            }
        }
    }

    mutating func breaker(_ resources: [Explanation.Resource]) {
        guard let breaker = scenario.pipeline.retry.breaker else { return }
        let error = scenario.provider.errorProbability
        if error >= breaker.failureRatio { whatOpensTheBreaker.append("error_probability fails \(Figure.percent(error))") }
        // Status 429 is an overload or a quota, as the scenario classes it.
        let refuses = resources.contains { resource in
            switch resource.name {
            case "provider.concurrency_limit": resource.utilisation >= 1
            case "provider.requests_per_minute": resource.utilisation >= 1 && scenario.pipeline.classify.errorClass(of: 429) == .overload
            default: false
            }
        }
        if refuses { whatOpensTheBreaker.append("the provider's limits refuse calls") }
        all.append(
            whatOpensTheBreaker.isEmpty
                ? "the circuit breaker can hardly open: nothing here fails \(Figure.percent(breaker.failureRatio)) of \(breaker.minCalls) calls or more"
                : "the circuit breaker can open, at \(Figure.percent(breaker.failureRatio)) failed: \(whatOpensTheBreaker.joined(separator: ", "))")
    }

    mutating func resources(_ resources: [Explanation.Resource], peakOverMean: Double) {
        for resource in resources where resource.peak >= 1 {
            let busiest = resource.utilisation < 1 ? ", and the busiest replica has \(Figure.percent(resource.peak)) of what it carries" : ""
            all.append("\(resource.name) is overloaded: \(Figure.significant(resource.demand)) \(resource.unit), it carries \(Figure.significant(resource.limit))\(busiest)")
        }
        for resource in resources where resource.peak < 1 && resource.peak * peakOverMean >= 1 {
            all.append("\(resource.name) is overloaded while the rate is at its highest: \(Figure.percent(resource.peak * peakOverMean)) of what it carries")
        }
    }
}
