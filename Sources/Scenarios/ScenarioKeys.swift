import Caching
import Pipeline
import Provider
import Scoring
import Workload

/// The table of all keys of a scenario: names, types, units, defaults and meanings.
///
/// Parser, defaults, `--set`, sweeps and `crisol schema` read it; nothing of it is written twice.
enum ScenarioKeys {
    static let root = Block(
        [
            Key("name", .text, .required, "The scenario's name: letters, digits, dots, dashes and underscores. Results lie in a folder of this name."),
            Key("description", .text, .preset("\"\""), "One sentence on what the scenario shows."),
            Key("seed", .seed, .preset("1"), "The seed of every draw. Points of a sweep share it, so they meet the same traffic and the same luck."),
            Key("warmup", span(or: nil), .preset("0s"), "Questions that arrive before this moment are in the ledger, not in the statistics."),
            Key("drain", span(or: nil), .preset("5m"), "How long a run waits after the last arrival for questions under way; the rest is in_flight."),
            Key("repeats", .repeats(1...10_000, until: stopping), .preset("1"), "Replications with different luck; the spread between them gives the confidence intervals. A number, or {until: 2%, of: latency_p95_ms, max: 50}: as many as make the interval that narrow."),
            Key("time_scale", .number(.positive), .preset("1"), "How many times faster than real time a live run goes: waits, latencies and durations alike. Simulation does not wait anyway."),
            Key("questions_csv", .word(["auto", "true", "false"]), .preset("auto"), "Whether questions.csv is written; auto: up to 1,000,000 questions."),
            Key("pipeline", .block(PipelineKeys.pipeline), .preset("{}"), "The pipeline under test."),
            Key("traffic", .block(TrafficKeys.traffic), .required, "What is asked, and when."),
            Key("provider", .block(ProviderKeys.provider), .preset("{}"), "The LLM provider's model."),
            Key("faults", .list(.block(ProviderKeys.fault), minimum: 0), .preset("[]"), "What goes wrong, and when."),
            Key("simulation", .block(simulation), .preset("{}"), "Costs that a live run meets by itself and a simulated one is told."),
            Key("live", .block(LiveKeys.live), .preset("{}"), "How a live run hosts its services. Simulation does without."),
            Key("sweep", .sweep, .preset("{}"), "Keys with lists of values: every combination is a point, the first key varying slowest. Under zip: keys that vary together."),
            Key("checks", .list(.check, minimum: 0), .preset("[]"), "Conditions on columns of summary.csv, each for every point, or with any: or mean: in front. A failed one ends the run with exit code 1."),
            Key("tolerance", .tolerances, .preset("{}"), "Columns of summary.csv, and how much worse each may have become before crisol compare calls it a regression: a share of the base's mean (5%), or an amount (0.01; for times also 200ms). Those not named: 0."),
        ],
        choice: .oneOf(
            [
                .init("duration", [Key("duration", span(from: 1, or: nil), .required, "How long questions arrive.")]),
                .init("questions", [Key("questions", .integer(1...1_000_000_000), .required, "How many questions arrive, instead of a duration.")]),
            ], preset: nil), leading: 3)

    private static let stopping = Block([
        Key("until", .share, .required, "A point is not repeated any more when half the width of the 95 % interval is at most this share of the mean."),
        Key("of", .metric, .required, "The column of summary.csv whose interval is meant."),
        Key("max", .integer(2...10_000), .required, "Repeats at most, whatever the interval."),
        Key("min", .integer(2...10_000), .optional, "Repeats at least (10, or max where that is less). Few make intervals that cover the mean too rarely."),
    ])

