/// Values that are impossible, unknown, of the wrong kind, or of a later version.
let brokenValues: [BrokenScenario] = [
    .init(
        "duration and questions", exitCode: 65,
        """
        name: a
        duration: 1m
        questions: 100
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:1: duration and questions exclude each other: keep one of them
        """),
    .init(
        "duration without unit", exitCode: 65,
        """
        name: a
        duration: 60
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:2:11: duration: a duration needs a unit (seen: 60; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d; did you mean 60s?)
        """),
    .init(
        "duration with unknown unit", exitCode: 65,
        """
        name: a
        duration: 60 sec
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:2:11: duration: must be a duration (seen: 60 sec; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d)
        """),
    .init(
        "duration zero", exitCode: 65,
        """
        name: a
        duration: 0s
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:2:11: duration: is out of range (seen: 0s; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d)
        """),
    .init(
        "negative duration", exitCode: 65,
        """
        name: a
        duration: 1m
        warmup: -5s
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:9: warmup: must be a duration (seen: -5s; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, from 0s to 3650d)
        """),
    .init(
        "warmup longer than duration", exitCode: 65,
        """
        name: a
        duration: 1m
        warmup: 90s
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:9: warmup: the warm-up must end before the last arrival (seen: 90s; allowed: below the duration of 1m)
        """),
    .init(
        "rate zero", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 0/s}}
        """,
        says: """
        f.yaml:3:46: traffic.arrivals.rate: is out of range (seen: 0/s; allowed: a number per s, min or h, such as 50/s, from 0.000001/s to 1000000000/s)
        """),
    .init(
        "rate without unit", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 50}}
        """,
        says: """
        f.yaml:3:46: traffic.arrivals.rate: a rate needs a unit (seen: 50; allowed: a number per s, min or h, such as 50/s, from 0.000001/s to 1000000000/s; did you mean 50/s?)
        """),
    .init(
        "unknown process", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poison, rate: 5/s}}
        """,
        says: """
        f.yaml:3:31: traffic.arrivals.process: unknown value (seen: poison; allowed: constant, poisson, uniform, gamma, burst, stages, diurnal, trace; did you mean poisson?)
        """),
    .init(
        "no trace", exitCode: 66,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: trace, format: azure-llm, file: a.csv}}
        """,
        says: """
        f.yaml:3:63: traffic.arrivals.file: there is no such file (seen: a.csv); give yours with --set traffic.arrivals.file=PATH, or get a public one: azure-llm from github.com/Azure/AzurePublicDataset (AzureLLMInferenceTrace_conv.csv), mooncake from github.com/kvcache-ai/Mooncake (conversation_trace.jsonl)
        """),
    .init(
        "recorded questions without a trace", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, popularity: {distribution: trace}}
        """,
        says: """
        f.yaml:3:79: traffic.popularity.distribution: trace takes its questions from the trace of arrivals (seen: process: poisson; allowed: arrivals: {process: trace, format: mooncake}, or another distribution)
        """),
    .init(
        "recorded questions of a trace that does not tell them", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: trace, format: azure-llm, file: /dev/null}, popularity: {distribution: trace}}
        """,
        says: """
        f.yaml:3:102: traffic.popularity.distribution: an azure-llm trace does not say what was asked, only when (allowed: format: mooncake, or another distribution)
        """),
    .init(
        "impossible drift", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, popularity: {drift: {every: 1ms, by: 0}}}
        """,
        says: """
        f.yaml:3:80: traffic.popularity.drift.every: is out of range (seen: 1ms; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, from 1s to 3650d)
        f.yaml:3:89: traffic.popularity.drift.by: is out of range (seen: 0; allowed: a number above 0 to 1)
        """),
    .init(
        "drift of what has no ranks", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, popularity: {distribution: uniform, drift: {every: 1m, by: 0.1}}}
        """,
        says: """
        f.yaml:3:88: traffic.popularity.drift: the key does not go with distribution: uniform (allowed: distribution)
        """),
    .init(
        "impossible bursts", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: burst, rate_on: 0/s, on: 1s, off: 1s}}
        """,
        says: """
        f.yaml:3:47: traffic.arrivals.rate_on: fewer than 0.001 arrivals are expected in a cycle of on and off (seen: 0/s; allowed: a higher rate, or longer spans)
        """),
    .init(
        "impossible stages", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic:
          arrivals:
            process: stages
            stages:
              - {rate: 0/s, for: 1m, ramp: 2m}
              - {rate: 0/s, for: 1m}
        """,
        says: """
        f.yaml:7:7: traffic.arrivals.stages: no stage has a rate above 0/s: no question would ever come
        f.yaml:7:36: traffic.arrivals.stages.0.ramp: the ramp is longer than its stage (seen: 2m; allowed: up to 1m)
        """),
    .init(
        "stages with slips", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: stages, stages: [{rate: 1e-9/s, for: 1m}, {rate: 5}]}}
        """,
        says: """
        f.yaml:3:55: traffic.arrivals.stages.0.rate: is out of range (seen: 1e-9/s; allowed: a number per s, min or h, such as 50/s, 0/s or from 0.000001/s to 1000000000/s)
        f.yaml:3:73: traffic.arrivals.stages.1.for: the key is missing (allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d)
        f.yaml:3:80: traffic.arrivals.stages.1.rate: a rate needs a unit (seen: 5; allowed: a number per s, min or h, such as 50/s, 0/s or from 0.000001/s to 1000000000/s; did you mean 5/s?)
        """),
    .init(
        "a swing beyond the mean", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: diurnal, rate: 5/s, amplitude: 1.5, cv: 2}}
        """,
        says: """
        f.yaml:3:62: traffic.arrivals.amplitude: is out of range (seen: 1.5; allowed: a number from 0 to 1)
        f.yaml:3:67: traffic.arrivals.cv: the key does not go with process: diurnal (allowed: process, rate, amplitude, period, phase)
        """),
    .init(
        "parameter of another process", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: uniform, rate: 5/s, low: 1ms, high: 2ms}}
        """,
        says: """
        f.yaml:3:40: traffic.arrivals.rate: the key does not go with process: uniform (allowed: process, low, high)
        """),
    .init(
        "gaps the wrong way round", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: uniform, low: 20ms, high: 2ms}}
        """,
        says: """
        f.yaml:3:57: traffic.arrivals.high: the longest gap is below the shortest (seen: 2ms; allowed: 20ms or more)
        """),
    .init(
        "zipf exponent negative", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, popularity: {distribution: zipf, exponent: -1}}
        """,
        says: """
        f.yaml:3:95: traffic.popularity.exponent: is out of range (seen: -1; allowed: a number from 0 to 100)
        """),
    .init(
        "two corpora", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, corpus: {builtin: true, synthetic: 10}}
        """,
        says: """
        f.yaml:3:76: traffic.corpus: builtin and synthetic exclude each other: keep one of them
        """),
    .init(
        "corpus format alone", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, corpus: {format: yahoo-answers}}
        """,
        says: """
        f.yaml:3:61: traffic.corpus.format: the key belongs to csv, which is missing
        """),
    .init(
        "corpus unknown key", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, corpus: {syntetic: 10}}
        """,
        says: """
        f.yaml:3:61: traffic.corpus.syntetic: unknown key (allowed: builtin, synthetic, csv, format, jsonl, question, answer; did you mean synthetic?)
        """),
    .init(
        "corpus missing file", exitCode: 66,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, corpus: {csv: nowhere/answers.csv}}
        """,
        says: """
        f.yaml:3:66: traffic.corpus.csv: there is no such file (seen: nowhere/answers.csv)
        """),
    .init(
        "corpus is a folder", exitCode: 66,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, corpus: {csv: /}}
        """,
        says: """
        f.yaml:3:66: traffic.corpus.csv: is a folder, not a file (seen: /)
        """),
    .init(
        "corpus jsonl", exitCode: 66,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, corpus: {jsonl: a.jsonl}}
        """,
        says: """
        f.yaml:3:68: traffic.corpus.jsonl: there is no such file (seen: a.jsonl)
        """),
    .init(
        "synthetic nothing", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}, corpus: {synthetic: 0}}
        """,
        says: """
        f.yaml:3:72: traffic.corpus.synthetic: is out of range (seen: 0; allowed: a whole number from 1 to 100000000)
        """),
    .init(
        "threshold above one", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {score: {threshold: 62}}
        """,
        says: """
        f.yaml:4:31: pipeline.score.threshold: is out of range (seen: 62; allowed: a number from 0 to 1)
        """),
    .init(
        "threshold a word", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {score: {threshold: high}}
        """,
        says: """
        f.yaml:4:31: pipeline.score.threshold: must be a number (seen: high; allowed: a number from 0 to 1)
        """),
    .init(
        "threshold in quotes", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {score: {threshold: "0.3"}}
        """,
        says: """
        f.yaml:4:31: pipeline.score.threshold: must be a number (seen: "0.3"; allowed: a number from 0 to 1)
        """),
    .init(
        "threshold nan", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {score: {threshold: .nan}}
        """,
        says: """
        f.yaml:4:31: pipeline.score.threshold: must be a number (seen: .nan; allowed: a number from 0 to 1)
        """),
    .init(
        "metric without its model", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {score: {metric: bertscore-minilm-l6}}
        """,
        says: """
        f.yaml:4:28: pipeline.score.metric: bertscore-minilm-l6 cannot be computed before scripts/setup --bertscore has fetched its model (seen: bertscore-minilm-l6; allowed: jaccard, tfidf-cosine, or evaluate: sampled)
        """),
    .init(
        "setting of another metric", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {score: {metric: jaccard, bertscore: {figure: f1, rescale: true}}}
        """,
        says: """
        f.yaml:4:70: pipeline.score.bertscore.rescale: only the metric bertscore-minilm-l6 has this setting (seen: metric: jaccard; allowed: metric: bertscore-minilm-l6, or rescale: false)
        """),
    .init(
        "no such figure", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {score: {metric: bertscore-minilm-l6, evaluate: sampled, bertscore: {figure: f2}}}
        """,
        says: """
        f.yaml:4:88: pipeline.score.bertscore.figure: unknown value (seen: f2; allowed: f1, precision, recall; did you mean f1?)
        """),
    .init(
        "policy of cache-replay only", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {cache: {policy: clairvoyant}}
        """,
        says: """
        f.yaml:4:28: pipeline.cache.policy: unknown value (seen: clairvoyant; allowed: none, lru, lfu, fifo, sieve, s3fifo, wtinylfu)
        """),
    .init(
        "capacity with a fraction", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {cache: {capacity: 10.5}}
        """,
        says: """
        f.yaml:4:30: pipeline.cache.capacity: must be a whole number (seen: 10.5; allowed: a whole number from 1 to 1000000000)
        """),
    .init(
        "capacity zero", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {cache: {capacity: 0}}
        """,
        says: """
        f.yaml:4:30: pipeline.cache.capacity: is out of range (seen: 0; allowed: a whole number from 1 to 1000000000)
        """),
    .init(
        "yes is no boolean", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {cache: {coalesce: yes}}
        """,
        says: """
        f.yaml:4:30: pipeline.cache.coalesce: must be true or false (seen: yes; allowed: true, false)
        """),
    .init(
        "size without unit", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {intake: {max_in_flight_bytes: 64}}
        """,
        says: """
        f.yaml:4:42: pipeline.intake.max_in_flight_bytes: a size needs a unit (seen: 64; allowed: a number with a unit of B, kB, MB, GB, KiB, MiB or GiB, such as 4MiB, above 0B; did you mean 64kB?)
        """),
    .init(
        "block is a word", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {cache: lru}
        """,
        says: """
        f.yaml:4:19: pipeline.cache: must be a mapping of keys (seen: lru; allowed: a mapping with policy, capacity, ttl, coalesce)
        """),
    .init(
        "block is empty", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline:
        """,
        says: """
        f.yaml:4:10: pipeline: the key has no value (allowed: a mapping with profile, partitions, intake, cache, store, score, retry, workers, judge, topics)
        """),
    .init(
        "profile whose metric has no model", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {profile: bertscore-best, score: {evaluate: computed}}
        """,
        says: """
        f.yaml:4:44: pipeline.score.metric: bertscore-minilm-l6 cannot be computed before scripts/setup --bertscore has fetched its model (seen: bertscore-minilm-l6; allowed: jaccard, tfidf-cosine, or evaluate: sampled)
        """),
    .init(
        "retry-after half obeyed", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {retry: {quota: {honor_retry_after: insted}}}
        """,
        says: """
        f.yaml:4:47: pipeline.retry.quota.honor_retry_after: unknown value (seen: insted; allowed: false, true, instead; did you mean instead?)
        """),
    .init(
        "misspelt profile", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {profile: tfidf_accept}
        """,
        says: """
        f.yaml:4:21: pipeline.profile: unknown value (seen: tfidf_accept; allowed: none, jaccard-dlq, tfidf-accept, bertscore-best, bertscore-flink, cosine-feedback; did you mean tfidf-accept?)
        """),
    .init(
        "postgres", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {store: {engine: postgres}}
        """,
        says: """
        f.yaml:4:28: pipeline.store.engine: postgres is not in this version (allowed: sqlite)
        """),
    .init(
        "judge's engine", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {judge: {engine: flnk, batch: {size: 0, delay: 5}, checkpoint_interval: 5ms}}
        """,
        says: """
        f.yaml:4:28: pipeline.judge.engine: unknown value (seen: flnk; allowed: native, flink; did you mean flink?)
        f.yaml:4:48: pipeline.judge.batch.size: is out of range (seen: 0; allowed: a whole number from 1 to 1000)
        f.yaml:4:58: pipeline.judge.batch.delay: a duration needs a unit (seen: 5; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, from 0s to 3650d; did you mean 5s?)
        f.yaml:4:83: pipeline.judge.checkpoint_interval: is out of range (seen: 5ms; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, from 10ms to 3650d)
        """),
    .init(
        "TaskManagers killed", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {judge: {engine: flink}, workers: {judge: 4}}
        faults:
          - {inject: kill, at: 10s, service: judge, replica: 1}
          - {inject: kill, at: 20s, service: judge, restart_after: 9s}
          - {inject: kill, at: 25s, service: judge, restart_after: 9s}
        """,
        says: """
        f.yaml:6:54: faults.0.replica: with pipeline.judge.engine: flink the judge that can be killed is one TaskManager (seen: 1; allowed: below 1)
        f.yaml:8:24: faults.2.at: kill of judge.0 overlaps with that of faults.1 (seen: 25s; allowed: a time when the other is not)
        """),
    .init(
        "cap below base", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {retry: {overload: {base: 10s, cap: 5s}}}
        """,
        says: """
        f.yaml:4:47: pipeline.retry.overload.cap: the cap is below the base (seen: 5s; allowed: 10s or more)
        """),
    .init(
        "factor below one", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {retry: {overload: {factor: 0.5}}}
        """,
        says: """
        f.yaml:4:39: pipeline.retry.overload.factor: is out of range (seen: 0.5; allowed: a number from 1 to 1000)
        """),
    .init(
        "decorrelated without a base", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {retry: {quota: {jitter: decorrelated}}}
        """,
        says: """
        f.yaml:4:36: pipeline.retry.quota.jitter: decorrelated jitter needs a base and a cap, which backoff: fixed has not (seen: decorrelated; allowed: none, full, equal, or backoff: exponential)
        """),
    .init(
        "no steps", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {retry: {quota: {backoff: steps, delays: []}}}
        """,
        says: """
        f.yaml:4:52: pipeline.retry.quota.delays: the list must not be empty (seen: an empty list; allowed: a list of: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d)
        """),
    .init(
        "retry budget and circuit breaker", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {retry: {budget: 0.1, breaker: {window: 5, min_calls: 6, failure_ratio: 0, half_open: 3}}}
        """,
        says: """
        f.yaml:4:28: pipeline.retry.budget: must be a mapping of keys (seen: 0.1; allowed: a mapping with enabled, ratio, min_rate, burst)
        f.yaml:4:65: pipeline.retry.breaker.min_calls: the breaker never looks at so many calls (seen: 6; allowed: up to the window of 5)
        f.yaml:4:83: pipeline.retry.breaker.failure_ratio: is out of range (seen: 0; allowed: a number above 0 to 1)
        f.yaml:4:86: pipeline.retry.breaker.half_open: unknown key (allowed: enabled, failure_ratio, window, min_calls, open_for, half_open_calls)
        """),
    .init(
        "a breaker that never sees enough", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {retry: {breaker: {window: 5, min_calls: 6}}}
        """,
        says: """
        f.yaml:4:52: pipeline.retry.breaker.min_calls: the breaker never looks at so many calls (seen: 6; allowed: up to the window of 5)
        """),
    .init(
        "topic name", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {topics: {questions: "what now"}}
        """,
        says: """
        f.yaml:4:32: pipeline.topics.questions: is no topic name (seen: "what now"; allowed: 1 to 249 letters, digits, dots, dashes and underscores)
        """),
    .init(
        "topic off", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {topics: {dead-letters: none}}
        """,
        says: """
        f.yaml:4:35: pipeline.topics.dead-letters: this role cannot be switched off (seen: none; allowed: 1 to 249 letters, digits, dots, dashes and underscores)
        """),
    .init(
        "topic role", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {topics: {llm_requests: q}}
        """,
        says: """
        f.yaml:4:21: pipeline.topics.llm_requests: unknown key (allowed: questions, llm-requests, llm-responses, errors-overload, errors-quota, regeneration-requests, validated-responses, low-quality-responses, dead-letters; did you mean llm-requests?)
        """),
    .init(
        "real model without its name, with a mock's keys", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {model: openai, base_url: "llm.example", latency: {distribution: constant, value: 1s}, prompt: "Q:", api_key_env: sk-1}
        """,
        says: """
        f.yaml:4:11: provider.model_name: the key is missing (allowed: a text)
        f.yaml:4:37: provider.base_url: an address must begin with http:// or https:// (seen: llm.example; allowed: such as https://api.openai.com/v1 or http://127.0.0.1:8080)
        f.yaml:4:52: provider.latency: the key does not go with model: openai (allowed: model, base_url, api_key_env, model_name, prompt, max_tokens, temperature, stream, timeout, classify, price)
        f.yaml:4:106: provider.prompt: the question has no place in the prompt (seen: Q:; allowed: a text with {question} in it)
        f.yaml:4:125: provider.api_key_env: must be the name of a variable of the environment, not the key itself (allowed: letters, digits and underscores, no digit first)
        """),
    .init(
        "address with a password", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {model: ollama, model_name: m, base_url: "http://me:secret@llm.example", timeout: 0s, api: complete}
        """,
        says: """
        f.yaml:4:52: provider.base_url: an address must not hold a user name or a password: keys come from the environment (provider.api_key_env) (allowed: such as https://api.openai.com/v1 or http://127.0.0.1:8080)
        f.yaml:4:93: provider.timeout: is out of range (seen: 0s; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, from 1ms to 3650d)
        f.yaml:4:102: provider.api: unknown value (seen: complete; allowed: chat, generate)
        """),
    .init(
        "faults and sampled scores of a real model", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {score: {evaluate: sampled}}
        provider: {model: openai, model_name: m}
        faults: [{inject: malformed, for: 1s}]
        """,
        says: """
        f.yaml:4:30: pipeline.score.evaluate: sampled scores are drawn by the mock's quality, whatever openai answers (seen: sampled; allowed: computed, or provider.model: mock)
        f.yaml:6:19: faults.0.inject: malformed strikes the mock, and provider.model is openai (seen: malformed; allowed: no such fault, or provider.model: mock)
        """),
    .init(
        "mock with a real model's keys", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {base_url: "http://127.0.0.1:0", model_name: m}
        """,
        says: """
        f.yaml:4:22: provider.base_url: an address must name a host, and a port from 1 to 65535 if any (seen: http://127.0.0.1:0; allowed: such as https://api.openai.com/v1 or http://127.0.0.1:8080)
        f.yaml:4:44: provider.model_name: the key does not go with model: mock (allowed: model, base_url, latency, error_latency, concurrency_limit, requests_per_minute, tokens_per_minute, retry_after, quota, error_probability, quality, tokens, stream, timeout, classify, price)
        """),
    .init(
        "empirical latency without its file", exitCode: 66,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider:
          latency: {distribution: empirical, file: no-such.csv, column: 0, unit: h}
          error_latency: {distribution: empirical}
          quality: {distribution: empirical, file: no-such.csv, mean: 0.2}
        """,
        says: """
        f.yaml:5:44: provider.latency.file: there is no such file (seen: no-such.csv)
        f.yaml:5:65: provider.latency.column: is out of range (seen: 0; allowed: a column's name in the file's first row, or its number from 1)
        f.yaml:5:74: provider.latency.unit: unknown value (seen: h; allowed: ns, us, ms, s; did you mean s?)
        f.yaml:6:18: provider.error_latency.file: the key is missing (allowed: the path of a file)
        f.yaml:7:44: provider.quality.file: there is no such file (seen: no-such.csv)
        f.yaml:7:57: provider.quality.mean: the key does not go with distribution: empirical (allowed: distribution, file, column, retry_correlation)
        """),
    .init(
        "lengths of no trace", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {tokens: {distribution: trace}}
        """,
        says: """
        f.yaml:4:35: provider.tokens.distribution: there is no trace to take lengths from: traffic.arrivals.process is poisson (seen: trace; allowed: lognormal, or process: trace)
        """),
    .init(
        "errors by load", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider:
          error_latency: {distribution: load, time_per_token: 1ms}
          latency: {distribution: load, time_to_first_token: 300ms, time_per_token: 1ms, slope: -1, mean: 3s}
        """,
        says: """
        f.yaml:5:33: provider.error_latency.distribution: unknown value (seen: load; allowed: constant, exponential, lognormal, gamma, pareto, empirical)
        f.yaml:5:39: provider.error_latency.time_per_token: unknown key (allowed: distribution, value, mean, median, p99, shape, minimum, file, column, unit; did you mean provider.latency.time_per_token?)
        f.yaml:6:89: provider.latency.slope: is out of range (seen: -1; allowed: a number from 0 to 1000)
        f.yaml:6:93: provider.latency.mean: the key does not go with distribution: load (allowed: distribution, time_to_first_token, time_per_token, slope)
        """),
    .init(
        "tokens per minute and Retry-After", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {tokens_per_minute: 0, retry_after: date}
        """,
        says: """
        f.yaml:4:31: provider.tokens_per_minute: is out of range (seen: 0; allowed: a whole number from 1 to 100000000, or unlimited)
        f.yaml:4:47: provider.retry_after: unknown value (seen: date; allowed: seconds, http_date, absent, growing)
        """),
    .init(
        "p99 below median", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {latency: {distribution: lognormal, median: 3s, p99: 800ms}}
        """,
        says: """
        f.yaml:4:64: provider.latency.p99: the 99th percentile is below the median (seen: 800ms; allowed: 3s or more)
        """),
    .init(
        "spread impossible", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {quality: {mean: 0.05, spread: 0.3}}
        """,
        says: """
        f.yaml:4:42: provider.quality.spread: scores within [0, 1] of mean 0.05 have a spread (standard deviation) below 0.217945, not 0.3
        """),
    .init(
        "unknown status class", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {classify: {503: overlod, 402: quota}}
        """,
        says: """
        f.yaml:4:28: provider.classify.503: unknown value (seen: overlod; allowed: overload, quota, error, final; did you mean overload?)
        """),
    .init(
        "status is no status", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {classify: {200: overload, busy: quota}}
        """,
        says: """
        f.yaml:4:23: provider.classify.200: the key must be an HTTP status (seen: 200; allowed: 400 to 599)
        f.yaml:4:38: provider.classify.busy: the key must be an HTTP status (seen: busy; allowed: 400 to 599)
        """),
    .init(
        "price half", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {price: {prompt: 0.15}}
        """,
        says: """
        f.yaml:4:19: provider.price.completion: the key is missing (allowed: a number from 0 to 1000000000)
        """),
    .init(
        "time scale zero", exitCode: 65,
        """
        name: a
        duration: 1m
        time_scale: 0
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:13: time_scale: is out of range (seen: 0; allowed: a number above 0)
        """),
    .init(
        "repeats until something else", exitCode: 65,
        """
        name: a
        duration: 1m
        repeats: {until: {halfwidth: 5%}}
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:10: repeats.of: the key is missing (allowed: a column of summary.csv that is a number)
        f.yaml:3:10: repeats.max: the key is missing (allowed: a whole number from 2 to 10000)
        f.yaml:3:18: repeats.until: must be a percentage (seen: a mapping; allowed: a percentage above 0% up to 100%, such as 2%)
        """),
    .init(
        "repeats until nothing", exitCode: 65,
        """
        name: a
        duration: 1m
        repeats: {until: 0%, of: latency_p95, max: 1, least: 3}
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:18: repeats.until: must be a percentage (seen: 0%; allowed: a percentage above 0% up to 100%, such as 2%)
        f.yaml:3:26: repeats.of: unknown metric (seen: latency_p95; allowed: a column of summary.csv that is a number; did you mean latency_p95_ms?)
        f.yaml:3:44: repeats.max: is out of range (seen: 1; allowed: a whole number from 2 to 10000)
        f.yaml:3:47: repeats.least: unknown key (allowed: until, of, max, min)
        """),
    .init(
        "repeats at least more than at most", exitCode: 65,
        """
        name: a
        duration: 1m
        repeats: {until: 2%, of: latency_p95_ms, max: 8, min: 9}
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:55: repeats.min: there cannot be more repeats at least than at most (seen: 9; allowed: up to repeats.max, which is 8)
        """),
    .init(
        "repeats in words", exitCode: 65,
        """
        name: a
        duration: 1m
        repeats: often
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:10: repeats: must be a whole number or a mapping (seen: often; allowed: a whole number from 1 to 10000, or a mapping such as {until: 2%, of: latency_p95_ms, max: 50})
        """),
    .init(
        "seed negative", exitCode: 65,
        """
        name: a
        duration: 1m
        seed: -1
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:7: seed: must be a whole number (seen: -1; allowed: a whole number from 0 to 18446744073709551615)
        """),
    .init(
        "name is no folder", exitCode: 65,
        """
        name: ../a b
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:1:7: name: the name becomes a folder's name (seen: ../a b; allowed: 1 to 100 letters, digits, dots, dashes and underscores, no dot or dash first)
        """),
    .init(
        "fault after the end", exitCode: 65,
        """
        name: a
        duration: 1m
        drain: 30s
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        faults:
          - {inject: overload, at: 2m, for: 10s}
        """,
        says: """
        f.yaml:6:28: faults.0.at: the run is over before the fault begins (seen: 2m; allowed: below duration and drain together (90s))
        """),
    .init(
        "unknown fault", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        faults:
          - {inject: broker_dwn, at: 10s, for: 10s}
        """,
        says: """
        f.yaml:5:14: faults.0.inject: unknown value (seen: broker_dwn; allowed: overload, quota, slow, error, outage, malformed, truncated, reset, broker_down, broker_slow, store_down, kill; did you mean broker_down?)
        """),
    .init(
        "live faults", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {workers: {llm: 2}}
        live: {recover_within: 0s}
        faults:
          - {inject: broker_down, at: 10s}
          - {inject: broker_slow, at: 10s, for: 10s}
          - {inject: store_down, at: 10s, for: 5s, probability: 0.5}
          - {inject: kill, at: 10s, service: worker}
          - {inject: kill, at: 10s, service: llm-worker, replica: 2}
          - {inject: kill, at: 10s, service: judge, restart_after: 10s}
          - {inject: kill, at: 15s, service: judge}
          - {inject: kill, at: 15s, service: mock-llm}
        """,
        says: """
        f.yaml:5:24: live.recover_within: is out of range (seen: 0s; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d)
        f.yaml:7:5: faults.0.for: the key is missing (allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d)
        f.yaml:8:5: faults.1.round_trip: the key is missing (allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d)
        f.yaml:9:44: faults.2.probability: the key does not go with inject: store_down (allowed: inject, at, for)
        f.yaml:10:38: faults.3.service: unknown value (seen: worker; allowed: storage-api, cache, llm-worker, retry-overload, retry-quota, judge, recorder, mock-llm)
        f.yaml:11:59: faults.4.replica: there is no such replica of llm-worker (seen: 2; allowed: below 2)
        f.yaml:13:24: faults.6.at: kill of judge.0 overlaps with that of faults.5 (seen: 15s; allowed: a time when the other is not)
        f.yaml:14:38: faults.7.service: mock-llm is no process of this run's (seen: mock-llm; allowed: mock-llm where live.processes is true and provider.model is mock)
        """),
    .init(
        "fault without an end", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        faults:
          - {inject: overload, at: 10s, count: 3}
          - {inject: error, probability: 0.5}
        """,
        says: """
        f.yaml:6:5: faults.1: the fault has no end (allowed: for: how long it lasts, count: among how many calls it strikes, or question: whose calls it strikes)
        """),
    .init(
        "fault among no calls", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        faults:
          - {inject: overload, count: 0}
          - {inject: overload, count: some}
        """,
        says: """
        f.yaml:5:31: faults.0.count: is out of range (seen: 0; allowed: a whole number from 1 to 1000000000)
        f.yaml:6:31: faults.1.count: must be a whole number (seen: some; allowed: a whole number from 1 to 1000000000)
        """),
    .init(
        "fault for questions that are none", exitCode: 65,
        """
        name: a
        questions: 10
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        faults:
          - {inject: overload, question: [3, 10]}
          - {inject: overload, question: first}
          - {inject: overload, question: []}
          - {inject: overload, question: [1, -1]}
        """,
        says: """
        f.yaml:5:38: faults.0.question: there is no such question in the run (seen: 10; allowed: below 10)
        f.yaml:6:34: faults.1.question: must be a whole number or a list of them (seen: first; allowed: a whole number from 0 to 1000000000, or a list of them)
        f.yaml:7:34: faults.2.question: the list must not be empty (seen: an empty list; allowed: a list of: a whole number from 0 to 1000000000)
        f.yaml:8:38: faults.3.question.1: is out of range (seen: -1; allowed: a whole number from 0 to 1000000000)
        """),
    .init(
        "fault with another fault's key", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        faults:
          - {inject: outage, for: 1s, retry_after: 5s}
          - {inject: slow, for: 1s}
          - {inject: slow, for: 1s, factor: 0}
        """,
        says: """
        f.yaml:5:31: faults.0.retry_after: the key does not go with inject: outage (allowed: inject, at, for, count, question, probability)
        f.yaml:6:5: faults.1.factor: the key is missing (allowed: a number above 0 to 1000000)
        f.yaml:7:37: faults.2.factor: is out of range (seen: 0; allowed: a number above 0 to 1000000)
        """),
    .init(
        "fault is no mapping", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        faults: overload
        """,
        says: """
        f.yaml:4:9: faults: must be a list (seen: overload; allowed: a list of: a mapping with inject, retry_after, at, for, count, question, probability, factor, round_trip, service, replica, restart_after)
        """),
    .init(
        "fault with nothing to answer", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {classify: {503: overload}}
        faults:
          - {inject: quota, at: 10s, for: 10s}
        """,
        says: """
        f.yaml:6:14: faults.0.inject: provider.classify has no status of class quota that the provider could answer with (allowed: a status there, such as 402: quota)
        """),
    .init(
        "probability above one", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        faults:
          - {inject: quota, at: 10s, for: 10s, probability: 60}
        """,
        says: """
        f.yaml:5:53: faults.0.probability: is out of range (seen: 60; allowed: a number from 0 to 1)
        """),
    .init(
        "several at once", exitCode: 65,
        """
        name: a
        duration: 60
        warmup: soon
        traffic: {arrivals: {process: poisson, rate: 5}, via: smoke}
        pipeline: {cache: {policy: lruu, capacity: many}}
        """,
        says: """
        f.yaml:2:11: duration: a duration needs a unit (seen: 60; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d; did you mean 60s?)
        f.yaml:3:9: warmup: must be a duration (seen: soon; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, from 0s to 3650d)
        f.yaml:4:46: traffic.arrivals.rate: a rate needs a unit (seen: 5; allowed: a number per s, min or h, such as 50/s, from 0.000001/s to 1000000000/s; did you mean 5/s?)
        f.yaml:4:55: traffic.via: unknown value (seen: smoke; allowed: kafka, http)
        f.yaml:5:28: pipeline.cache.policy: unknown value (seen: lruu; allowed: none, lru, lfu, fifo, sieve, s3fifo, wtinylfu; did you mean lru?)
        f.yaml:5:44: pipeline.cache.capacity: must be a whole number (seen: many; allowed: a whole number from 1 to 1000000000)
        """),
    .init(
        "tokens the wrong way round", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        provider: {tokens: {median: 500}}
        """,
        says: """
        f.yaml:4:20: provider.tokens.p99: the 99th percentile is below the median (seen: 300; allowed: 500 or more)
        """),
    .init(
        "tolerance of no metric", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        tolerance: {latency_p95: 5%, hit_ratio: 0.01}
        """,
        says: """
        f.yaml:4:13: tolerance.latency_p95: unknown metric (seen: latency_p95; allowed: a column of summary.csv that is a number; did you mean latency_p95_ms?)
        """),
    .init(
        "tolerances that are no amounts", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        tolerance: {latency_p95_ms: -5%, hit_ratio: 200ms, cost: [1], calls: 1e999}
        """,
        says: """
        f.yaml:4:29: tolerance.latency_p95_ms: must be how much worse the column may become (seen: -5%; allowed: a share of the base's mean such as 5%, or a time such as 200ms or 200 (milliseconds))
        f.yaml:4:45: tolerance.hit_ratio: must be how much worse the column may become (seen: 200ms; allowed: a share of the base's mean such as 5%, or an amount in the column's unit such as 0.01)
        f.yaml:4:58: tolerance.cost: must be how much worse the column may become (seen: a list; allowed: a share of the base's mean such as 5%, or an amount in the column's unit such as 0.01)
        f.yaml:4:70: tolerance.calls: must be how much worse the column may become (seen: 1e999; allowed: a share of the base's mean such as 5%, or an amount in the column's unit such as 0.01)
        """),
    .init(
        "tolerance swept", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep: {tolerance.hit_ratio: [0.1, 0.2]}
        """,
        says: """
        f.yaml:4:9: sweep.tolerance.hit_ratio: the key belongs to the run as a whole and cannot be swept
        """),
]
