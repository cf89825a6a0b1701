// What theory and arithmetic say of a scenario before it is run: what is offered to each part, how much
// of it that part can carry, and which saturates first. No draw of the run is used.

import Measurement
import Pipeline
import Provider
import Scenarios
import Workload

/// A column's value as theory has it.
package struct TheoryFigure: Sendable, Equatable, Codable {
    package let column: String
    package let expected: Double
    /// Whose theory, and under which condition.
    package let source: String
}

/// One point's figures as they are to be expected, faults left out.
package struct Explanation: Sendable {
    /// Something that can carry only so much.
    package struct Resource: Sendable {
        package let name: String
        /// What is asked of it and what it carries, in `unit`.
        package let demand: Double
        package let limit: Double
        package let unit: String
        /// How much more than the average the busiest of several replicas has to do.
        package var busiest = 1.0
        package var utilisation: Double { demand / limit }
        /// Of the busiest replica.
        package var peak: Double { utilisation * busiest }
    }

    /// Of the measured window, on average.
    package let arrivalRate: Double
    package let questions: Double
    /// Hits over asked; nil where the policy has no formula, the ranking drifts, or prompts are those of a trace.
    package let hitRatio: Double?
    /// No policy that keeps `capacity` answers can do better on average.
    package let bestHitRatio: Double
    /// Cache and store hits, and questions that join an equal one under way, over asked.
    package let answeredWithoutCallRatio: Double
    /// Share of first answers at or above the threshold, and of questions that pass in the end.
    package let firstPassRatio: Double
    package let finalPassRatio: Double
    package let generationsPerScored: Double
    package let callsPerScored: Double
    package let callsPerQuestion: Double
    package let callRate: Double
    package let meanCallMilliseconds: Double
    /// Mean wait for a free worker slot; infinite where the workers are overloaded.
    package let meanWaitMilliseconds: Double
    package let costPerThousand: Double?
    package let resources: [Resource]
    /// What a user should know before he waits for the run.
    package let remarks: [String]
    /// Columns of the summary that theory foretells for this scenario; what it does not is left out.
    package let theory: [TheoryFigure]

    static let workersName = "LLM workers"

    /// The first resource to give way as the arrival rate grows.
    package var bottleneck: Resource? { resources.max { $0.peak < $1.peak } }

    package init(_ scenario: Scenario, corpus: Corpus) {
        let provider = scenario.provider
        let pipeline = scenario.pipeline
        let cache = pipeline.intake.cache
        let arrivals = scenario.traffic.arrivals
        let end = scenario.arrivalsEnd
        let (from, until) = (Double(min(scenario.warmup, end)) / 1e9, Double(end) / 1e9)
        questions = arrivals.expectedArrivals(within: end)
        let measured = questions - arrivals.expectedArrivals(within: min(scenario.warmup, end))
        let rate = until > from && measured > 0 ? measured / (until - from) : arrivals.ratePerSecond
        arrivalRate = rate

        // The judge: the quality model's own distribution, over a fixed sample of questions.
        let acceptance = pipeline.acceptance
        let judged = Self.judge(provider.quality, acceptance)
        (firstPassRatio, finalPassRatio, generationsPerScored) = judged
        let answered = acceptance.onExhausted == .deadLetter ? judged.final : 1

        // Calls: errors are repeated up to max_retries times.
        let error = provider.errorProbability
        var callsPerGeneration = 1.0
        var power = 1.0
        for _ in 0..<min(pipeline.retry.error.maxRetries, 10_000) where power > 1e-12 {
            power *= error
            callsPerGeneration += power
        }
        callsPerScored = generationsPerScored * callsPerGeneration

        // How long a miss takes depends on how many calls there are, and those on how many questions miss meanwhile.
        let workers = Replicas(pipeline.llmWorkers, partitions: pipeline.partitions)
        let judges = Replicas(pipeline.judges, partitions: pipeline.partitions)
        let costs = scenario.simulation
        let limit = min(provider.concurrencyLimit ?? .max, workers.busy * pipeline.concurrency)
        let popularity = scenario.traffic.popularity.classes(count: corpus.count)
        var setting = CacheForecast.Setting(
            policy: .none, capacity: Double(cache.capacity), lifetime: cache.ttl.map { Double($0) / 1e9 } ?? .infinity, fillTime: 0,
            fillRatio: answered, coalesces: cache.coalesce, looksUp: pipeline.intake.storeLookup)
        let hasFormula = (cache.policy == .none || cache.policy == .lru || cache.policy == .fifo) && scenario.traffic.drift == nil
        setting.policy = cache.policy == .none ? .none : !hasFormula ? .frequent : cache.policy == .lru ? .lru : .fifo
        var forecast = CacheForecast(setting, popularity: [], rate: 0, from: 0, until: 0)
        var shares = Shares()
        var (calls, call, wait, underWay) = (0.0, 0.0, 0.0, 0.0)
        for _ in 0..<4 {
            let answer = Self.meanAnswer(provider, callsPerSecond: calls * (1 - error), atMost: limit)
            call = answer * (1 - error) + provider.errorLatency.mean / 1e9 * error
            underWay = calls * call
            let variance = Self.variance(provider, callsPerSecond: calls, mean: answer)
            wait = workers.mean { share in
                QueueingTheory.meanWait(servers: pipeline.concurrency, offered: underWay * share, meanService: call, serviceVariance: variance)
            }
            let scoring = Double(costs.scoringTime) / 1e9
            let scorings = calls / callsPerGeneration * scoring
            let judgeWait = judges.mean { QueueingTheory.meanWait(utilisation: scorings * $0, meanService: scoring, serviceVariance: 0) }
            let perGeneration =
                answer + (callsPerGeneration - 1) * (provider.errorLatency.mean / 1e9 + pipeline.retry.error.backoff.firstSeconds)
                + callsPerGeneration * (wait.isFinite ? wait : 0) + (scoring > 0 ? scoring + (judgeWait.isFinite ? judgeWait : 0) : 0)
            setting.fillTime = generationsPerScored * (perGeneration + Double(2 * costs.topicDelay + costs.batchDelay) / 1e9)
                + Double(costs.topicDelay) / 1e9 + Double(costs.storeTime) / 1e9 * (setting.looksUp ? 2 : 1)
            forecast = CacheForecast(setting, popularity: popularity, rate: rate, from: from, until: until)
            shares = Shares(forecast, scenario, items: corpus.count, from: from, until: until, rate: rate)
            calls = rate * shares.sentOn * callsPerScored
        }
        callRate = calls
        callsPerQuestion = shares.sentOn * callsPerScored
        meanCallMilliseconds = call * 1e3
        underWay = calls * call
        meanWaitMilliseconds = wait * 1e3

        // The cache.
        let isRanked =
            switch scenario.traffic.popularity {
            case .zipf, .uniform: true
            case .sequential, .trace: false
            }
        let isSequential = scenario.traffic.popularity == .sequential
        hitRatio = (isRanked && hasFormula) || isSequential || cache.policy == .none ? shares.hits : nil
        var bound = setting
        bound.policy = cache.policy == .none ? .none : .frequent
        bestHitRatio = isRanked ? max(CacheForecast(bound, popularity: popularity, rate: rate, from: from, until: until).hits, hasFormula ? shares.hits : 0) : shares.hits
        answeredWithoutCallRatio = 1 - shares.sentOn

        // Capacity.
        let sample = min(corpus.count, 1000)
        let words = Double((0..<sample).reduce(0) { $0 + corpus.words($1) }) / Double(sample)
        let recorded = provider.tokens.recorded.flatMap { try? Trace.load($0) }
        let promptTokens = recorded?.meanPromptTokens ?? Double(TokenLengths.prompt(words: Int(words.rounded())))
        let completionTokens = Self.meanTokens(provider)
        let generationRate = calls / callsPerGeneration
        var resources = [
            Resource(
                name: Self.workersName, demand: underWay, limit: Double(workers.busy * pipeline.concurrency), unit: "calls under way", busiest: workers.busiest)
        ]
        if let limit = provider.concurrencyLimit {
            resources.append(Resource(name: "provider.concurrency_limit", demand: underWay, limit: Double(limit), unit: "calls under way"))
        }
        if let limit = provider.requestsPerMinute {
            resources.append(Resource(name: "provider.requests_per_minute", demand: calls * 60, limit: Double(limit), unit: "calls a minute"))
        }
        if let limit = provider.tokensPerMinute {
            resources.append(Resource(
                name: "provider.tokens_per_minute", demand: generationRate * 60 * (promptTokens + completionTokens), limit: Double(limit), unit: "tokens a minute"))
        }
        if let quota = provider.quota {
            resources.append(
                Resource(name: "provider.quota", demand: calls * Double(quota.per) / 1e9, limit: Double(quota.calls), unit: "calls a window"))
        }
        if costs.scoringTime > 0 {
            resources.append(Resource(
                name: "judge", demand: generationRate * Double(costs.scoringTime) / 1e9, limit: Double(judges.busy), unit: "scorings under way",
                busiest: judges.busiest))
        }
        // Little's law: who joins waits for half of it; where a queue grows without end, what fills intake is that queue's
        // fault, named above.
        let inPipeline = rate * ((shares.sentOn + shares.joined / 2) * setting.fillTime + shares.storeHits * Double(costs.storeTime) / 1e9)
        resources.append(
            Resource(name: "intake.max_in_flight", demand: inPipeline, limit: Double(pipeline.intake.maxInFlight), unit: "questions in flight"))
        let few = min(corpus.count, 50)
        // 22: the two names that travel with the texts.
        let bytes = Double((0..<few).reduce(0) { $0 + corpus.textBytes($1) }) / Double(few) + 22
        resources.append(Resource(
            name: "intake.max_in_flight_bytes", demand: inPipeline * bytes, limit: Double(pipeline.intake.maxInFlightBytes), unit: "bytes"))
        self.resources = resources
        let generations = shares.sentOn * judged.generations
        costPerThousand = provider.price.map {
            1000 * generations * (promptTokens * $0.prompt + completionTokens * $0.completion) / 1e6
        }

        var remarks = Remarks(scenario, until: until)
        remarks.cache(forecast, popularity: popularity, items: corpus.count, questions: questions, from: from)
        remarks.judge(passing: judged.final)
        remarks.workers(workers, called: Self.workersName)
        remarks.workers(judges, called: scenario.judge.engine == .flink ? "subtasks of Flink's job" : "judges")
        remarks.judging()
        remarks.live()
        remarks.liveFaults()
        remarks.faults(callRate: calls, callsEach: callsPerScored, callsPerQuestion: callsPerQuestion)
        remarks.resources(resources, peakOverMean: arrivals.peakRatePerSecond / rate)
        remarks.breaker(resources)
        self.remarks = remarks.all

        // Where questions are refused or given up for other reasons than their scores, none of these hold.
        let peak = (resources.map(\.peak).max() ?? 0) * max(1, arrivals.peakRatePerSecond / rate)
        let isGuarded = pipeline.retry.budget != nil || pipeline.retry.breaker != nil
        let isPlain = provider.faults.isEmpty && !isGuarded && peak < 0.9 && pipeline.retry.maxTotalRetries == nil
        // Without coalescing the first of several calls under way for a text fills the cache: where entries hardly stay
        // longer than a fill takes, that makes more hits than theory knows of.
        let isSharp = cache.policy == .none || cache.coalesce || forecast.fullAfter > 10 * setting.fillTime
        let isUnlimited = provider.concurrencyLimit == nil && provider.requestsPerMinute == nil && provider.tokensPerMinute == nil && provider.quota == nil
        var theory: [TheoryFigure] = []
        if isPlain, isUnlimited, isRanked, hasFormula, isSharp {
            let source = "Che, from an empty cache, filled after \(Figure.milliseconds(setting.fillTime * 1e3))"
            if cache.policy != .none { theory.append(TheoryFigure(column: "hit_ratio", expected: shares.hits, source: source)) }
            if shares.joined > 0 || shares.storeHits > 0 {
                let beside = cache.policy == .none ? "questions for what is \(setting.looksUp ? "stored" : "under way")" : source
                theory.append(TheoryFigure(column: "answered_without_call_ratio", expected: answeredWithoutCallRatio, source: beside))
            }
        }
        theory.append(TheoryFigure(column: "first_pass_ratio", expected: firstPassRatio, source: "the quality model"))
        if isPlain { theory.append(TheoryFigure(column: "final_pass_ratio", expected: finalPassRatio, source: "the quality model")) }
        if isPlain, isUnlimited, isRanked, hasFormula, isSharp {
            theory.append(TheoryFigure(column: "calls_per_question", expected: callsPerQuestion, source: "misses, quality model and error rate"))
            theory.append(TheoryFigure(
                column: "utilisation", expected: underWay / Double(pipeline.llmWorkers * pipeline.concurrency), source: "offered load over slots"))
        }
        if isPlain, isUnlimited, cache.policy == .none, !cache.coalesce, !setting.looksUp, error == 0, generationsPerScored == 1, pipeline.llmWorkers == 1,
            costs.topicDelay == 0, provider.load == nil, case .poisson = arrivals
        {
            if case .exponential = provider.latency {
                theory.append(TheoryFigure(column: "generated_queue_mean_ms", expected: meanWaitMilliseconds, source: "M/M/\(pipeline.concurrency), Erlang C"))
            } else if pipeline.concurrency == 1, provider.latency.variance.isFinite {
                theory.append(TheoryFigure(column: "generated_queue_mean_ms", expected: meanWaitMilliseconds, source: "M/G/1, Pollaczek–Khinchine"))
            }
        }
        self.theory = theory
    }

    /// What becomes of a question, by popularity: where no law says how often each is asked, by counting.
    private struct Shares {
        var hits = 0.0
        var storeHits = 0.0
        var joined = 0.0
        var sentOn: Double { max(0, 1 - hits - storeHits - joined) }

        init() {}

        init(_ forecast: CacheForecast, _ scenario: Scenario, items: Int, from: Double, until: Double, rate: Double) {
            let cache = scenario.pipeline.intake.cache
            let again: Double
            switch scenario.traffic.popularity {
            case .zipf, .uniform:
                (hits, storeHits, joined) = (forecast.hits, forecast.storeHits, forecast.joined)
                return
            case .sequential:
                // Every question comes back after all the others: a cache holds all of them or none that helps.
                let cycle = Double(items) / rate
                again = until > from ? max(0, until - max(from, cycle)) / (until - from) : 0
                let isKept = cache.policy != .none && cache.capacity >= items && (cache.ttl.map { Double($0) / 1e9 } ?? .infinity) > cycle
                hits = isKept ? again : 0
            case .trace(let source):
                again = (try? Trace.load(source))?.repeats(from: Instant(nanoseconds: Int64(from * 1e9)), until: Instant(nanoseconds: Int64(until * 1e9))) ?? 0
                hits = cache.policy == .none ? 0 : again
            }
            storeHits = scenario.storeLookup ? again - hits : 0
        }
    }

    /// Replicas that share the partitions of their topic, in contiguous ranges.
    struct Replicas {
        /// Of the load, by replica; a replica without a partition has none.
        let shares: [Double]
        let count: Int

        init(_ count: Int, partitions: Int) {
            self.count = count
            var owned = [Double](repeating: 0, count: count)
            for partition in 0..<partitions { owned[count == 1 ? 0 : partition * count / partitions] += 1 / Double(partitions) }
            shares = owned.filter { $0 > 0 }
        }

        var busy: Int { shares.count }
        var busiest: Double { (shares.max() ?? 1) * Double(busy) }
        /// Of a figure of a replica, by its share of the load, over all that is done.
        func mean(_ figure: (Double) -> Double) -> Double { shares.reduce(0) { $0 + $1 * figure($1) } }
    }

    /// Of an answer. Drawn lengths are whole: half a token less than the distribution's mean.
    private static func meanTokens(_ provider: ProviderConfiguration) -> Double {
        provider.tokens.recorded == nil ? max(1, provider.tokens.mean - 0.5) : provider.tokens.mean
    }

    /// Seconds from a call's start to its answer. By load: what so many calls a second come to, of which no more
    /// than `atMost` are under way.
    private static func meanAnswer(_ provider: ProviderConfiguration, callsPerSecond: Double, atMost: Int) -> Double {
        guard let load = provider.load else { return provider.latency.mean / 1e9 }
        let first = Double(load.timeToFirstToken) / 1e9
        let tokens = meanTokens(provider) * Double(load.timePerToken) / 1e9
        // m = first + tokens · (1 + slope · others), and others = calls a second · m (Poisson arrivals see time averages).
        let rest = 1 - load.slope * tokens * callsPerSecond
        let most = first + tokens * (1 + load.slope * Double(max(0, min(atMost, 1 << 30) - 1)))
        return rest > 0 ? min((first + tokens) / rest, most) : most
    }

    /// Of a call's span, in square seconds.
    private static func variance(_ provider: ProviderConfiguration, callsPerSecond: Double, mean: Double) -> Double {
        guard let load = provider.load else { return provider.latency.variance / 1e18 }
        let lengths = Distribution.lognormal(median: Nanoseconds(provider.tokens.median), p99: Nanoseconds(provider.tokens.p99))
        let perToken = Double(load.timePerToken) / 1e9 * (1 + load.slope * callsPerSecond * mean)
        return lengths.variance * perToken * perToken
    }

    /// Plays the judge over 20,000 questions of the quality model, with a seed of its own.
    private static func judge(_ quality: Quality, _ acceptance: AcceptancePolicy) -> (first: Double, final: Double, generations: Double) {
        let model = QualityModel(quality, draws: Draws(seed: 0, repeat: 0))
        let sample: UInt64 = 20_000
        let most = min(acceptance.maxRegenerations, 50)
        var (first, final, generations) = (0, 0, 0)
        for question in 0..<sample {
            for generation in 0...most {
                generations += 1
                guard model.score(question: question, generation: generation) >= acceptance.threshold else { continue }
                if generation == 0 { first += 1 }
                final += 1
                break
            }
        }
        return (Double(first) / Double(sample), Double(final) / Double(sample), Double(generations) / Double(sample))
    }
}

extension Backoff {
    /// The first wait, in seconds, before chance spreads it.
    fileprivate var firstSeconds: Double {
        switch self {
        case .exponential(let base, _, let cap): Double(min(base, cap)) / 1e9
        case .fixed(let delay): Double(delay) / 1e9
        case .steps(let delays): Double(delays.first ?? 0) / 1e9
        }
    }
}
