import Provider
import Scoring
import Workload

/// What single keys cannot tell: values that do not go together.
///
/// Each check looks only at keys that are good by themselves, so that one slip is reported once.
struct CrossChecks {
    private let values: YAMLValue
    private let written: YAMLValue
    private var log: DiagnosticLog

    /// `values` is validated, perhaps in part; `written` is what people wrote, for the places.
    static func run(_ values: YAMLValue, written: YAMLValue, log: inout DiagnosticLog) {
        var checks = CrossChecks(values: values, written: written, log: log)
        checks.name()
        checks.times()
        checks.score()
        for name in ["overload", "quota", "error"] { checks.retry("pipeline.retry.\(name)") }
        checks.repeats()
        checks.breaker()
        checks.traffic()
        checks.burst()
        checks.stages()
        checks.provider()
        checks.server()
        checks.measurements()
        checks.tokens()
        checks.faults()
        checks.replicas()
        checks.liveFaults()
        log = checks.log
    }

    private mutating func name() {
        guard let name = text("name") else { return }
        let isFolder = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        if !isFolder || name.isEmpty || name.utf8.count > 100 || ".-".utf8.contains(name.utf8.first!) {
            report("name", "the name becomes a folder's name" + Hint.text(seen: Hint.shown(name), allowed: "1 to 100 letters, digits, dots, dashes and underscores, no dot or dash first"))
        }
    }

    private mutating func times() {
        if let warmup = duration("warmup"), let length = duration("duration"), warmup >= length {
            report("warmup", "the warm-up must end before the last arrival" + Hint.text(seen: text("warmup"), allowed: "below the duration of \(text("duration")!)"))
        }
    }

    private mutating func repeats() {
        guard let least = text("repeats.min").flatMap({ Int($0) }), let most = text("repeats.max").flatMap({ Int($0) }), least > most else { return }
        report("repeats.min", "there cannot be more repeats at least than at most" + Hint.text(seen: "\(least)", allowed: "up to repeats.max, which is \(most)"))
    }

    private mutating func replicas() {
        for (service, workers) in [("llm-worker", "pipeline.workers.llm"), ("judge", "pipeline.workers.judge")] {
            guard let replicas = text("live.replicas.\(service)").flatMap({ Int($0) }), let count = text(workers).flatMap({ Int($0) }),
                replicas > count
            else { continue }
            report("live.replicas.\(service)", "each process runs at least one of the workers" + Hint.text(seen: "\(replicas)", allowed: "up to \(workers), which is \(count)"))
        }
    }

    private mutating func score() {
        guard let metric = text("pipeline.score.metric").flatMap(Metric.init(rawValue:)), let evaluate = text("pipeline.score.evaluate") else { return }
        if !metric.isAvailable, evaluate == Scenario.Scoring.Evaluation.computed.rawValue { report("pipeline.score.metric", Self.unavailable(metric)) }
        guard metric != .bertscoreMinilmL6 else { return }
        for (key, usual) in [("figure", "f1"), ("idf", "false"), ("rescale", "false")] {
            guard let value = text("pipeline.score.bertscore.\(key)"), value != usual else { continue }
            report("pipeline.score.bertscore.\(key)", "only the metric bertscore-minilm-l6 has this setting" + Hint.text(seen: "metric: \(metric.rawValue)", allowed: "metric: bertscore-minilm-l6, or \(key): \(usual)"))
        }
    }

    static func unavailable(_ metric: Metric) -> String {
        let available = Metric.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ")
        return "\(metric.rawValue) cannot be computed before scripts/setup --bertscore has fetched its model"
            + Hint.text(seen: metric.rawValue, allowed: "\(available), or evaluate: sampled")
    }

    private mutating func retry(_ path: String) {
        if let base = duration("\(path).base"), let cap = duration("\(path).cap"), cap < base {
            report("\(path).cap", "the cap is below the base" + Hint.text(seen: text("\(path).cap"), allowed: "\(text("\(path).base")!) or more"))
        }
        if text("\(path).jitter") == "decorrelated", let backoff = text("\(path).backoff"), backoff != "exponential" {
            report("\(path).jitter", "decorrelated jitter needs a base and a cap, which backoff: \(backoff) has not" + Hint.text(seen: "decorrelated", allowed: "none, full, equal, or backoff: exponential"))
        }
    }