    static let simulation = Block([
        Key("topic_delay", span(or: nil), .preset("0s"), "How long a message takes from one service to the next."),
        Key("scoring_time", span(or: nil), .preset("0s"), "How long the judge takes to score an answer, where pipeline.judge.scoring_time is not longer. Without it what the metric takes: \(DependentDefaults.bertScoreTime) for bertscore-minilm-l6, 0s for the others, which take microseconds."),
        Key("batch_delay", span(or: nil), .preset("0s"), "How much later than its topic's delay says an answer reaches the judge. Without it 0s for the native judge; for Flink what the way through it takes, \(DependentDefaults.throughFlink), and pipeline.judge.batch.delay."),
        Key("store_time", span(or: nil), .preset("0s"), "How long the store takes to acknowledge a write or to answer a lookup."),
    ])

    static func span(from minimum: Nanoseconds = 0, or word: String?) -> ValueType {
        .duration(minimum...Units.longestDuration, or: word)
    }
    static var span: ValueType { span(or: nil) }
    static var positiveSpan: ValueType { span(from: 1, or: nil) }
}

/// Everything below `live`.
enum LiveKeys {
    static let live = Block([
        Key("processes", .boolean, .preset("false"), "Whether each replica of a service is a process of its own; otherwise they are threads of one."),
        Key("replicas", .block(replicas), .preset("{}"), "Processes of each service, where processes is true."),
        Key("sharing", .word(LiveSettings.Sharing.allCases.map(\.rawValue)), .preset("auto"), "How the replicas of a service share its partitions. fixed: each has its own, and nobody takes over. group: as members of a consumer group. auto: group, where a service has more than one process."),
        Key("recover_within", ScenarioKeys.positiveSpan, .preset("60s"), "After the last of broker_down, broker_slow, store_down and kill, all questions asked before its end must have ended within this time, in scenario time; a check of its own."),
    ])

    private static let replicas = Block(
        Service.pipeline.map { service in
            Key(service.rawValue, .integer(1...100), .preset("1"), service == .llmWorker || service == .judge
                ? "Processes that share the workers which pipeline.workers has of it." : "Processes.")
        })
}

/// Everything below `pipeline`.
enum PipelineKeys {
    static let pipeline = Block([
        Key("profile", .word(["none"] + Profile.names), .preset("none"), "A known system whose settings are the defaults of everything else under pipeline, and of provider.classify."),
        Key("partitions", .integer(1...1000), .preset("6"), "Partitions of every topic."),
        Key("intake", .block(intake), .preset("{}"), "Admission."),
        Key("cache", .block(cache), .preset("{}"), "The answer cache in front of the LLM."),
        Key("store", .block(store), .preset("{}"), "Where results and failures are kept. Simulation has a virtual one."),
        Key("score", .block(score), .preset("{}"), "How answers are judged."),
        Key("retry", .block(retry), .preset("{}"), "What happens after a failed call."),
        Key("workers", .block(workers), .preset("{}"), "Replicas of the services."),
        Key("judge", .block(judge), .preset("{}"), "Who scores."),
        Key("topics", .block(topics), .preset("{}"), "Topic names by role; several roles may share one topic."),
    ])

    private static let intake = Block([
        Key("max_in_flight", .integer(1...100_000_000), .preset("10000"), "Questions under way at most; beyond, a question is rejected."),
        Key("max_in_flight_bytes", .size(1...1 << 50), .preset("64MiB"), "Bytes of text under way at most; beyond, a question is rejected."),
    ])

    private static let cache = Block([
        Key("policy", .word(CachePolicy.allCases.map(\.rawValue)), .preset("lru"), "Which answer makes room for a new one."),
        Key("capacity", .integer(1...1_000_000_000), .preset("1024"), "Answers kept, over all replicas."),
        Key("ttl", ScenarioKeys.span(from: 1, or: "never"), .preset("never"), "How long an answer may be given, from its insertion; a hit does not extend it."),
        Key("coalesce", .boolean, .preset("true"), "Whether a question joins an equal one that is under way."),
    ])

    private static let store = Block([
        Key("engine", .word(["sqlite"], later: Later("postgres", "postgresql", "mongodb", "redis")), .preset("sqlite"), "The database of a live run."),
        Key("lookup", .boolean, .preset("false"), "Whether a cache miss asks the store before the LLM."),
    ])

