// What theory and arithmetic say of a scenario before it is run: what is offered to each part, how much
// of it that part can carry, and which saturates first. No draw of the run is used.

import Measurement
import Pipeline
import Provider
import Scenarios
import Workload

/// A column's value as theory has it.
package struct TheoryFigure: Sendable, Equatable {
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
        package var utilisation: Double { demand / limit }
    }

    package let arrivalRate: Double
    package let questions: Double
    /// Hits over asked by Che's approximation; nil where the policy has no such formula.
    package let hitRatio: Double?
    /// No policy that keeps `capacity` answers can do better on average.
    package let bestHitRatio: Double
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

    /// The first resource to give way as the arrival rate grows.
    package var bottleneck: Resource? { resources.max { $0.utilisation < $1.utilisation } }

    package init(_ scenario: Scenario, corpus: Corpus) {
        let provider = scenario.provider
        let pipeline = scenario.pipeline
        let cache = pipeline.intake.cache
        let rate = scenario.traffic.arrivals.ratePerSecond
        arrivalRate = rate
        questions =
            switch scenario.length {
            case .duration(let span): scenario.traffic.arrivals.expectedArrivals(within: span)
            case .questions(let count): Double(count)
            }
        var remarks: [String] = []

        // The cache.
        let probabilities = scenario.traffic.popularity.probabilities(count: corpus.count)
        let lifetime = cache.ttl.map { Double($0) / 1e9 * rate } ?? .infinity
        func ratio(_ policy: CheApproximation.Policy) -> Double {
            // Probabilities add up to 1 but for rounding, and a ratio above 1 would make a negative load.
            min(1, CheApproximation.hitRatio(of: policy, capacity: cache.capacity, probabilities: probabilities, lifetime: lifetime))
        }
        if scenario.traffic.popularity == .sequential {
            // Every question comes back after all the others: a cache holds all of them or none that helps.
            let cycles = questions / Double(corpus.count)
            let holdsAll = cache.policy != .none && cache.capacity >= corpus.count && lifetime > Double(corpus.count)
            bestHitRatio = holdsAll ? max(0, 1 - 1 / max(cycles, 1)) : 0
            hitRatio = bestHitRatio
        } else if cache.policy == .none {
            (hitRatio, bestHitRatio) = (0, 0)
        } else {
            bestHitRatio = ratio(.perfectLFU)
            // Che's approximation knows no drift.
            hitRatio = scenario.traffic.drift != nil ? nil : cache.policy == .lru ? ratio(.lru) : cache.policy == .fifo ? ratio(.fifo) : nil
        }
        let asked = questions
        let expectedDistinct = probabilities.reduce(0) { $0 + 1 - ExactMath.exp(-$1 * asked) }
        if cache.policy != .none, Double(cache.capacity) >= expectedDistinct {
            remarks.append(
                "the cache never has to evict: about \(Figure.count(expectedDistinct.rounded())) different questions come, it keeps \(Figure.count(Double(cache.capacity)))")
        }

        // The judge: the quality model's own distribution, over a fixed sample of questions.
        let acceptance = pipeline.acceptance
        let judged = Self.judge(provider.quality, acceptance)
        (firstPassRatio, finalPassRatio, generationsPerScored) = judged
        if judged.final < 0.05 {
            remarks.append("the threshold of \(Figure.significant(acceptance.threshold)) rejects nearly every answer: \(Figure.percent(judged.final)) pass after up to \(acceptance.maxRegenerations + 1) generations")
        }

        // Calls: errors are repeated up to max_retries times.
        let error = provider.errorProbability
        var callsPerGeneration = 1.0
        var power = 1.0
        for _ in 0..<min(pipeline.retry.error.maxRetries, 10_000) where power > 1e-12 {
            power *= error
            callsPerGeneration += power
        }
        callsPerScored = generationsPerScored * callsPerGeneration
        let missRatio = 1 - (hitRatio ?? bestHitRatio)
        callsPerQuestion = missRatio * callsPerScored
        callRate = arrivalRate * callsPerQuestion

        // Capacity.
        let meanCall = provider.latency.mean * (1 - error) + provider.errorLatency.mean * error
        meanCallMilliseconds = meanCall / 1e6
        let underWay = callRate * meanCall / 1e9
        // A partition belongs to one worker: workers beyond the partitions have nothing to do.
        let busyWorkers = min(pipeline.llmWorkers, pipeline.partitions)
        if busyWorkers < pipeline.llmWorkers {
            remarks.append(
                "\(pipeline.llmWorkers - busyWorkers) of \(pipeline.llmWorkers) LLM workers stay idle: there are \(pipeline.partitions) partitions, and each belongs to one worker")
        }
        let slots = busyWorkers * pipeline.concurrency
        var resources = [Resource(name: "LLM workers", demand: underWay, limit: Double(slots), unit: "calls under way")]
        if let limit = provider.concurrencyLimit {
            resources.append(Resource(name: "provider.concurrency_limit", demand: underWay, limit: Double(limit), unit: "calls under way"))
        }
        if let limit = provider.requestsPerMinute {
            resources.append(Resource(name: "provider.requests_per_minute", demand: callRate * 60, limit: Double(limit), unit: "calls a minute"))
        }
        if let quota = provider.quota {
            resources.append(
                Resource(name: "provider.quota", demand: callRate * Double(quota.per) / 1e9, limit: Double(quota.calls), unit: "calls a window"))
        }
        meanWaitMilliseconds =
            QueueingTheory.meanWait(servers: slots, offered: underWay, meanService: meanCall, serviceVariance: provider.latency.variance) / 1e6
        // Little's law; where a queue grows without end, what fills intake is that queue's fault, named above.
        let stay = meanCall / 1e9 + (meanWaitMilliseconds.isFinite ? meanWaitMilliseconds / 1e3 : 0)
        let inPipeline = arrivalRate * missRatio * callsPerScored * stay
        resources.append(
            Resource(name: "intake.max_in_flight", demand: inPipeline, limit: Double(pipeline.intake.maxInFlight), unit: "questions in flight"))
        self.resources = resources

        if let price = provider.price {
            let words = (0..<min(corpus.count, 200)).reduce(0) { $0 + corpus.words($1) } / max(1, min(corpus.count, 200))
            let recorded = provider.tokens.recorded.flatMap { try? Trace.load($0) }
            let prompt = recorded?.meanPromptTokens ?? Double(TokenLengths.prompt(words: words))
            costPerThousand =
                1000 * callsPerQuestion / callsPerGeneration
                * (prompt * price.prompt + provider.tokens.mean * price.completion) / 1e6
        } else {
            costPerThousand = nil
        }

        // Faults.
        let end: Instant =
            switch scenario.length {
            case .duration(let span): Instant(nanoseconds: span)
            case .questions: Instant(nanoseconds: Int64(min(9e18, questions / arrivalRate * 1e9)))
            }
        var whatOpensTheBreaker: [String] = []
        for (index, fault) in provider.faults.enumerated() {
            let overlap = max(0, min(fault.until.nanoseconds, end.nanoseconds) - fault.from.nanoseconds)
            let callsEach = callsPerScored
            let seen = min(
                callRate * Double(overlap) / 1e9, fault.calls.map(Double.init) ?? .infinity,
                fault.questions.map { Double($0.count) * callsEach } ?? .infinity)
            let struck = seen * fault.probability
            if let breaker = pipeline.retry.breaker {
                let failing = [.overload, .error, .outage].contains(fault.kind) ? 1 - (1 - fault.probability) * (1 - error) : error
                if failing >= breaker.failureRatio, seen >= Double(breaker.minCalls) {
                    whatOpensTheBreaker.append("faults[\(index)] (\(fault.kind.rawValue)) fails \(Figure.percent(failing)) of the calls")
                }
            }
            if struck < 0.5 {
                remarks.append(
                    "faults[\(index)] (\(fault.kind.rawValue)) can hardly bite: about \(Figure.significant(struck)) calls are expected to meet it")
            } else {
                remarks.append("faults[\(index)] (\(fault.kind.rawValue)) strikes about \(Figure.count(struck.rounded())) calls")
            }
        }
        for resource in resources where resource.utilisation >= 1 {
            remarks.append(
                "\(resource.name) is overloaded: \(Figure.significant(resource.demand)) \(resource.unit), it carries \(Figure.significant(resource.limit))")
        }
        if let breaker = pipeline.retry.breaker {
            if error >= breaker.failureRatio { whatOpensTheBreaker.append("error_probability fails \(Figure.percent(error))") }
            // Status 429 is an overload or a quota, as the scenario classes it.
            let refuses = resources.contains { resource in
                switch resource.name {
                case "provider.concurrency_limit": resource.utilisation >= 1
                case "provider.requests_per_minute": resource.utilisation >= 1 && pipeline.classify.errorClass(of: 429) == .overload
                default: false
                }
            }
            if refuses { whatOpensTheBreaker.append("the provider's limits refuse calls") }
            remarks.append(
                whatOpensTheBreaker.isEmpty
                    ? "the circuit breaker can hardly open: nothing here fails \(Figure.percent(breaker.failureRatio)) of \(breaker.minCalls) calls or more"
                    : "the circuit breaker can open, at \(Figure.percent(breaker.failureRatio)) failed: \(whatOpensTheBreaker.joined(separator: ", "))")
        }
        self.remarks = remarks

        var theory: [TheoryFigure] = []
        if let hitRatio, cache.policy != .none {
            theory.append(TheoryFigure(column: "hit_ratio", expected: hitRatio, source: "Che: a warm cache, filled at once"))
        }
        theory.append(TheoryFigure(column: "first_pass_ratio", expected: firstPassRatio, source: "the quality model"))
        let isGuarded = pipeline.retry.budget != nil || pipeline.retry.breaker != nil
        let isPlain = provider.faults.isEmpty && !isGuarded && !cache.coalesce && !pipeline.intake.storeLookup && resources.allSatisfy { $0.utilisation < 0.9 }
        let isUnlimited = provider.concurrencyLimit == nil && provider.requestsPerMinute == nil && provider.tokensPerMinute == nil && provider.load == nil
            && provider.quota == nil
        if isPlain, isUnlimited, hitRatio != nil {
            theory.append(TheoryFigure(column: "calls_per_question", expected: callsPerQuestion, source: "hit ratio, quality model and error rate"))
            theory.append(TheoryFigure(column: "utilisation", expected: underWay / Double(pipeline.llmWorkers * pipeline.concurrency), source: "offered load over slots"))
        }
        if isPlain, isUnlimited, cache.policy == .none, error == 0, generationsPerScored == 1, pipeline.llmWorkers == 1,
            case .poisson = scenario.traffic.arrivals
        {
            if case .exponential = provider.latency {
                theory.append(TheoryFigure(column: "generated_queue_mean_ms", expected: meanWaitMilliseconds, source: "M/M/\(slots), Erlang C"))
            } else if slots == 1, provider.latency.variance.isFinite {
                theory.append(TheoryFigure(column: "generated_queue_mean_ms", expected: meanWaitMilliseconds, source: "M/G/1, Pollaczek–Khinchine"))
            }
        }
        self.theory = theory
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

    private var meanWaitText: String {
        if !meanWaitMilliseconds.isFinite { return "grows without end" }
        return meanWaitMilliseconds < 0.001 ? "under 1 µs" : Figure.milliseconds(meanWaitMilliseconds)
    }

    /// For people, at most 80 columns wide.
    package var text: String {
        var lines: [String] = []
        func line(_ name: String, _ value: String) { lines.append(name + String(repeating: " ", count: max(1, 30 - name.count)) + value) }
        line("questions", "\(Figure.significant(arrivalRate))/s, about \(Figure.count(questions.rounded()))")
        if let hitRatio {
            line("expected hit ratio", "\(Figure.percent(hitRatio)) (Che), at most \(Figure.percent(bestHitRatio)) at this size")
        } else {
            line("expected hit ratio", "at most \(Figure.percent(bestHitRatio)) at this size (the figures below take it)")
        }
        line("answers that pass", "first \(Figure.percent(firstPassRatio)), final \(Figure.percent(finalPassRatio))")
        line("generations", "\(Figure.fixed(generationsPerScored, 2)) a scored question")
        line("LLM calls", "\(Figure.fixed(callsPerQuestion, 2)) a question, \(Figure.significant(callRate))/s")
        line("mean call", Figure.milliseconds(meanCallMilliseconds))
        line("mean wait for a worker", meanWaitText)
        if let costPerThousand { line("cost", "\(Figure.significant(costPerThousand)) a thousand questions") }
        for resource in resources.sorted(by: { $0.utilisation > $1.utilisation }) {
            line(
                resource.name,
                "\(Figure.percent(resource.utilisation)) busy: \(Figure.significant(resource.demand)) of \(Figure.significant(resource.limit)) \(resource.unit)")
        }
        if let bottleneck, bottleneck.utilisation > 0 {
            line("saturates first", "\(bottleneck.name), at \(Figure.significant(arrivalRate / bottleneck.utilisation)) questions/s")
        }
        return (lines + remarks.map { "- \($0)" }).joined(separator: "\n")
    }
}
