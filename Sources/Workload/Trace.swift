import Synchronization

/// Which recorded requests to repeat, and how fast.
@usableFromInline package struct TraceSource: Equatable, Sendable {
    @usableFromInline package var path: String
    @usableFromInline package var format: TraceFormat
    /// 2 halves every gap.
    @usableFromInline package var speed: Double

    package init(path: String, format: TraceFormat, speed: Double = 1) {
        self.path = path
        self.format = format
        self.speed = speed
    }
}

/// How the rows of a trace are to be read.
@usableFromInline package enum TraceFormat: String, CaseIterable, Sendable {
    /// CSV with the header TIMESTAMP,ContextTokens,GeneratedTokens (Azure LLM inference traces).
    case azureLLM = "azure-llm"
    /// JSON Lines with timestamp in milliseconds, input_length, output_length and hash_ids, the hashes of the prompt's
    /// blocks of tokens, each of them over all blocks up to its own (Mooncake, FAST '25).
    case mooncake
}

/// The requests of a trace, in order of time, the first one at the run's start.
package struct Trace: Sendable {
    /// After the speed-up.
    package let moments: [Nanoseconds]
    /// What each request asks for: prompts of equal blocks share a number, counted from 0 in the order in which they
    /// come first. Empty where the trace does not say.
    package let prompts: [UInt32]
    package let distinctPrompts: Int
    /// Tokens of each request's prompt and of its answer.
    package let promptTokens: [UInt32]
    package let completionTokens: [UInt32]
    package let report: CorpusReport

    /// From the first arrival to the last.
    package var span: Nanoseconds { moments[moments.count - 1] }

    package var ratePerSecond: Double { span > 0 ? Double(moments.count) * 1e9 / Double(span) : 0 }

    package var meanPromptTokens: Double { Self.mean(promptTokens) }
    package var meanCompletionTokens: Double { Self.mean(completionTokens) }
    private static func mean(_ lengths: [UInt32]) -> Double { Double(lengths.reduce(0) { $0 + Int($1) }) / Double(lengths.count) }

    /// The request that a question stands for: its arrival's. Questions from elsewhere take any.
    package func row(ofQuestion question: UInt64) -> Int { Int(question % UInt64(moments.count)) }

    /// Arrivals from the start until a moment.
    package func arrivals(within span: Nanoseconds) -> Int {
        var (low, high) = (0, moments.count)
        while low < high {
            let middle = (low + high) / 2
            if moments[middle] < span { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Why its prompts cannot be asked for among so many questions; nil where they can.
    package func problem(ofPromptsAmong questions: Int) -> String? {
        if prompts.isEmpty { return "the trace does not say of every request what was asked (mooncake: hash_ids), so popularity: trace has nothing to go by" }
        if distinctPrompts > questions {
            return "the trace asks for \(distinctPrompts) different prompts and the corpus has \(questions): take a larger one, such as corpus: {synthetic: \(distinctPrompts)}"
        }
        return nil
    }

    /// The trace that was read last: points and repeats of a run share it.
    private static let latest = Mutex<(source: TraceSource, trace: Trace)?>(nil)

    /// Reads a trace. Paths are as the process sees them; a file must not change while the process lives.
    package static func load(_ source: TraceSource) throws(CorpusError) -> Trace {
        if let known = latest.withLock({ $0 }), known.source == source { return known.trace }
        let trace = try read(source)
        latest.withLock { $0 = (source, trace) }
        return trace
    }

    private static func read(_ source: TraceSource) throws(CorpusError) -> Trace {
        var rows: [Row] = []
        let report = try DataLines.read(path: source.path, kind: "trace", items: "request") { line, number in
            switch source.format {
            case .azureLLM: azure(line, number, into: &rows)
            case .mooncake: mooncake(line, into: &rows)
            }
        }
        // Requests of one moment stay in the file's order.
        let order = rows.indices.sorted { (rows[$0].moment, $0) < (rows[$1].moment, $1) }
        // The header alone is a good row without a request.
        guard let first = order.first.map({ rows[$0].moment }) else {
            throw CorpusError(kind: .badData, path: source.path, description: "trace \(source.path) holds no request", report: report)
        }
        let moments = order.map { Int64(min(Double(rows[$0].moment - first) / source.speed, Double(Arrivals.latest))) }
        var numbers: [[Double]: UInt32] = [:]
        var prompts: [UInt32] = []
        let areTold = rows.allSatisfy { !$0.blocks.isEmpty }
        for index in order where areTold {
            let next = UInt32(numbers.count)
            prompts.append(numbers[rows[index].blocks, default: next])
            if prompts.last == next { numbers[rows[index].blocks] = next }
        }
        return Trace(
            moments: moments, prompts: areTold ? prompts : [], distinctPrompts: areTold ? numbers.count : 0,
            promptTokens: order.map { rows[$0].promptTokens }, completionTokens: order.map { rows[$0].completionTokens }, report: report)
    }

    /// A request as it was recorded.
    private struct Row {
        var moment: Int64
        var promptTokens: UInt32 = 0
        var completionTokens: UInt32 = 0
        /// Hashes of the prompt's blocks; empty where they are not told.
        var blocks: [Double] = []
    }

    private static func azure(_ line: ArraySlice<UInt8>, _ number: Int, into rows: inout [Row]) -> String? {
        var line = line
        while let last = line.last, last == 0x0D || last == 0x20 { line.removeLast() }
        let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        if number == 1, fields.first?.elementsEqual("TIMESTAMP".utf8) == true { return nil }
        guard fields.count == 3 else { return "\(fields.count) fields instead of 3 (TIMESTAMP, ContextTokens, GeneratedTokens)" }
        guard let moment = UTC.unixNanoseconds(of: fields[0]) else {
            return "the time (field 1) is '\(String(decoding: fields[0].prefix(40), as: UTF8.self))', not like 2023-11-16 18:15:46.6805900"
        }
        var lengths: [UInt32] = []
        for (field, name) in [(fields[1], "ContextTokens (field 2)"), (fields[2], "GeneratedTokens (field 3)")] {
            guard !field.isEmpty, field.count <= 9, field.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                return "\(name) is '\(String(decoding: field.prefix(20), as: UTF8.self))', not a whole number"
            }
            lengths.append(field.reduce(0) { $0 * 10 + UInt32($1 - 0x30) })
        }
        rows.append(Row(moment: moment, promptTokens: lengths[0], completionTokens: lengths[1]))
        return nil
    }

    private static func mooncake(_ line: ArraySlice<UInt8>, into rows: inout [Row]) -> String? {
        do throws(JSONProblem) {
            let object = try JSONValue(object: line)
            var numbers: [Double] = []
            for name in ["timestamp", "input_length", "output_length"] {
                guard let value = object[name] else { return "the key \"\(name)\" is missing" }
                guard case .number(let number) = value, number >= 0, number <= 1e12 else { return "\"\(name)\" is no number from 0 to 1e12" }
                numbers.append(number)
            }
            var row = Row(
                moment: Int64(numbers[0] * 1e6), promptTokens: UInt32(clamping: Int(numbers[1])), completionTokens: UInt32(clamping: Int(numbers[2])))
            if let blocks = object["hash_ids"], !blocks.isNull {
                let hashes = blocks.list?.map { if case .number(let hash) = $0 { hash } else { Double.nan } }
                guard let hashes, !hashes.contains(where: \.isNaN) else { return "\"hash_ids\" is no list of numbers" }
                row.blocks = hashes
            }
            rows.append(row)
            return nil
        } catch {
            return "no JSON object: \(error)"
        }
    }
}