    private static let score = Block([
        Key("metric", .word(Metric.allCases.map(\.rawValue)), .preset("tfidf-cosine"), "The similarity by which answers are scored."),
        Key("against", .word(["question", "reference"]), .preset("reference"), "The text that an answer is compared with."),
        Key("threshold", .number(.probability), .preset("0.20"), "An answer is taken when its score is at least this."),
        Key("max_regenerations", .integer(0...1000), .preset("3"), "Answers asked for after the first."),
        Key("on_exhausted", .word(OnExhausted.allCases.map(\.rawValue)), .preset("accept_best"), "What becomes of a question when regenerations are used up."),
        Key("bertscore", .block(bertScore), .preset("{}"), "How bertscore-minilm-l6 makes a score of two texts; the other metrics have no such settings."),
        Key("evaluate", .word(Scenario.Scoring.Evaluation.allCases.map(\.rawValue)), .preset("computed"), "computed: texts are scored by the metric. sampled: scores are drawn from provider.quality. computed-live: computed in a live run, sampled in a simulation, for a metric that takes long."),
    ])

    private static let bertScore = Block([
        Key("figure", .word(BERTScore.Figure.allCases.map(\.rawValue)), .preset("f1"), "The number that counts: precision asks how well the answer's tokens are found in the reference, recall how well the reference's in the answer, f1 is their harmonic mean."),
        Key("idf", .boolean, .preset("false"), "Whether rare tokens weigh more, by their inverse document frequency in the corpus's answers, or in its questions with against: question."),
        Key("rescale", .boolean, .preset("false"), "Whether scores are rescaled so that unrelated English texts score 0: (x - b) / (1 - b), with a b of \(BERTScore.baseline.f1) for f1."),
    ])

    private static let retry = Block(
        [
            Key("overload", .block(policy(backoff: "exponential", base: "2s", cap: "60s", maxRetries: 3)), .preset("{}"), "After an overload (503, 429)."),
            Key("quota", .block(policy(backoff: "fixed", base: "2s", cap: "60s", maxRetries: 5)), .preset("{}"), "After an exhausted quota (402)."),
            Key("error", .block(policy(backoff: "exponential", base: "1s", cap: "30s", maxRetries: 3)), .preset("{}"), "After time-outs, resets and other server errors."),
            Key("max_total_retries", .integer(0...30_000, or: "unlimited"), .preset("unlimited"), "Bound on regenerations and retries together over a question's life."),
            Key("budget", .block(budget), .optional, "Bounds what retries add to the load: requests and time give tokens, each retry takes one. Without one the question is given up. Each LLM worker has its own. Missing: no bound."),
            Key("breaker", .block(breaker), .optional, "A circuit breaker: refuses calls while the provider fails, and tries a few before it lets all through again. Each LLM worker has its own. Missing: none."),
        ])

    private static let budget = Block([
        Key("enabled", .boolean, .preset("true"), "Whether there is one; for sweeps."),
        Key("ratio", .number(.from(0, to: 1000)), .preset("0.2"), "Tokens for each request that is no retry: 0.2 allows a retry for every fifth."),
        Key("min_rate", .rateOrZero, .preset("1/s"), "Tokens that time gives, whatever the requests."),
        Key("burst", .integer(1...1_000_000), .preset("10"), "Tokens saved up at most; a run begins with as many."),
    ])

    private static let breaker = Block([
        Key("enabled", .boolean, .preset("true"), "Whether there is one; for sweeps."),
        Key("failure_ratio", .number(NumberRange(minimum: 0, maximum: 1, excludesMinimum: true)), .preset("0.5"), "It opens when at least this share of a worker's latest calls met an overload or an error."),
        Key("window", .integer(1...100_000), .preset("20"), "How many of the latest calls are looked at."),
        Key("min_calls", .integer(1...100_000), .preset("10"), "It does not open before it has seen as many, since it closed."),
        Key("open_for", ScenarioKeys.positiveSpan, .preset("30s"), "How long it refuses every call before it tries some."),
        Key("half_open_calls", .integer(1...100_000), .preset("3"), "Calls that it tries: when all have succeeded it closes, when one fails it opens again."),
    ])

