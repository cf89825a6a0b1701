import Caching
import Pipeline
import Provider
import Scoring
import Workload

/// Typed access to a validated mapping. A key that is not there is a bug of ours.
struct ScenarioValues {
    let value: YAMLValue
    /// Collects the paths that were read, for the test that the table and the builder agree.
    let read: (String) -> Void
    let prefix: String

    init(_ value: YAMLValue, prefix: String = "", read: @escaping (String) -> Void = { _ in }) {
        self.value = value
        self.prefix = prefix
        self.read = read
    }

    func optional(_ path: String) -> YAMLValue? {
        read(prefix + path)
        return value[path: path.split(separator: ".").map(String.init)]
    }

    func scalar(_ path: String) -> String {
        guard let text = optional(path)?.scalar else { preconditionFailure("\(prefix + path) was not validated") }
        return text
    }

    private func checked<T>(_ value: T?, _ path: String) -> T {
        guard let value else { preconditionFailure("\(prefix + path) was not validated") }
        return value
    }

    func boolean(_ path: String) -> Bool { scalar(path) == "true" }
    func integer(_ path: String) -> Int { checked(Units.integer(scalar(path)), path) }
    func number(_ path: String) -> Double { checked(Units.number(scalar(path)), path) }
    func rate(_ path: String) -> Double { checked(Units.rate(scalar(path)), path) }
    func size(_ path: String) -> Int { checked(Units.size(scalar(path)), path) }
    func duration(_ path: String) -> Nanoseconds { checked(Units.duration(scalar(path)), path) }
    func word<T: RawRepresentable<String>>(_ path: String, as type: T.Type = T.self) -> T { checked(T(rawValue: scalar(path)), path) }
    /// Nil where a word such as `never` or `unlimited` stands for it.
    func integer(_ path: String, or word: String) -> Int? { scalar(path) == word ? nil : integer(path) }
    func duration(_ path: String, or word: String) -> Nanoseconds? { scalar(path) == word ? nil : duration(path) }

    func block(_ path: String) -> ScenarioValues {
        ScenarioValues(checked(optional(path), path), prefix: "\(prefix)\(path).", read: read)
    }

    func list(_ path: String) -> [YAMLValue] { checked(optional(path)?.list, path) }
}

/// Makes a `Scenario` of validated YAML.
enum ScenarioBuilder {
    static func scenario(_ values: ScenarioValues) -> Scenario {
        Scenario(
            name: values.scalar("name"), description: values.scalar("description"),
            seed: UInt64(values.scalar("seed"))!, length: length(values),
            warmup: values.duration("warmup"), drain: values.duration("drain"), repeats: repeats(values), stopping: stopping(values),
            timeScale: values.number("time_scale"), questionsCSV: Bool(values.scalar("questions_csv")),
            profile: values.scalar("pipeline.profile") == "none" ? nil : values.scalar("pipeline.profile"),
            pipeline: pipeline(values), scoring: scoring(values.block("pipeline.score"), time: values.duration("pipeline.judge.scoring_time")),
            judge: judge(values.block("pipeline.judge")), storeEngine: values.word("pipeline.store.engine"),
            traffic: traffic(values.block("traffic")), provider: provider(values), server: server(values.block("provider")),
            faultPlaces: faults(values).filter { !isLive($0) }.map(\.place), liveFaults: faults(values).filter(isLive).map { liveFault($0.values, $0.place) },
            recoverWithin: values.duration("live.recover_within"),
            simulation: .init(
                topicDelay: values.duration("simulation.topic_delay"), scoringTime: max(values.duration("simulation.scoring_time"), values.duration("pipeline.judge.scoring_time")),
                batchDelay: values.duration("simulation.batch_delay"), storeTime: values.duration("simulation.store_time")),
            live: LiveSettings(
                processes: values.scalar("live.processes") == "true",
                replicas: Dictionary(uniqueKeysWithValues: Service.pipeline.map { ($0.rawValue, values.integer("live.replicas.\($0.rawValue)")) }),
                sharing: values.word("live.sharing")),
            checks: values.list("checks").map { try! Check.parse($0.scalar!).get() },
            tolerances: (values.optional("tolerance")?.entries ?? []).map { Tolerance(column: $0.key, amount: Tolerance.amount($0.value.scalar!, of: $0.key)!) })
    }

