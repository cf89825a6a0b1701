import ArgumentParser
import Reporting
import Simulation
import Workload

/// `crisol cache-replay`: a trace of keys through several cache policies and capacities.
struct CacheReplayCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "cache-replay",
            abstract: "Replay a trace of keys through several cache policies and capacities.",
            discussion: """
                The trace is a file (or - for standard input) with one key a line, a column of a CSV, or generated:

                    crisol cache-replay requests.txt --capacities 1%,5%,10%
                    zcat requests.csv.gz | crisol cache-replay - --column question --out results/caches
                    crisol cache-replay --zipf 1.0 --keys 100000 --requests 1000000 --seed 7 --capacities 100,1000,10000

                The input is read once and kept at 4 bytes a request, and 4 more for clairvoyant, which knows the future and \
                is the bound for the others; each key costs some 60 bytes more while it is read. Every miss is filled at \
                once. Beside LRU and FIFO stands Che's approximation for a cache that has warmed up: from the exact \
                popularity of a generated trace, else from the shares of the keys in the trace, which makes it too high for \
                traces of few requests a key.

                Writes hit-ratios.csv and plots/ into --out, and prints a table. Exit codes: 64 wrong usage, 65 bad data, \
                66 no such file, 74 output cannot be written.
                """)
    }

    @Argument(help: "The trace; - is standard input.")
    var trace: String?

    @Option(help: "The trace is a CSV: the column with the key, by its name in the first row or by its number from 1.")
    var column: String?

    @Option(help: "Generate the trace by Zipf's law with this exponent.")
    var zipf: Double?

    @Option(help: "Keys of a generated trace.")
    var keys: Int?

    @Option(help: "Requests of a generated trace.")
    var requests: Int?

    @Option(help: "Seed of a generated trace.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Entries, or shares of the distinct keys in the trace, separated by commas.", valueName: "N|N%,…"))
    var capacities: String = "0.1%,1%,5%,10%,25%"

    @Option(help: ArgumentHelp("Policies, separated by commas.", valueName: "name,…"))
    var policies: String = CacheReplay.Policy.allCases.map(\.rawValue).joined(separator: ",")

    @Option(help: "Requests at the start that fill the caches and are not counted.")
    var warmup: Int = 0

    @Option(help: ArgumentHelp("Folder for hit-ratios.csv and the picture: new or empty.", valueName: "folder"))
    var out: String?

    func validate() throws {
        _ = try policyList()
        _ = try CacheCapacity.list(capacities)
        guard warmup >= 0 else { throw ValidationError("--warmup must be at least 0, not \(warmup)") }
        guard let zipf else {
            guard trace != nil else { throw ValidationError("give a trace (a file, or - for standard input), or --zipf with --keys and --requests") }
            guard keys == nil, requests == nil else { throw ValidationError("--keys and --requests belong to --zipf") }
            if let column, let number = Int(column), number < 1 { throw ValidationError("--column counts from 1, not \(number)") }
            if column == "" { throw ValidationError("--column needs a name or a number") }
            return
        }
        guard trace == nil, column == nil else { throw ValidationError("--zipf generates a trace; leave out the file and --column") }
        guard let keys, let requests else { throw ValidationError("--zipf needs --keys and --requests") }
        guard (1..<1 << 32 - 1).contains(keys) else { throw ValidationError("--keys must be from 1 to 2^32 - 2, not \(keys)") }
        guard (1..<1 << 32 - 1).contains(requests) else { throw ValidationError("--requests must be from 1 to 2^32 - 2, not \(requests)") }
        if let problem = PopularityModel.zipf(exponent: zipf).problem { throw ValidationError("--zipf: \(problem)") }
    }

    func run() throws {
        do {
            // First, so that an unusable folder costs no time.
            let directory = try out.map { try RunDirectory.use($0) }
            let trace = try loaded()
            guard warmup < trace.keys.count else {
                Terminal.say("--warmup \(warmup): the trace has only \(trace.keys.count) requests")
                throw ExitCode(64)
            }
            let report = HitRatioReport(rows(of: trace, policies: try policyList(), capacities: try CacheCapacity.list(capacities)))
            let notes = try directory.map { try report.write(to: $0) } ?? []
            let counted = warmup > 0 ? ", the first \(warmup) not counted" : ""
            try Terminal.show("\(trace.keys.count) requests for \(trace.counts.count) keys\(counted)\n\(report.table)")
            for note in notes { Terminal.say(note) }
        } catch {
            throw Failure.exit(error)
        }
    }

    private func loaded() throws(KeyTraceError) -> KeyTrace {
        if let zipf, let keys, let requests { return .zipf(exponent: zipf, keys: keys, requests: requests, seed: seed) }
        return try .read(trace ?? "-", column: column.map { name in Int(name).map(KeyTrace.Column.number) ?? .named(name) })
    }

    private func rows(of trace: KeyTrace, policies: [CacheReplay.Policy], capacities: [CacheCapacity]) -> [HitRatioReport.Row] {
        var replay = CacheReplay(trace, warmup: warmup)
        var sizes: [Int] = []
        for capacity in capacities {
            let size = capacity.entries(distinct: trace.counts.count)
            if !sizes.contains(size) { sizes.append(size) }
        }
        sizes.sort()
        let progress = ProgressLine()
        defer { progress.clear() }
        return policies.flatMap { policy in
            sizes.map { size in
                progress.show("\(policy.rawValue), \(size) entries")
                let row = replay.run(policy, capacity: size)
                return HitRatioReport.Row(policy: policy.rawValue, capacity: size, requests: row.requests, hits: row.hits, che: row.che)
            }
        }
    }

    /// As asked for, the bound first.
    private func policyList() throws(ValidationError) -> [CacheReplay.Policy] {
        var asked: Set<CacheReplay.Policy> = []
        for name in policies.split(separator: ",", omittingEmptySubsequences: false) {
            guard let policy = CacheReplay.Policy(rawValue: String(name)) else {
                let allowed = CacheReplay.Policy.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--policies: unknown policy \(name) (allowed: \(allowed))")
            }
            asked.insert(policy)
        }
        return CacheReplay.Policy.allCases.filter(asked.contains)
    }
}

/// A number of entries, or a share of the distinct keys.
enum CacheCapacity: Equatable {
    case entries(Int)
    case percent(Double)

    private static let most = 1 << 29

    static func list(_ text: String) throws(ValidationError) -> [CacheCapacity] {
        var list: [CacheCapacity] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if part.hasSuffix("%"), let percent = Double(part.dropLast()), percent > 0, percent <= 100 {
                list.append(.percent(percent))
            } else if let count = Int(part), (1...most).contains(count) {
                list.append(.entries(count))
            } else {
                throw ValidationError("--capacities: \(part) is neither a number of entries from 1 to \(most) nor a percentage up to 100%")
            }
        }
        return list
    }

    /// A share is rounded to the nearest whole entry, at least one.
    func entries(distinct: Int) -> Int {
        switch self {
        case .entries(let count): count
        case .percent(let percent): min(Self.most, max(1, Int((percent / 100 * Double(distinct)).rounded())))
        }
    }
}