    private static func policy(backoff: String, base: String, cap: String, maxRetries: Int) -> Block {
        Block(
            [
                Key("jitter", .word(Jitter.allCases.map(\.rawValue)), .preset("none"), "How chance spreads the waits."),
                Key("max_retries", .integer(0...10_000), .preset("\(maxRetries)"), "Retries within one generation; the first call is not counted."),
                Key("honor_retry_after", .word(RetryAfterUse.allCases.map(\.rawValue)), .preset("true"), "true: a Retry-After longer than the backoff is waited out. instead: a Retry-After takes the backoff's place, shorter or longer."),
            ],
            choice: .named(
                Key("backoff", .word(["exponential", "fixed", "steps"]), .preset(backoff), "How the wait grows from retry to retry."),
                [
                    .init("exponential", [
                        Key("base", ScenarioKeys.positiveSpan, .preset(base), "The first wait."),
                        Key("factor", .number(.from(1, to: 1000)), .preset("2"), "By which each wait is longer than the one before."),
                        Key("cap", ScenarioKeys.positiveSpan, .preset(cap), "The longest wait."),
                    ]),
                    .init("fixed", [Key("delay", ScenarioKeys.positiveSpan, .preset("60s"), "The wait before each retry.")]),
                    .init("steps", [Key("delays", .list(ScenarioKeys.positiveSpan, minimum: 1), .required, "The waits one by one; the last is repeated.")]),
                ]))
    }

    private static let workers = Block([
        Key("llm", .integer(1...1000), .preset("4"), "Replicas of the LLM worker."),
        Key("concurrency", .integer(1...100_000), .preset("16"), "Calls that each LLM worker has under way at most."),
        Key("judge", .integer(1...1000), .preset("1"), "Replicas of the judge."),
    ])

    private static let judge = Block([
        Key("engine", .word(Scenario.Judge.Engine.allCases.map(\.rawValue)), .preset("native"), "What runs the judge, live. native: a service of Crisol's. flink: a Flink job, which asks Crisol's judge over HTTP in batches and runs workers.judge times in parallel."),
        Key("batch", .block(batch), .preset("{}"), "What Flink asks at once."),
        Key("checkpoint_interval", ScenarioKeys.span(from: 10_000_000, or: nil), .preset("1s"), "How often Flink keeps how far it has read: after a failure, what came since is judged once more. In scenario time, and in real time never more often than every 10 ms."),
        Key("scoring_time", ScenarioKeys.span, .preset("0s"), "A score takes at least so long, and a judge gives one after another: stands in, live and simulated, for a scorer slower than the one inside Crisol."),
    ])

    private static let batch = Block([
        Key("size", .integer(1...1000), .preset("16"), "Answers that Flink sends to the judge in one request at most."),
        Key("delay", ScenarioKeys.span, .preset("5ms"), "How long an answer waits for others to fill the batch; in real time whole milliseconds, at least one."),
    ])

    private static let topics = Block(
        Role.allCases.map { role in
            Key(role.rawValue, .topic(optional: role == .lowQualityResponses), .preset(role.rawValue), "The topic of the role \(role.rawValue)\(role == .lowQualityResponses ? "; none: not published" : "").")
        })
}

/// Everything below `traffic`.
enum TrafficKeys {
    static let traffic = Block([
        Key("arrivals", .block(arrivals), .required, "When questions arrive. The generator never waits for answers."),
        Key("popularity", .block(popularity), .preset("{}"), "Which of the corpus's questions are asked how often."),
        Key("corpus", .block(corpus), .preset("{}"), "Questions with their reference answers."),
        Key("via", .word(["kafka", "http"]), .preset("kafka"), "How questions come in, live: kafka writes them to their topic; http asks the storage API as users do, POST and then long polls."),
    ])