    private static func length(_ values: ScenarioValues) -> Scenario.Length {
        let duration = values.optional("duration"), questions = values.optional("questions")
        if duration != nil { return .duration(values.duration("duration")) }
        precondition(questions != nil, "a scenario without a length was let through")
        return .questions(values.integer("questions"))
    }

    private static func repeats(_ values: ScenarioValues) -> Int {
        values.optional("repeats")?.scalar == nil ? values.integer("repeats.max") : values.integer("repeats")
    }

    private static func stopping(_ values: ScenarioValues) -> StoppingRule? {
        guard values.optional("repeats")?.scalar == nil else { return nil }
        let block = values.block("repeats")
        return StoppingRule(
            relativeHalfWidth: StoppingRule.share(block.scalar("until"))!, column: block.scalar("of"),
            atLeast: block.optional("min") == nil ? min(StoppingRule.usualMinimum, block.integer("max")) : block.integer("min"))
    }

    // MARK: - pipeline

    private static func pipeline(_ values: ScenarioValues) -> PipelineConfiguration {
        let pipeline = values.block("pipeline")
        return PipelineConfiguration(
            partitions: pipeline.integer("partitions"),
            intake: IntakeConfiguration(
                maxInFlight: pipeline.integer("intake.max_in_flight"),
                maxInFlightBytes: pipeline.size("intake.max_in_flight_bytes"),
                cache: CacheConfiguration(
                    policy: pipeline.word("cache.policy"), capacity: pipeline.integer("cache.capacity"),
                    ttl: pipeline.duration("cache.ttl", or: "never"), coalesce: pipeline.boolean("cache.coalesce")),
                storeLookup: pipeline.boolean("store.lookup")),
            acceptance: AcceptancePolicy(
                threshold: pipeline.number("score.threshold"), maxRegenerations: pipeline.integer("score.max_regenerations"),
                onExhausted: pipeline.word("score.on_exhausted")),
            retry: RetryPolicies(
                overload: retry(pipeline.block("retry.overload")), quota: retry(pipeline.block("retry.quota")),
                error: retry(pipeline.block("retry.error")),
                maxTotalRetries: pipeline.integer("retry.max_total_retries", or: "unlimited"),
                budget: pipeline.optional("retry.budget").flatMap { _ in budget(pipeline.block("retry.budget")) },
                breaker: pipeline.optional("retry.breaker").flatMap { _ in breaker(pipeline.block("retry.breaker")) }),
            classify: StatusClassification(classes(values)),
            llmWorkers: pipeline.integer("workers.llm"), concurrency: pipeline.integer("workers.concurrency"),
            judges: pipeline.integer("workers.judge"), topics: topics(pipeline.block("topics")))
    }

    private static func retry(_ values: ScenarioValues) -> RetryPolicy {
        let backoff: Backoff
        switch values.scalar("backoff") {
        case "exponential":
            backoff = .exponential(base: values.duration("base"), factor: values.number("factor"), cap: values.duration("cap"))
        case "fixed": backoff = .fixed(delay: values.duration("delay"))
        case "steps": backoff = .steps(values.list("delays").map { Units.duration($0.scalar!)! })
        case let other: preconditionFailure("the backoff \(other) is in the table and not here")
        }
        return RetryPolicy(
            backoff: backoff, jitter: values.word("jitter"), maxRetries: values.integer("max_retries"),
            honorRetryAfter: values.word("honor_retry_after"))
    }

    private static func budget(_ values: ScenarioValues) -> RetryBudgetPolicy? {
        let policy = RetryBudgetPolicy(
            ratio: values.number("ratio"), minPerSecond: values.rate("min_rate"), burst: values.integer("burst"))
        return values.boolean("enabled") ? policy : nil
    }

