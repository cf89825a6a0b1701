import Foundation
import Measurement
import Pipeline
import Provider
import Testing
import Workload

@testable import Scenarios

/// Parser, builder, defaults and JSON Schema are one table: these hold them against each other.
@Suite struct Format {
    /// Scenarios that between them have every alternative of every choice.
    static let everything = [
        "traffic.arrivals={process: uniform, low: 1ms, high: 2ms}", "traffic.arrivals={process: constant, rate: 1/s}",
        "traffic.arrivals={process: gamma, rate: 5/s, cv: 2}", "traffic.arrivals={process: burst, rate_on: 5/s, on: 1s, off: 2s}",
        "traffic.arrivals={process: stages, stages: [{rate: 5/s, for: 1m, ramp: 10s}, {rate: 0/s, for: 1s}]}",
        "traffic.arrivals={process: diurnal, rate: 5/s, amplitude: 0.5}",
        "traffic.arrivals={process: trace, file: /dev/null, format: mooncake, speed: 2}",
        "traffic={arrivals: {process: trace, file: /dev/null, format: mooncake}, popularity: {distribution: trace}}",
        "traffic.popularity={distribution: zipf, drift: {every: 10m, by: 0.1}}",
        "traffic.corpus={jsonl: /dev/null, question: q, answer: a}",
        "traffic.popularity.distribution=uniform", "traffic.popularity.distribution=sequential", "traffic.corpus.builtin=true",
        "traffic.corpus.csv=/dev/null", "questions=10", "provider.latency={distribution: constant, value: 1s}",
        "provider.latency={distribution: exponential, mean: 1s}", "provider.latency={distribution: gamma, mean: 1s, shape: 2}",
        "provider.latency={distribution: pareto, minimum: 1s, shape: 2}", "provider.quota={calls: 5, per: 1m}",
        "provider.latency={distribution: load, time_to_first_token: 300ms, time_per_token: 10ms}",
        "pipeline.retry.overload={backoff: steps, delays: [1s, 2s]}", "pipeline.retry.overload={backoff: fixed}",
        "repeats={until: 5%, of: cost, max: 20, min: 4}", "pipeline.retry.budget={}", "pipeline.retry.breaker={}",
        "pipeline.retry.quota={backoff: steps, delays: [1s, 2s]}", "pipeline.retry.quota={backoff: exponential}",
        "pipeline.retry.error={backoff: steps, delays: [1s, 2s]}", "pipeline.retry.error={backoff: fixed}",
        "provider={base_url: 'http://127.0.0.1:8089', stream: true, timeout: 5s}",
        "faults.0={inject: truncated, count: 3}", "faults.0={inject: slow, count: 3, factor: 2}", "faults.0={inject: error, question: [3, 1, 2]}", "faults.0={inject: outage, question: 7}",
        "faults.0={inject: broker_down, at: 1s, for: 2s}", "faults.0={inject: broker_slow, at: 1s, for: 2s, round_trip: 50ms}",
        "faults.0={inject: store_down, at: 1s, for: 2s}", "faults.0={inject: kill, at: 1s, service: judge}",
        "provider.latency={distribution: empirical, file: \(measured)}", "provider.error_latency={distribution: empirical, file: \(measured)}",
        "provider.quality={distribution: empirical, file: \(measured)}",
        "provider.error_latency={distribution: exponential, mean: 1s}", "provider.error_latency={distribution: lognormal, median: 1s, p99: 2s}",
        "provider.error_latency={distribution: gamma, mean: 1s, shape: 2}", "provider.error_latency={distribution: pareto, minimum: 1s, shape: 2}",
    ]

    /// A real LLM has no faults of a mock's.
    static let realModels = [
        ["faults=[]", "provider={model: openai, model_name: m, api_key_env: MY_KEY, max_tokens: 5, temperature: 0.5, prompt: 'Q: {question}'}"],
        ["faults=[]", "provider={model: ollama, model_name: m, api_key_env: MY_KEY, api: generate, stream: true}"],
        ["faults=[]", "provider={model: openai, model_name: m}"], ["faults=[]", "provider={model: ollama, model_name: m, temperature: 0}"],
    ]

    /// A file with one number, which does for a time and for a score.
    private static let measured: String = {
        let path = "\(NSTemporaryDirectory())crisol-\(UUID().uuidString).csv"
        _ = FileManager.default.createFile(atPath: path, contents: Data("0.5\n".utf8))
        return path
    }()