    private static let arrivals = Block(
        [],
        choice: .named(
            Key("process", .word(["constant", "poisson", "uniform", "gamma", "burst", "stages", "diurnal", "trace"]), .required, "The arrival process."),
            [
                .init("constant", [Key("rate", .rate, .required, "Questions per time, evenly spaced.")]),
                .init("poisson", [Key("rate", .rate, .required, "Questions per time on average.")]),
                .init("uniform", [
                    Key("low", ScenarioKeys.span, .required, "The shortest gap between questions."),
                    Key("high", ScenarioKeys.positiveSpan, .required, "The longest gap between questions."),
                ]),
                .init("gamma", [
                    Key("rate", .rate, .required, "Questions per time on average."),
                    Key("cv", .number(.from(0.001, to: 30)), .required, "Coefficient of variation of the gaps: 1 is Poisson, more comes in clumps, less more evenly."),
                ]),
                .init("burst", [
                    Key("rate_on", .rateOrZero, .required, "Questions per time while on; a run begins on."),
                    Key("rate_off", .rateOrZero, .preset("0/s"), "Questions per time while off."),
                    Key("on", ScenarioKeys.positiveSpan, .required, "How long on lasts."),
                    Key("off", ScenarioKeys.positiveSpan, .required, "How long off lasts."),
                    Key("spans", .word(ArrivalProcess.Burst.Spans.allCases.map(\.rawValue)), .preset("exponential"), "exponential: on and off are means. constant: each span is exactly so long."),
                ]),
                .init("stages", [Key("stages", .list(.block(stage), minimum: 1), .required, "Rates one after another; the last goes on after its stage, and where it is 0/s no more questions come.")]),
                .init("diurnal", [
                    Key("rate", .rate, .required, "Questions per time, on average over a period."),
                    Key("amplitude", .number(.probability), .required, "How far the rate swings, as a share of the mean: 1 swings from 0 to twice the mean."),
                    Key("period", .duration(1000...Units.longestDuration), .preset("24h"), "From peak to peak."),
                    Key("phase", ScenarioKeys.span, .preset("0s"), "How far into the period a run begins: at 0s at the mean and rising, a quarter on at the peak."),
                ]),
                .init("trace", [
                    Key("file", .file, .required, "The recorded requests; after the last one no more questions come."),
                    Key("format", .word(TraceFormat.allCases.map(\.rawValue)), .required, "azure-llm: CSV with TIMESTAMP,ContextTokens,GeneratedTokens. mooncake: JSON Lines with timestamp (ms), input_length, output_length and, for popularity: trace, hash_ids."),
                    Key("speed", .number(.from(0.001, to: 1_000_000)), .preset("1"), "How many times faster than recorded: 2 halves every gap."),
                ]),
            ]))

    private static let stage = Block([
        Key("rate", .rateOrZero, .required, "Questions per time on average; 0/s is a pause."),
        Key("for", ScenarioKeys.positiveSpan, .required, "How long the stage is, its ramp included."),
        Key("ramp", ScenarioKeys.span, .preset("0s"), "How long, from its beginning, the rate goes in a straight line from that of the stage before (first: from 0/s)."),
    ])

    private static let popularity = Block(
        [],
        choice: .named(
            Key("distribution", .word(["zipf", "uniform", "sequential", "trace"]), .preset("zipf"), "How often each question is asked. sequential: one after the other. trace: by the prompts of the trace of arrivals, equal prompts being the same question."),
            [
                .init("zipf", [
                    Key("exponent", .number(.from(0, to: 100)), .preset("1.0"), "The question of rank k is asked in proportion to 1/k^exponent."),
                    Key("drift", .block(drift), .optional, "How the ranking changes as time goes. Missing: it stays."),
                ]),
                .init("uniform", []),
                .init("sequential", []),
                .init("trace", []),
            ]))

    private static let drift = Block([
        Key("every", .duration(1_000_000_000...Units.longestDuration), .required, "The time between changes."),
        Key("by", .number(NumberRange(minimum: 0, maximum: 1, excludesMinimum: true)), .required, "The share of the questions that get another rank at each change: so many ranks, drawn at random, exchange their questions in pairs."),
    ])