    private static func breaker(_ values: ScenarioValues) -> CircuitBreakerPolicy? {
        let policy = CircuitBreakerPolicy(
            failureRatio: values.number("failure_ratio"), window: values.integer("window"), minCalls: values.integer("min_calls"),
            openFor: values.duration("open_for"), halfOpenCalls: values.integer("half_open_calls"))
        return values.boolean("enabled") ? policy : nil
    }

    private static func topics(_ values: ScenarioValues) -> [Role: String?] {
        var topics: [Role: String?] = [:]
        for role in Role.allCases {
            let name = values.scalar(role.rawValue)
            topics[role] = .some(name == "none" ? nil : name)
        }
        return topics
    }

    private static func scoring(_ values: ScenarioValues, time: Nanoseconds) -> Scenario.Scoring {
        .init(
            metric: values.word("metric"), against: values.word("against"), evaluate: values.word("evaluate"), time: time,
            bertScore: .init(figure: values.word("bertscore.figure"), idf: values.boolean("bertscore.idf"), rescale: values.boolean("bertscore.rescale")))
    }

    private static func judge(_ values: ScenarioValues) -> Scenario.Judge {
        .init(
            engine: values.word("engine"), batch: .init(size: values.integer("batch.size"), delay: values.duration("batch.delay")),
            checkpointInterval: values.duration("checkpoint_interval"))
    }

    // MARK: - traffic

    private static func traffic(_ values: ScenarioValues) -> Scenario.Traffic {
        .init(
            arrivals: arrivals(values.block("arrivals")), popularity: popularity(values.block("popularity"), arrivals: values.block("arrivals")),
            drift: values.optional("popularity.drift").map { _ in
                PopularityDrift(every: values.duration("popularity.drift.every"), share: values.number("popularity.drift.by"))
            },
            corpus: corpus(values.block("corpus")), via: values.word("via"))
    }

    private static func arrivals(_ values: ScenarioValues) -> ArrivalProcess {
        switch values.scalar("process") {
        case "constant": .constant(ratePerSecond: values.rate("rate"))
        case "poisson": .poisson(ratePerSecond: values.rate("rate"))
        case "uniform": .uniform(low: values.duration("low"), high: values.duration("high"))
        case "gamma": .gamma(ratePerSecond: values.rate("rate"), coefficientOfVariation: values.number("cv"))
        case "burst":
            .burst(
                .init(
                    onRatePerSecond: values.rate("rate_on"), offRatePerSecond: values.rate("rate_off"), on: values.duration("on"),
                    off: values.duration("off"), spans: values.word("spans")))
        case "trace": .trace(trace(values))
        case "stages":
            .stages(values.list("stages").indices.map { index in
                let stage = values.block("stages.\(index)")
                return .init(ratePerSecond: stage.rate("rate"), length: stage.duration("for"), ramp: stage.duration("ramp"))
            })
        case "diurnal":
            .diurnal(
                .init(
                    meanRatePerSecond: values.rate("rate"), amplitude: values.number("amplitude"), period: values.duration("period"),
                    phase: values.duration("phase")))
        case let other: preconditionFailure("the process \(other) is in the table and not here")
        }
    }

    private static func trace(_ values: ScenarioValues) -> TraceSource {
        TraceSource(path: values.scalar("file"), format: values.word("format"), speed: values.number("speed"))
    }

    private static func popularity(_ values: ScenarioValues, arrivals: ScenarioValues) -> PopularityModel {
        switch values.scalar("distribution") {
        case "zipf": .zipf(exponent: values.number("exponent"))
        case "uniform": .uniform
        case "sequential": .sequential
        case "trace": .trace(trace(arrivals))
        case let other: preconditionFailure("the popularity \(other) is in the table and not here")
        }
    }

    private static func corpus(_ values: ScenarioValues) -> CorpusSource {
        if values.optional("builtin") != nil { return .builtin }
        if values.optional("synthetic") != nil { return .synthetic(values.integer("synthetic")) }
        if values.optional("jsonl") != nil {
            return .jsonl(path: values.scalar("jsonl"), question: values.scalar("question"), answer: values.scalar("answer"))
        }
        return .csv(path: values.scalar("csv"), format: values.word("format"))
    }