    @Test func theBuilderReadsEveryKeyOfTheTableAndNoOther() throws {
        nonisolated(unsafe) var read: Set<String> = []
        for override in [[]] + Self.everything.map({ [$0] }) + Self.realModels {
            let file = try ScenarioFile.load(text: contractExample, overrides: override)
            _ = ScenarioBuilder.scenario(ScenarioValues(file.points[0].resolved) { read.insert($0) })
        }
        func isLeaf(_ path: String) -> Bool {
            switch ScenarioKeys.root.target(of: path.split(separator: ".").map(String.init)) {
            case .key(let key, _):
                switch key.type {
                case .block, .list(.block, _): return false
                default: return true
                }
            case .item(.block): return false
            case .item, .unknown, .later: return true
            }
        }
        // `sweep` belongs to the file, not to a point's scenario.
        let leaves = Set(Validation.paths.filter(isLeaf)).subtracting(["sweep"])
        let readLeaves = Set(read.map { $0.replacing(/\.\d+/, with: ".0") }.filter(isLeaf))
        #expect(readLeaves.subtracting(leaves).sorted() == [])
        #expect(leaves.subtracting(readLeaves).sorted() == [])
    }

    @Test func theSchemaHasEveryKeyOfTheTableAndNoOther() throws {
        let schema = try #require(JSONSerialization.jsonObject(with: Data(JSONSchema.text.utf8)) as? [String: Any])
        var paths: Set<String> = []
        func walk(_ node: [String: Any], _ prefix: String) {
            for (name, value) in node["properties"] as? [String: Any] ?? [:] {
                paths.insert(prefix + name)
                let child = value as! [String: Any]
                #expect(child["description"] is String, "\(prefix + name) has no description")
                walk(child, prefix + name + ".")
                if let items = child["items"] as? [String: Any] { walk(items, prefix + name + ".0.") }
            }
            for choice in ["oneOf", "anyOf"] { for branch in node[choice] as? [[String: Any]] ?? [] { walk(branch, prefix) } }
        }
        walk(schema, "")
        // No key of a scenario, but of the sweep itself.
        #expect(paths == Set(Validation.paths + ["sweep.zip"]))
        #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    }

    @Test func everyDefaultIsAValueThatTheTableAllows() {
        func check(_ block: Block, _ path: String) {
            for key in block.everyKey {
                if case .preset(let yaml) = key.presence {
                    var validation = Validation(log: DiagnosticLog(file: ""), fileExists: { _ in .there })
                    let value = validation.validated(Validation.preset(yaml), as: key.type, path: path + key.name)
                    #expect(value != nil, "\(path + key.name): \(validation.log.error())")
                }
                if case .block(let inner) = key.type { check(inner, "\(path)\(key.name).") }
            }
        }
        check(ScenarioKeys.root, "")
    }

    @Test func aMinimalScenarioHasTheDefaultsOfTheContract() throws {
        let s = try ScenarioFile.load(text: "name: a\nquestions: 10\ntraffic: {arrivals: {process: constant, rate: 600/min}}").scenario
        #expect(s.length == .questions(10))
        #expect(s.traffic.arrivals == .constant(ratePerSecond: 10))
        #expect(s.drain == 300_000_000_000)
        #expect(s.warmup == 0)
        #expect(s.repeats == 1)
        #expect(s.timeScale == 1)
        #expect(s.questionsCSV == nil)
        #expect(s.profile == nil)
        #expect(s.traffic.popularity == .zipf(exponent: 1))
        #expect(s.traffic.corpus == .builtin)
        #expect(s.pipeline.intake.cache.ttl == nil)
        #expect(s.pipeline.retry.maxTotalRetries == nil)
        #expect(s.pipeline.classify.classes == [503: .overload, 429: .overload, 402: .quota])
        #expect(s.provider.overloadStatus == 503)
        #expect(s.provider.quotaStatus == 402)
        #expect(s.provider.price == nil)
        #expect(s.simulation == .init(topicDelay: 0, scoringTime: 0, batchDelay: 0, storeTime: 0))
        for role in Role.allCases { #expect(s.pipeline.topics[role] == .some(role.rawValue)) }
    }

    @Test func faultsAnswerWithStatusesThatTheScenarioClassifies() throws {
        let text = "name: a\nquestions: 10\ntraffic: {arrivals: {process: constant, rate: 1/s}}\nprovider: {classify: {503: overload, 429: quota}}"
        let s = try ScenarioFile.load(text: text).scenario
        #expect(s.provider.overloadStatus == 503)
        #expect(s.provider.quotaStatus == 429)
    }

    @Test func faultsStrikeByWindowCountProbabilityAndQuestion() throws {
        let text = """
            name: a
            questions: 10
            traffic: {arrivals: {process: constant, rate: 1/s}}
            faults:
              - {inject: slow, at: 1s, for: 2s, factor: 3.5}
              - {inject: error, at: 1s, count: 3, probability: 0.5}
              - {inject: outage, for: 1s, question: [4, 2, 4]}
              - {inject: quota, question: 3, retry_after: 7s}
            """
        func at(_ s: Int64) -> Instant { Instant(nanoseconds: s * 1_000_000_000) }
        #expect(try ScenarioFile.load(text: text).scenario.provider.faults == [
            Fault(kind: .slow, from: at(1), until: at(3), factor: 3.5),
            Fault(kind: .error, from: at(1), calls: 3, probability: 0.5),
            Fault(kind: .outage, from: at(0), until: at(1), questions: [2, 4]),
            Fault(kind: .quota, from: at(0), questions: [3], retryAfter: 7_000_000_000),
        ])
    }