    private static let corpus = Block(
        [],
        choice: .oneOf(
            [
                .init("builtin", [Key("builtin", .word(["true"]), .required, "The questions and answers that come with Crisol, English and Spanish.")]),
                .init("synthetic", [Key("synthetic", .integer(1...100_000_000), .required, "This many generated questions and answers.")]),
                .init("csv", [
                    Key("csv", .file, .required, "A file of questions and answers."),
                    Key("format", .word(CSVFormat.allCases.map(\.rawValue)), .preset("yahoo-answers"), "yahoo-answers: class index, question title, question content, best answer; no header."),
                ]),
                .init("jsonl", [
                    Key("jsonl", .file, .required, "A JSON Lines file: an object a line, with a question and its reference answer."),
                    Key("question", .text, .preset("question"), "The key of the question's text."),
                    Key("answer", .text, .preset("answer"), "The key of the answer's text."),
                ]),
            ], preset: "{builtin: true}"))
}

/// Everything below `provider`, and the faults.
enum ProviderKeys {
    static let provider = Block(
        [
            Key("classify", .statusClasses, .preset("{503: overload, 429: overload, 402: quota}"), "What HTTP statuses mean. Others: 2xx answers, 408, 425 and 5xx errors, other 4xx final."),
            Key("price", .block(price), .optional, "Money per million tokens; gives the cost column. Missing: no cost."),
        ],
        choice: .named(
            Key("model", .word(["mock", "openai", "ollama"]), .preset("mock"), "Who answers. mock: a model of a provider. Live only: openai, any server with OpenAI's chat completions API, and ollama."),
            [.init("mock", mock + [stream] + [timeout]), .init("openai", openAI), .init("ollama", ollama)]))

    private static let mock = [
        Key("base_url", .text, .optional, "Live: the address of a crisol serve mock-llm with the same scenario, such as http://127.0.0.1:8089. Missing: the model answers within the process."),
        Key("latency", .block(latency(load: true)), .preset("{distribution: lognormal, median: 800ms, p99: 3s}"), "From a call's start to its answer."),
        Key("error_latency", .block(latency(load: false)), .preset("{distribution: constant, value: 20ms}"), "From a call's start to a refusal or an error."),
        Key("concurrency_limit", .integer(1...1 << 30, or: "unlimited"), .preset("unlimited"), "Calls under way at most; beyond, an overload (503)."),
        Key("requests_per_minute", .integer(1...1_000_000_000, or: "unlimited"), .preset("unlimited"), "Beyond it: 429 with Retry-After."),
        Key("tokens_per_minute", .integer(1...RequestRate.most, or: "unlimited"), .preset("unlimited"), "Tokens of prompts and answers; beyond it: 429 with Retry-After."),
        Key("retry_after", .word(RetryAfter.allCases.map(\.rawValue)), .preset("seconds"), "How refusals write Retry-After: whole seconds, a date, not at all, or seconds that double with each failed call of the question, up to an hour."),
        Key("quota", .block(quota), .optional, "Calls per window of time; beyond, an exhausted quota (402) with Retry-After. Missing: no quota."),
        Key("error_probability", .number(.probability), .preset("0"), "Probability that a call ends in status 500."),
        Key("quality", .block(quality), .preset("{}"), "How good answers are."),
        Key("tokens", .block(tokens), .preset("{}"), "How long answers are. Where the arrivals are a trace and nothing is written here, lengths are the trace's."),
    ]

    private static let stream = Key("stream", .boolean, .preset("false"), "Over HTTP: whether answers are asked for piece by piece.")
    private static let timeout = Key("timeout", .duration(1_000_000...Units.longestDuration), .preset("60s"), "Over HTTP: from a request to the last byte of its answer; beyond, the call is an error and is tried again.")