    // MARK: - provider and faults

    private static func provider(_ values: ScenarioValues) -> ProviderConfiguration {
        let provider = values.block("provider")
        let classes = classes(values)
        let price = provider.optional("price").map { _ in
            Price(prompt: provider.number("price.prompt"), completion: provider.number("price.completion"))
        }
        // A real one has no model here, but a price.
        guard provider.scalar("model") == LLMServer.Kind.mock.rawValue else { return ProviderConfiguration(latency: .constant(0), price: price) }
        let tokens = tokens(provider.block("tokens"), arrivals: arrivals(values.block("traffic.arrivals")))
        let (latency, load) = latency(provider.block("latency"), tokens: tokens)
        return ProviderConfiguration(
            latency: latency, load: load, errorLatency: distribution(provider.block("error_latency")),
            concurrencyLimit: provider.integer("concurrency_limit", or: "unlimited"),
            requestsPerMinute: provider.integer("requests_per_minute", or: "unlimited"),
            tokensPerMinute: provider.integer("tokens_per_minute", or: "unlimited"), retryAfter: provider.word("retry_after"),
            quota: provider.optional("quota").map { _ in
                CallQuota(calls: provider.integer("quota.calls"), per: provider.duration("quota.per"))
            },
            errorProbability: provider.number("error_probability"),
            quality: quality(provider.block("quality")),
            faults: faults(values).filter { !isLive($0) }.map { fault($0.values) },
            overloadStatus: status(of: .overload, in: classes) ?? 503, quotaStatus: status(of: .quota, in: classes) ?? 402,
            price: price, tokens: tokens)
    }

    /// Who is called in place of the model inside the process; nil where nobody is.
    private static func server(_ values: ScenarioValues) -> LLMServer? {
        let kind: LLMServer.Kind = values.word("model")
        let (timeout, stream) = (values.duration("timeout"), values.boolean("stream"))
        guard values.optional("base_url") != nil else { return nil }
        guard kind != .mock else { return LLMServer(kind: .mock, baseURL: values.scalar("base_url"), timeout: timeout, stream: stream) }
        let key = values.optional("api_key_env")
        return LLMServer(
            kind: kind, baseURL: values.scalar("base_url"), model: values.scalar("model_name"), timeout: timeout, stream: stream,
            maxTokens: values.integer("max_tokens", or: "unlimited"),
            temperature: values.optional("temperature").map { _ in values.number("temperature") },
            apiKeyEnvironment: key?.scalar ?? (kind == .openai ? "OPENAI_API_KEY" : nil), requiresKey: key != nil,
            prompt: values.scalar("prompt"), ollamaAPI: kind == .ollama ? values.word("api") : .chat)
    }

    private static func tokens(_ values: ScenarioValues, arrivals: ArrivalProcess) -> TokenLengths {
        switch values.scalar("distribution") {
        case "lognormal": return TokenLengths(median: values.integer("median"), p99: values.integer("p99"))
        case "trace":
            guard case .trace(let source) = arrivals else { preconditionFailure("lengths of a trace without a trace were let through") }
            return TokenLengths(recorded: source)
        case let other: preconditionFailure("the distribution \(other) is in the table and not here")
        }
    }

    /// How long answers take. By load: the span of one that meets no other, on average, beside its model.
    private static func latency(_ values: ScenarioValues, tokens: TokenLengths) -> (Distribution, LoadLatency?) {
        guard values.scalar("distribution") == "load" else { return (distribution(values), nil) }
        let load = LoadLatency(
            timeToFirstToken: values.duration("time_to_first_token"), timePerToken: values.duration("time_per_token"),
            slope: values.number("slope"))
        return (.constant(load.span(tokens: Int(tokens.mean.rounded()), others: 0)), load)
    }

    static func distribution(_ values: ScenarioValues) -> Distribution {
        switch values.scalar("distribution") {
        case "constant": .constant(values.duration("value"))
        case "exponential": .exponential(mean: values.duration("mean"))
        case "lognormal": .lognormal(median: values.duration("median"), p99: values.duration("p99"))
        case "gamma": .gamma(mean: values.duration("mean"), shape: values.number("shape"))
        case "pareto": .pareto(minimum: values.duration("minimum"), shape: values.number("shape"))
        case "empirical": .empirical(measured(spans(values)))
        case let other: preconditionFailure("the distribution \(other) is in the table and not here")
        }
    }