    private mutating func breaker() {
        if let window = number("pipeline.retry.breaker.window"), let least = number("pipeline.retry.breaker.min_calls"), least > window {
            report("pipeline.retry.breaker.min_calls", "the breaker never looks at so many calls" + Hint.text(seen: text("pipeline.retry.breaker.min_calls"), allowed: "up to the window of \(text("pipeline.retry.breaker.window")!)"))
        }
    }

    private mutating func traffic() {
        if text("traffic.popularity.distribution") == "trace", let process = text("traffic.arrivals.process") {
            if process != "trace" {
                report("traffic.popularity.distribution", "trace takes its questions from the trace of arrivals" + Hint.text(seen: "process: \(process)", allowed: "arrivals: {process: trace, format: mooncake}, or another distribution"))
            } else if text("traffic.arrivals.format") == TraceFormat.azureLLM.rawValue {
                report("traffic.popularity.distribution", "an azure-llm trace does not say what was asked, only when" + Hint.text(allowed: "format: mooncake, or another distribution"))
            }
        }
        if let low = duration("traffic.arrivals.low"), let high = duration("traffic.arrivals.high"), high < low {
            report("traffic.arrivals.high", "the longest gap is below the shortest" + Hint.text(seen: text("traffic.arrivals.high"), allowed: "\(text("traffic.arrivals.low")!) or more"))
        }
    }

    private mutating func burst() {
        guard text("traffic.arrivals.process") == "burst", let on = duration("traffic.arrivals.on"), let off = duration("traffic.arrivals.off"),
            let rateOn = rate("traffic.arrivals.rate_on"), let rateOff = rate("traffic.arrivals.rate_off")
        else { return }
        let burst = ArrivalProcess.Burst(onRatePerSecond: rateOn, offRatePerSecond: rateOff, on: on, off: off, spans: .constant)
        if let problem = ArrivalProcess.burst(burst).problem {
            report("traffic.arrivals.rate_on", problem + Hint.text(seen: text("traffic.arrivals.rate_on"), allowed: "a higher rate, or longer spans"))
        }
    }

    private mutating func stages() {
        guard let stages = values["traffic"]?["arrivals"]?["stages"]?.list else { return }
        for index in stages.indices {
            let path = "traffic.arrivals.stages.\(index)"
            if let ramp = duration("\(path).ramp"), let length = duration("\(path).for"), ramp > length {
                report("\(path).ramp", "the ramp is longer than its stage" + Hint.text(seen: text("\(path).ramp"), allowed: "up to \(text("\(path).for")!)"))
            }
        }
        let rates = stages.map { $0["rate"]?.scalar.flatMap { Units.rate($0) } }
        if !rates.isEmpty, rates.allSatisfy({ $0 == 0 }) {
            report("traffic.arrivals.stages", "no stage has a rate above 0/s: no question would ever come")
        }
    }

    private mutating func provider() {
        for path in ["provider.latency", "provider.error_latency"] {
            if let median = duration("\(path).median"), let p99 = duration("\(path).p99"), p99 < median {
                report("\(path).p99", "the 99th percentile is below the median" + Hint.text(seen: text("\(path).p99"), allowed: "\(text("\(path).median")!) or more"))
            }
        }
        if let mean = number("provider.quality.mean"), let spread = number("provider.quality.spread"),
            let problem = Quality(mean: mean, spread: spread).problem {
            report("provider.quality.spread", problem)
        }
        if let median = number("provider.tokens.median"), let p99 = number("provider.tokens.p99"), p99 < median {
            report("provider.tokens.p99", "the 99th percentile is below the median" + Hint.text(seen: text("provider.tokens.p99"), allowed: "\(text("provider.tokens.median")!) or more"))
        }
    }