    @Test func realModelsAreServers() throws {
        func server(_ provider: String) throws -> LLMServer? {
            try ScenarioFile.load(text: "name: a\nquestions: 10\ntraffic: {arrivals: {process: constant, rate: 1/s}}\nprovider: \(provider)").scenario.server
        }
        #expect(try server("{}") == nil)
        #expect(try server("{base_url: 'http://127.0.0.1:8089/'}") == LLMServer(kind: .mock, baseURL: "http://127.0.0.1:8089"))
        #expect(
            try server("{model: openai, model_name: gpt}")
                == LLMServer(kind: .openai, baseURL: "https://api.openai.com/v1", model: "gpt", apiKeyEnvironment: "OPENAI_API_KEY"))
        #expect(
            try server("{model: openai, model_name: gpt, api_key_env: MY_KEY}")
                == LLMServer(kind: .openai, baseURL: "https://api.openai.com/v1", model: "gpt", apiKeyEnvironment: "MY_KEY", requiresKey: true))
        #expect(
            try server("{model: ollama, model_name: m, api: generate, timeout: 5s, stream: true, max_tokens: 7, temperature: 0.5, prompt: 'A {question}'}")
                == LLMServer(
                    kind: .ollama, baseURL: "http://127.0.0.1:11434", model: "m", timeout: 5_000_000_000, stream: true, maxTokens: 7, temperature: 0.5,
                    prompt: "A {question}", ollamaAPI: .generate))
    }

    @Test func aRealModelIsNothingToSimulate() throws {
        let text = "name: a\nquestions: 10\ntraffic: {arrivals: {process: constant, rate: 1/s}}\nprovider: {model: ollama, model_name: m}"
        do throws(ScenarioError) {
            try ScenarioFile.load(text: text, path: "f.yaml").requireModel(for: "a simulation")
            Issue.record("was let through")
        } catch {
            #expect(error.exitCode == 65)
            #expect(error.description == "f.yaml: provider.model: a simulation needs a model of the provider, and ollama is a real one (seen: ollama; allowed: mock, or --mode live)")
        }
        try ScenarioFile.load(text: text.replacingOccurrences(of: "{model: ollama, model_name: m}", with: "{base_url: 'http://127.0.0.1:1'}")).requireModel(for: "a simulation")
    }

    @Test func metricNamesAreTheColumnsOfTheSummary() {
        #expect(MetricNames.figures == SummaryColumn.all.map(\.name))
    }
}

@Suite struct RoundTrips {
    @Test func aResolvedScenarioLoadsToTheSame() throws {
        for override in [[]] + Format.everything.map({ [$0] }) + Format.realModels + [["pipeline.topics.low-quality-responses=none", "name=007", "description='yes: \"no\" #1 é'"]] {
            let file = try ScenarioFile.load(text: contractExample, overrides: override + ["sweep={}"])
            let again = try ScenarioFile.load(text: file.resolved.yaml)
            #expect(again.scenario == file.scenario)
            #expect(again.resolved.yaml == file.resolved.yaml)
            // JSON is YAML.
            #expect(try ScenarioFile.load(text: file.resolved.json).scenario == file.scenario)
        }
    }

    @Test func aResolvedSweepLoadsToTheSamePoints() throws {
        let file = try ScenarioFile.load(
            text: contractExample, overrides: ["sweep={pipeline.profile: [none, jaccard-dlq], zip: {traffic.arrivals.process: [poisson, constant], pipeline.partitions: [2, 3]}}"], seed: 9, repeats: 2)
        #expect(file.points.map(\.scenario.seed) == [9, 9, 9, 9])
        #expect(file.points.map(\.scenario.pipeline.partitions) == [2, 3, 2, 3])
        let again = try ScenarioFile.load(text: file.resolved.yaml)
        #expect(again.points.map(\.scenario) == file.points.map(\.scenario))
        for point in file.points {
            #expect(try ScenarioFile.load(text: point.resolved.yaml).scenario == point.scenario)
        }
    }
}