    private static func quality(_ values: ScenarioValues) -> Quality {
        let correlation = values.number("retry_correlation")
        switch values.scalar("distribution") {
        case "beta": return Quality(mean: values.number("mean"), spread: values.number("spread"), retryCorrelation: correlation)
        case "empirical": return Quality(measured: measured(scores(values)), retryCorrelation: correlation)
        case let other: preconditionFailure("the distribution \(other) is in the table and not here")
        }
    }

    static func spans(_ values: ScenarioValues) -> EmpiricalSource {
        let unit = Units.durationUnits.first { $0.name == values.scalar("unit") }!.nanoseconds
        return EmpiricalSource(path: values.scalar("file"), column: values.scalar("column"), quantity: .spans(unit: unit))
    }

    static func scores(_ values: ScenarioValues) -> EmpiricalSource {
        EmpiricalSource(path: values.scalar("file"), column: values.scalar("column"), quantity: .scores)
    }

    /// Read already when the scenario was checked, and kept since.
    private static func measured(_ source: EmpiricalSource) -> EmpiricalDistribution {
        do { return try EmpiricalDistribution.load(source) } catch { preconditionFailure("was good when the file was loaded: \(error)") }
    }

    private static func faults(_ values: ScenarioValues) -> [(place: Int, values: ScenarioValues)] {
        values.list("faults").indices.map { ($0, values.block("faults.\($0)")) }
    }

    private static func isLive(_ fault: (place: Int, values: ScenarioValues)) -> Bool {
        LiveFault.words.contains(fault.values.scalar("inject"))
    }

    private static func liveFault(_ values: ScenarioValues, _ place: Int) -> LiveFault {
        let from = Instant(nanoseconds: values.duration("at"))
        let kind: LiveFault.Kind =
            switch values.scalar("inject") {
            case "broker_down": .brokerDown
            case "broker_slow": .brokerSlow(roundTrip: values.duration("round_trip"))
            case "store_down": .storeDown
            case "kill": .kill(values.word("service"), replica: values.integer("replica"))
            case let other: preconditionFailure("the fault \(other) is in the table and not here")
            }
        let span = if case .kill = kind { values.duration("restart_after") } else { values.duration("for") }
        return LiveFault(kind, from: from, until: from + span, place: place)
    }

    private static func fault(_ values: ScenarioValues) -> Fault {
        let from = Instant(nanoseconds: values.duration("at"))
        let kind: Fault.Kind = values.word("inject")
        let span = values.optional("for")
        let count = values.optional("count")
        return Fault(
            kind: kind, from: from, until: span == nil ? .never : from + values.duration("for"),
            calls: count == nil ? nil : values.integer("count"),
            questions: values.optional("question").map { value in
                Set((value.list ?? [value]).map { UInt64($0.scalar!)! }).sorted()
            },
            probability: values.number("probability"),
            retryAfter: kind == .overload || kind == .quota ? values.duration("retry_after", or: "auto") : nil,
            factor: kind == .slow ? values.number("factor") : 1)
    }

    static func classes(_ values: ScenarioValues) -> [Int: ErrorClass] {
        var classes: [Int: ErrorClass] = [:]
        for entry in values.optional("provider.classify")?.entries ?? [] {
            if let status = Int(entry.key), let text = entry.value.scalar, let known = ErrorClass(rawValue: text) { classes[status] = known }
        }
        return classes
    }

    /// The status that stands for a class: the usual one (503, 402) where it is classed so, else the lowest.
    static func status(of errorClass: ErrorClass, in classes: [Int: ErrorClass]) -> Int? {
        let statuses = classes.filter { $0.value == errorClass }.map(\.key).sorted()
        let usual = errorClass == .overload ? 503 : 402
        return statuses.contains(usual) ? usual : statuses.first
    }
}