    private mutating func server() {
        guard let model = text("provider.model") else { return }
        if let address = text("provider.base_url"), let problem = LLMServer.problem(ofURL: address) {
            // What is wrong with an address may be a password in it, which is not repeated.
            report("provider.base_url", problem + Hint.text(seen: address.contains("@") ? nil : Hint.shown(address), allowed: "such as https://api.openai.com/v1 or http://127.0.0.1:8080"))
        }
        if let prompt = text("provider.prompt"), !prompt.contains(LLMServer.questionSlot) {
            report("provider.prompt", "the question has no place in the prompt" + Hint.text(seen: Hint.shown(prompt), allowed: "a text with \(LLMServer.questionSlot) in it"))
        }
        if let name = text("provider.api_key_env"), !Self.isVariable(name) {
            // Whoever mistakes this key for the place of the secret must not see it in a log.
            report("provider.api_key_env", "must be the name of a variable of the environment, not the key itself (allowed: letters, digits and underscores, no digit first)")
        }
        guard model != LLMServer.Kind.mock.rawValue else { return }
        if let scale = number("time_scale"), scale != 1 {
            report("time_scale", "\(model) takes its own time, which cannot be scaled" + Hint.text(seen: text("time_scale"), allowed: "1, or provider.model: mock"))
        }
        if text("pipeline.score.evaluate") == "sampled" {
            report("pipeline.score.evaluate", "sampled scores are drawn by the mock's quality, whatever \(model) answers" + Hint.text(seen: "sampled", allowed: "computed, or provider.model: mock"))
        }
        for (index, fault) in (values["faults"]?.list ?? []).enumerated() {
            guard let kind = fault["inject"]?.scalar, Fault.Kind(rawValue: kind) != nil else { continue }
            report("faults.\(index).inject", "\(kind) strikes the mock, and provider.model is \(model)" + Hint.text(seen: kind, allowed: "no such fault, or provider.model: mock"))
        }
    }