    private static let openAI = [
        Key("base_url", .text, .preset("https://api.openai.com/v1"), "Where the server is. Without a path, /v1 is meant; /chat/completions is appended."),
        Key("api_key_env", .text, .optional, "The environment's variable with the key. Missing: OPENAI_API_KEY, if it is set. Keys are taken from nowhere else, and written nowhere."),
    ] + realModel

    private static let ollama = [
        Key("base_url", .text, .preset("\"http://127.0.0.1:11434\""), "Where the server is."),
        Key("api", .word(LLMServer.OllamaAPI.allCases.map(\.rawValue)), .preset("chat"), "Which of Ollama's interfaces is used: /api/chat or /api/generate."),
        Key("api_key_env", .text, .optional, "The environment's variable with a key, for servers that want one. Missing: none is sent."),
    ] + realModel

    private static let realModel = [
        Key("model_name", .text, .required, "The model's name, as the server knows it."),
        Key("prompt", .text, .preset("\"{question}\""), "What is sent for a question; {question} stands for its text."),
        Key("max_tokens", .integer(1...1_000_000, or: "unlimited"), .preset("unlimited"), "Tokens of an answer at most."),
        Key("temperature", .number(.from(0, to: 10)), .optional, "How freely the model chooses its words. Missing: as the server likes."),
        stream, timeout,
    ]

    private static func latency(load: Bool) -> Block { Block(
        [],
        choice: .named(
            Key("distribution", .word(["constant", "exponential", "lognormal", "gamma", "pareto", "empirical"] + (load ? ["load"] : [])), .required, "How the time is spread."),
            (load ? [byLoad] : []) + [
                .init("constant", [Key("value", ScenarioKeys.span, .required, "Always this.")]),
                .init("exponential", [Key("mean", ScenarioKeys.span, .required, "The mean.")]),
                .init("lognormal", [
                    Key("median", ScenarioKeys.positiveSpan, .required, "The median."),
                    Key("p99", ScenarioKeys.positiveSpan, .required, "The 99th percentile, not below the median."),
                ]),
                .init("gamma", [
                    Key("mean", ScenarioKeys.positiveSpan, .required, "The mean."),
                    Key("shape", .number(.from(0.001, to: 1e9)), .required, "1 is the exponential; the coefficient of variation is 1/√shape."),
                ]),
                .init("pareto", [
                    Key("minimum", ScenarioKeys.positiveSpan, .required, "The shortest time."),
                    Key("shape", .number(.from(0.001, to: 1e9)), .required, "P(X > x) = (minimum/x)^shape."),
                ]),
                .init("empirical", [
                    Key("file", .file, .required, "A CSV file of times that were measured: each draw is one of them, each as likely as any other."),
                    column,
                    Key("unit", .word(["ns", "us", "ms", "s"]), .preset("ms"), "What the column counts."),
                ]),
            ]))
    }

    private static let column = Key("column", .column, .preset("1"), "The column's name in the first row, or its number from 1; by number, a first row without a number there is taken for a header.")

    private static let byLoad = Block.Alternative("load", [
        Key("time_to_first_token", ScenarioKeys.span, .required, "Before the answer begins."),
        Key("time_per_token", ScenarioKeys.span, .required, "For each token of the answer, by provider.tokens."),
        Key("slope", .number(.from(0, to: 1000)), .preset("0.02"), "By which share the time per token grows with each other call that is under way when a call begins."),
    ])

    private static let quota = Block([
        Key("calls", .integer(1...1_000_000_000), .required, "Calls in each window."),
        Key("per", ScenarioKeys.positiveSpan, .required, "The window's length; windows follow each other from the run's start."),
    ])

    private static let price = Block([
        Key("prompt", .number(.from(0, to: 1e9)), .required, "Money per million prompt tokens."),
        Key("completion", .number(.from(0, to: 1e9)), .required, "Money per million completion tokens."),
    ])

