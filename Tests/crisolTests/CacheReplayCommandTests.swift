import ArgumentParser
import Foundation
import Testing

@testable import crisol

@Suite struct CacheReplaying {
    @Test func capacitiesAreEntriesOrShares() throws {
        #expect(try CacheCapacity.list("100,2.5%,100%") == [.entries(100), .percent(2.5), .percent(100)])
        #expect(CacheCapacity.percent(2.5).entries(distinct: 1000) == 25)
        #expect(CacheCapacity.percent(1).entries(distinct: 3) == 1)
        for text in ["", "0", "1,", "-5", "0%", "101%", "many", "1e3"] {
            #expect(throws: ValidationError.self, "\(text)") { try CacheCapacity.list(text) }
        }
    }

    @Test(arguments: [
        [], ["trace", "--keys", "5"], ["--zipf", "1"], ["--zipf", "1", "--keys", "0", "--requests", "5"],
        ["trace", "--zipf", "1", "--keys", "5", "--requests", "5"], ["--zipf", "-1", "--keys", "5", "--requests", "5"],
        ["trace", "--policies", "lru,best"], ["trace", "--capacities", "0"], ["trace", "--column", "0"], ["trace", "--warmup", "-1"],
    ])
    func wrongUsageIs64(_ arguments: [String]) {
        do {
            _ = try Crisol.parseAsRoot(["cache-replay"] + arguments)
            Issue.record("\(arguments) was accepted")
        } catch {
            #expect(Crisol.exitCode(for: error).rawValue == 64)
        }
    }

    @Test func everyWayToNameATraceIsAccepted() throws {
        for arguments in [["-"], ["trace", "--column", "3"], ["trace", "--column", "key"], ["--zipf", "1", "--keys", "5", "--requests", "9"]] {
            _ = try Crisol.parseAsRoot(["cache-replay"] + arguments)
        }
    }
}

/// The built program on traces small enough to replay by hand.
@Suite struct CacheReplayFromOutside {
    private static let keys = ["a", "b", "a", "c", "b", "a", "d", "a", "b", "c"]

    /// An empty folder that lasts for one test.
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

    private func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    /// One pass, four policies, two capacities: hits counted by hand.
    @Test func aTraceInEveryForm() throws {
        try inFolder { folder in
            try write(Self.keys.map { $0 + "\n" }.joined(), "\(folder)/lines")
            try write(Self.keys.map { "\r\n" + $0 + "\r\n" }.joined() + "\n", "\(folder)/windows")
            try write("id,key\n" + Self.keys.enumerated().map { "\($0),\"\($1),\n\"\n" }.joined(), "\(folder)/named.csv")
            try write(Self.keys.enumerated().map { "\($0),\($1)\n" }.joined(), "\(folder)/numbered.csv")
            let hits = [
                ("clairvoyant", 2, 3), ("clairvoyant", 3, 5), ("lru", 2, 2), ("lru", 3, 5),
                ("lfu", 2, 3), ("lfu", 3, 5), ("fifo", 2, 3), ("fifo", 3, 3),
            ]
            let sources = ["lines", "windows", "- < lines", "named.csv --column key", "numbered.csv --column 2", "- --column key < named.csv"]
            for (index, source) in sources.enumerated() {
                let options = "--policies fifo,lru,clairvoyant,lfu --capacities 75%,2,3 --out out\(index)"
                let run = try Program(folder).run("exec crisol cache-replay \(options) \(source)")
                #expect(run.code == 0 && run.output.hasPrefix("10 requests for 4 keys\n"), "\(source): \(run)")
                let rows = try read("\(folder)/out\(index)/hit-ratios.csv").split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
                #expect(rows[0].joined(separator: ",") == "policy,capacity,requests,hits,misses,hit_ratio,che")
                #expect(rows.count == 1 + hits.count, "75% of four keys are the three entries that are there already")
                for (row, (policy, capacity, hits)) in zip(rows.dropFirst(), hits) {
                    #expect(row.prefix(6).joined(separator: ",") == "\(policy),\(capacity),10,\(hits),\(10 - hits),0.\(hits)00000", "\(source)")
                    // Che's formulas are for these two.
                    #expect(row[6].isEmpty == (policy != "lru" && policy != "fifo"), "\(source): \(row)")
                }
                let plot = try read("\(folder)/out\(index)/plots/hit-ratios.gp")
                #expect(plot.contains("hit-ratios.csv"))
                #expect(run.errors.isEmpty || run.errors.contains("gnuplot"), "\(run)")
            }
        }
    }

    /// Beside a generated trace stands what its popularity lets one expect, and a seed is a trace.
    @Test func generatedTracesMeetCheAndRepeat() throws {
        try inFolder { folder in
            let line = "exec crisol cache-replay --zipf 0.9 --keys 1000 --requests 60000 --warmup 20000 --capacities 50,20%"
            for (out, seed) in [("first", 7), ("again", 7), ("other", 8)] {
                let run = try Program(folder).run("\(line) --seed \(seed) --out \(out)")
                #expect(run.code == 0 && run.output.hasPrefix("60000 requests for 1000 keys, the first 20000 not counted\n"), "\(run)")
            }
            let first = try read("\(folder)/first/hit-ratios.csv")
            #expect(try first == read("\(folder)/again/hit-ratios.csv"))
            #expect(try first != read("\(folder)/other/hit-ratios.csv"))
            var bound: [Substring: Double] = [:]
            for row in first.split(separator: "\n").dropFirst().map({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
                let ratio = try #require(Double(row[5]))
                if row[0] == "clairvoyant" { bound[row[1]] = ratio }
                #expect(ratio <= bound[row[1], default: 0], "\(row)")
                #expect(row[2] == "40000" && Int(row[3])! + Int(row[4])! == 40000, "\(row)")
                if let che = Double(row[6]) { #expect(abs(che - ratio) < 0.01, "\(row)") }
            }
            #expect(bound.keys.sorted() == ["200", "50"])
        }
    }

    @Test(arguments: [
        ("trace.csv --column nothing", 65, "trace.csv:1: there is no column nothing (columns: id, key)"),
        ("trace.csv --column 3", 65, "trace.csv:1: the row has 2 fields, and the key is in field 3"),
        ("short.csv --column key", 65, "short.csv:3: the row has 1 fields, and the key is in field 2"),
        ("quote.csv --column key", 65, "quote.csv:2: a quote is opened and never closed"),
        ("empty", 65, "empty: there is no request in it"),
        ("- < empty", 65, "standard input: there is no request in it"),
        ("missing", 66, "missing: there is no such file"),
        ("trace.csv --warmup 2", 64, "--warmup 2: the trace has only 2 requests"),
        ("trace.csv --capacities 1 --out .", 64, ".: is not empty; --out takes a new or an empty folder"),
        ("trace.csv --capacities 1 --out trace.csv", 64, "trace.csv: is not a folder"),
    ])
    func badInputSaysWhere(_ arguments: String, _ code: Int32, _ message: String) throws {
        try inFolder { folder in
            try write("id,key\n1,a\n", "\(folder)/trace.csv")
            try write("id,key\n1,a\n2\n", "\(folder)/short.csv")
            try write("id,key\n1,\"a\n2,b\n", "\(folder)/quote.csv")
            try write("\n\n", "\(folder)/empty")
            let run = try Program(folder).run("exec crisol cache-replay \(arguments)")
            #expect(run.code == code && run.output.isEmpty && run.errors.contains(message), "\(arguments): \(run)")
        }
    }
}