    private static func isVariable(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.count <= 100 else { return false }
        return name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F }
    }

    /// Reads the files that distributions are taken from: what is wrong in them is wrong with the scenario.
    private mutating func measurements() {
        for path in ["provider.latency", "provider.error_latency", "provider.quality"] where text("\(path).distribution") == "empirical" {
            let isQuality = path == "provider.quality"
            guard let block = values[path: path.split(separator: ".").map(String.init)], block["file"] != nil, block["column"] != nil,
                isQuality || block["unit"] != nil
            else { continue }
            let read = ScenarioValues(block)
            do throws(CorpusError) {
                _ = try EmpiricalDistribution.load(isQuality ? ScenarioBuilder.scores(read) : ScenarioBuilder.spans(read))
            } catch {
                report("\(path).file", error.description, exitCode: error.exitCode)
            }
        }
    }

    private mutating func tokens() {
        if text("provider.tokens.distribution") == "trace", let process = text("traffic.arrivals.process"), process != "trace" {
            report("provider.tokens.distribution", "there is no trace to take lengths from: traffic.arrivals.process is \(process)" + Hint.text(seen: "trace", allowed: "lognormal, or process: trace"))
        }
    }

    private mutating func faults() {
        guard let faults = values["faults"]?.list else { return }
        let classes = ScenarioBuilder.classes(ScenarioValues(values))
        for (index, fault) in faults.enumerated() {
            let path = "faults.\(index)"
            if let at = fault["at"]?.scalar, let from = Units.duration(at), let length = duration("duration"), let drain = duration("drain"),
                from >= length + drain {
                report("\(path).at", "the run is over before the fault begins" + Hint.text(seen: at, allowed: "below duration and drain together (\(Units.text(of: length + drain)))"))
            }
            // Looked for in what was written: a wrong one has been reported already.
            if let mapping = written["faults"]?.list?[index], let word = fault["inject"]?.scalar, !LiveFault.words.contains(word),
                ["for", "count", "question"].allSatisfy({ mapping[$0] == nil }) {
                log.report(mapping.origin, path, "the fault has no end" + Hint.text(allowed: "for: how long it lasts, count: among how many calls it strikes, or question: whose calls it strikes"))
            }
            if let most = number("questions"), let value = fault["question"],
                let beyond = (value.list ?? [value]).first(where: { $0.scalar.flatMap { Units.number($0) }.map { $0 >= most } ?? false }) {
                log.report(beyond.origin, "\(path).question", "there is no such question in the run" + Hint.text(seen: beyond.scalar, allowed: "below \(text("questions")!)"))
            }
            guard let kind = fault["inject"]?.scalar.flatMap(Fault.Kind.init(rawValue:)), kind == .overload || kind == .quota,
                values["provider"]?["classify"] != nil
            else { continue }
            if ScenarioBuilder.status(of: kind == .overload ? .overload : .quota, in: classes) == nil {
                report("\(path).inject", "provider.classify has no status of class \(kind.rawValue) that the provider could answer with" + Hint.text(allowed: "a status there, such as \(kind == .overload ? "503: overload" : "402: quota")"))
            }
        }
    }

    /// Replicas must be there, and what is down cannot go down again.
    private mutating func liveFaults() {
        var before: [(place: Int, what: String, from: Nanoseconds, until: Nanoseconds)] = []
        for (index, fault) in (values["faults"]?.list ?? []).enumerated() {
            guard let word = fault["inject"]?.scalar, LiveFault.words.contains(word),
                let from = fault["at"]?.scalar.flatMap({ Units.duration($0) }),
                let span = (fault["for"] ?? fault["restart_after"])?.scalar.flatMap({ Units.duration($0) })
            else { continue }
            var what = word
            if word == "kill" {
                guard let service = fault["service"]?.scalar, let replica = fault["replica"]?.scalar.flatMap({ Units.integer($0) }) else { continue }
                what += " of \(service).\(replica)"
                if service == Service.mockLLM.rawValue, text("live.processes") != "true" || (text("provider.model") ?? "mock") != "mock" {
                    report("faults.\(index).service", "mock-llm is no process of this run's" + Hint.text(seen: service, allowed: "mock-llm where live.processes is true and provider.model is mock"))
                    continue
                }
                let isFlink = service == Service.judge.rawValue && text("pipeline.judge.engine") == Scenario.Judge.Engine.flink.rawValue
                let part = service == "storage-api" ? "cache" : service
                let replicas = switch part {
                case Service.mockLLM.rawValue: 1.0
                case _ where isFlink: 1.0
                case _ where text("live.processes") == "true": number("live.replicas.\(part)")
                case "llm-worker": number("pipeline.workers.llm")
                case "judge": number("pipeline.workers.judge")
                default: 1.0
                }
                if let replicas, Double(replica) >= replicas {
                    let problem = isFlink ? "with pipeline.judge.engine: flink the judge that can be killed is one TaskManager" : "there is no such replica of \(service)"
                    report("faults.\(index).replica", problem + Hint.text(seen: "\(replica)", allowed: "below \(Int(replicas))"))
                }
            }
            if let other = before.first(where: { $0.what == what && from < $0.until && $0.from < from + span }) {
                report("faults.\(index).at", "\(what) overlaps with that of faults.\(other.place)" + Hint.text(seen: fault["at"]?.scalar, allowed: "a time when the other is not"))
            }
            before.append((index, what, from, from + span))
        }
    }

    // MARK: - Access

    private init(values: YAMLValue, written: YAMLValue, log: DiagnosticLog) {
        self.values = values
        self.written = written
        self.log = log
    }

    private func text(_ path: String) -> String? { values[path: path.split(separator: ".").map(String.init)]?.scalar }
    private func duration(_ path: String) -> Nanoseconds? { text(path).flatMap { Units.duration($0) } }
    private func rate(_ path: String) -> Double? { text(path).flatMap { Units.rate($0) } }
    private func number(_ path: String) -> Double? { text(path).flatMap { Units.number($0) } }

    /// Reports at the key, or at the nearest block around it where the key is a default.
    private mutating func report(_ path: String, _ message: String, exitCode: Int32 = 65) {
        var steps = path.split(separator: ".").map(String.init)
        while !steps.isEmpty {
            if let value = written[path: steps], value.origin != .preset {
                if case .profile = value.origin {} else { return log.report(value.origin, path, message, exitCode: exitCode) }
            }
            steps.removeLast()
        }
        log.report(written.origin, path, message, exitCode: exitCode)
    }
}