    private static let quality = Block(
        [Key("retry_correlation", .number(.from(-1, to: 1)), .preset("0.3"), "How alike successive answers to one question score (Gaussian copula).")],
        choice: .named(
            Key("distribution", .word(["beta", "empirical"]), .preset("beta"), "How scores are spread."),
            [
                .init("beta", [
                    Key("mean", .number(.probability), .preset("0.17"), "Mean score of answers, in the scenario's metric and against. Default for jaccard: 0.094; both are fitted to LLM answers against people's."),
                    Key("spread", .number(.from(0, to: 0.5)), .preset("0.13"), "Standard deviation of the scores (Beta distribution). Default for jaccard: 0.063."),
                ]),
                .init("empirical", [
                    Key("file", .file, .required, "A CSV file of scores that were measured, in the scenario's metric and against: each draw is one of them."),
                    column,
                ]),
            ]))

    private static let tokens = Block(
        [],
        choice: .named(
            Key("distribution", .word(["lognormal", "trace"]), .preset("lognormal"), "lognormal: answers by the distribution, prompts by the question's words. trace: both as recorded with the arrival, for every generation of the question."),
            [
                .init("lognormal", [
                    Key("median", .integer(1...1_000_000), .preset("45"), "Median length of an answer in tokens."),
                    Key("p99", .integer(1...1_000_000), .preset("300"), "99th percentile of the length (lognormal), not below the median."),
                ]),
                .init("trace", []),
            ]))

    static let fault = Block(
        [],
        choice: .named(
            Key("inject", .word(Fault.Kind.allCases.map(\.rawValue) + LiveFault.words), .required, "What goes wrong: the provider refuses with an overload or an exhausted quota, is slow, fails with status 500, cannot be reached, or sends an answer that is no JSON, breaks off, or ends in a connection reset (status 0). In live runs also: the embedded broker is down or slow, the store is down, a replica of a service is killed."),
            [
                .init("overload", [retryAfter("auto: nothing")] + striking),
                .init("quota", [retryAfter("auto: the fault's end, if it has one")] + striking),
                .init("slow", [Key("factor", .number(NumberRange(minimum: 0, maximum: 1e6, excludesMinimum: true)), .required, "What latencies are multiplied by.")] + striking),
                .init("error", striking),
                .init("outage", striking),
                .init("malformed", striking),
                .init("truncated", striking),
                .init("reset", striking),
                .init("broker_down", window),
                .init("broker_slow", [Key("round_trip", ScenarioKeys.positiveSpan, .required, "How long each of the broker's answers takes at least.")] + window),
                .init("store_down", window),
                .init("kill", [
                    Key("service", .word(Service.allCases.map(\.rawValue)), .required, "Which service dies; where cache and storage-api are one process, either. mock-llm only where live.processes makes it one."),
                    Key("replica", .integer(0...999), .preset("0"), "Which of its replicas, from 0."),
                    begin,
                    Key("restart_after", ScenarioKeys.positiveSpan, .preset("5s"), "When it is started again, after its death."),
                ]),
            ]))

    private static let begin = Key("at", ScenarioKeys.span, .preset("0s"), "When it begins, from the run's start.")

    /// When a fault of broker or store begins and ends.
    private static let window = [begin, Key("for", ScenarioKeys.positiveSpan, .required, "How long it lasts.")]

    /// Which calls a fault of the provider strikes.
    private static let striking = [
        begin,
        Key("for", ScenarioKeys.positiveSpan, .optional, "How long it lasts. Missing: for count calls, or, with question, to the run's end."),
        Key("count", .integer(1...1_000_000_000), .optional, "It strikes among this many calls from its beginning on: the first 3, say. Missing: among all."),
        Key("question", .integers(0...1_000_000_000), .optional, "The number, from 0, of the question whose calls it may strike, or a list of them. Missing: all questions."),
        Key("probability", .number(.probability), .preset("1"), "Probability that a call that it may strike is struck; a burst of errors is a window with a probability."),
    ]

    private static func retryAfter(_ auto: String) -> Key {
        Key("retry_after", ScenarioKeys.span(or: "auto"), .preset("auto"), "What a refusal asks to wait; \(auto).")
    }
}
