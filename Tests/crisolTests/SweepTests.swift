import Foundation
import Testing

/// A sweep that is run side by side, in shards, or in two goes comes to the same files, byte for byte.
@Suite struct SweepTests {
    private static let scenario = """
        name: swept
        seed: 5
        duration: 40s
        warmup: 5s
        repeats: 2
        traffic:
          arrivals: {process: poisson, rate: 30/s}
          corpus: {synthetic: 300}
        provider: {latency: {distribution: exponential, mean: 300ms}}
        pipeline: {cache: {policy: lru, capacity: 50}}
        sweep:
          pipeline.cache.policy: [lru, fifo, lfu]
          zip:
            pipeline.cache.capacity: [20, 60]
            pipeline.workers.llm: [2, 4]
          pipeline.score.threshold: [0.1, 0.2]
        checks: ["lost == 0", "hit_ratio > 1%"]
        """
    private static let points = 12

    private func inFolder(_ body: (Program, String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "crisol-sweep-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.scenario.write(toFile: "\(folder)/swept.yaml", atomically: true, encoding: .utf8)
        try body(Program(folder), folder)
    }

    private func succeed(_ program: Program, _ line: String) throws {
        let ending = try program.run("exec crisol \(line)")
        #expect(ending.code == 0, "\(line): \(ending)")
    }

    /// All but run.json, which says when and where.
    private func expectSameFiles(_ a: String, _ b: String) throws {
        let files = try FileManager.default.subpathsOfDirectory(atPath: a).sorted()
        #expect(files.contains("questions.csv") && files.contains("report.html") && files.contains("plots"))
        #expect(try files == FileManager.default.subpathsOfDirectory(atPath: b).sorted())
        for file in files where file != "run.json" {
            #expect(FileManager.default.contentsEqual(atPath: "\(a)/\(file)", andPath: "\(b)/\(file)"), "\(file)")
        }
    }

    @Test func sideBySideIsAsOneAfterAnother() throws {
        try inFolder { program, folder in
            try succeed(program, "run swept.yaml --out one --jobs 1")
            try succeed(program, "run swept.yaml --out three --jobs 3")
            try expectSameFiles("\(folder)/one", "\(folder)/three")
            let rows = try String(contentsOfFile: "\(folder)/one/summary.csv", encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 1 + 2 * Self.points)
            #expect(rows[0].hasPrefix("point,repeat,scenario,seed,mode,pipeline.cache.policy,pipeline.cache.capacity,pipeline.workers.llm,pipeline.score.threshold,asked,"))
            #expect(rows[7].hasPrefix("3,0,swept,5,sim,lru,60,4,0.2,"))
        }
    }

    @Test func aReportIsMadeAgain() throws {
        try inFolder { program, folder in
            try succeed(program, "run swept.yaml --out run")
            try succeed(program, "run swept.yaml --out other --shard 2/3")
            for name in ["run", "other"] {
                try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(folder)/\(name)-before")
                for file in ["plots", "report.html", "report.md", "junit.xml"] { try FileManager.default.removeItem(atPath: "\(folder)/\(name)/\(file)") }
                try succeed(program, "report \(name)")
                try expectSameFiles("\(folder)/\(name)", "\(folder)/\(name)-before")
                #expect(FileManager.default.contentsEqual(atPath: "\(folder)/\(name)/run.json", andPath: "\(folder)/\(name)-before/run.json"))
            }
            // A failed check is one again.
            let failed = try program.run("exec crisol run swept.yaml --out failed --set 'checks=[hit_ratio > 99%]'")
            let again = try program.run("exec crisol report failed")
            #expect(failed.code == 1 && again.code == 1 && failed.output == again.output && failed.output.contains("FAIL"), "\(failed) \(again)")
            let cases: [(String, Int32, String)] = [
                ("nowhere", 66, "there is no such folder"), (".", 65, "run.json is not there"), ("empty", 64, "is empty"), ("cut", 64, "line 2 is no repeat"),
            ]
            try FileManager.default.createDirectory(atPath: "\(folder)/empty", withIntermediateDirectories: false)
            try FileManager.default.copyItem(atPath: "\(folder)/run", toPath: "\(folder)/cut")
            var lines = try String(contentsOfFile: "\(folder)/cut/repeats.jsonl", encoding: .utf8).split(separator: "\n")
            lines[1] = lines[1].dropLast(9)
            try lines.joined(separator: "\n").write(toFile: "\(folder)/cut/repeats.jsonl", atomically: true, encoding: .utf8)
            for (name, code, text) in cases {
                let ending = try program.run("exec crisol report \(name)")
                #expect(ending.code == code && ending.errors.contains(text), "\(name): \(ending)")
            }
        }
    }

    /// How often a point is repeated depends on its figures alone.
    @Test func pointsAreRepeatedUntilTheirIntervalsAreNarrowEnough() throws {
        try inFolder { program, folder in
            let set = "--set 'repeats={until: 8%, of: generated_latency_mean_ms, min: 3, max: 7}' --set sweep.pipeline.score.threshold=[0.2]"
            try succeed(program, "run swept.yaml \(set) --out one --jobs 1")
            try succeed(program, "run swept.yaml \(set) --out three --jobs 3")
            try expectSameFiles("\(folder)/one", "\(folder)/three")
            for shard in 1...2 { try succeed(program, "run swept.yaml \(set) --shard \(shard)/2 --jobs 3 --out s\(shard)") }
            try succeed(program, "merge s2 s1 --out merged")
            try expectSameFiles("\(folder)/one", "\(folder)/merged")

            // Only the labels in front of these columns have commas, one each.
            let lines = try String(contentsOfFile: "\(folder)/one/points.csv", encoding: .utf8).split(separator: "\n")
                .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            func cells(_ name: String) throws -> [String] {
                let place = try #require(lines[0].firstIndex { $0 == name })
                return lines.dropFirst().map { String($0[place + $0.count - lines[0].count]) }
            }
            let repeats = try cells("repeats").map { Int($0)! }
            #expect(Set(repeats).count > 1, "\(repeats)")
            let means = try cells("generated_latency_mean_ms"), widths = try cells("generated_latency_mean_ms_ci95")
            for (count, (mean, width)) in zip(repeats, zip(means, widths)) {
                let share = Double(width)! / Double(mean)!
                #expect(count == 7 || share <= 0.08 && count >= 3, "\(count) repeats, ± \(share)")
            }
            let report = try String(contentsOfFile: "\(folder)/one/report.md", encoding: .utf8)
            #expect(report.contains("\(repeats.min()!) to \(repeats.max()!) repeats"))
        }
    }

    @Test func shardsMakeTheWholeAgain() throws {
        try inFolder { program, folder in
            try succeed(program, "run swept.yaml --out whole")
            for shard in 1...4 { try succeed(program, "run swept.yaml --out s\(shard) --shard \(shard)/4") }
            try succeed(program, "merge s3 s1 s4 s2 --out merged")
            try expectSameFiles("\(folder)/whole", "\(folder)/merged")
            for (line, message) in [
                ("merge s1 s2 s4 --out x", "a shard is missing: 3/4"), ("merge s1 s2 s2 s3 s4 --out x", "are both shard 2/4"),
                ("merge s1 whole --out x", "whole: holds no parts of a run (parts/plan.json); a run that has come to its end keeps none, unless it is a shard"),
            ] {
                let ending = try program.run("exec crisol \(line)")
                #expect(ending.code == 64 && ending.errors.contains(message), "\(line): \(ending)")
            }
            try succeed(program, "run swept.yaml --out other --shard 2/4 --set traffic.arrivals.rate=31/s")
            let ending = try program.run("exec crisol merge s1 other s3 s4 --out x")
            #expect(ending.code == 64 && ending.errors.contains("is no shard of the run in"), "\(ending)")
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/x"))
        }
    }

    @Test func aRunThatWasKilledGoesOn() throws {
        try inFolder { program, folder in
            try succeed(program, "run swept.yaml --out whole")
            func finished() -> [String] {
                ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/killed/parts")) ?? []).filter { $0.hasSuffix(".json") && $0 != "plan.json" }
            }
            let ending = try program.run("exec crisol run swept.yaml --out killed --jobs 2", watch: { process in
                let limit = Date(timeIntervalSinceNow: 120)
                while process.isRunning, Date() < limit, finished().count < 3 { usleep(500) }
                kill(process.processIdentifier, SIGKILL)
            })
            // On a machine that stopped this test long enough the run came to its end before the signal.
            if ending.code == 0 { return }
            #expect(ending.code == 128 + SIGKILL)
            let before = Set(finished())
            #expect(before.count >= 3 && before.count < 2 * Self.points)
            let wrong = try program.run("exec crisol run swept.yaml --out killed --resume --seed 6")
            #expect(wrong.code == 64 && wrong.errors.contains("--resume: the run in killed is not this one: its scenario is another one"), "\(wrong)")
            // What was finished is not run again: its rows are taken as they stand.
            let kept = try #require(before.contains("0-0.json") ? "0-0" : before.first.map { String($0.dropLast(5)) })
            let questions = "\(folder)/killed/parts/\(kept).questions.csv"
            let rows = try String(contentsOfFile: questions, encoding: .utf8)
            try (rows.dropLast(while: \.isNewline) + "9\n").write(toFile: questions, atomically: true, encoding: .utf8)
            try succeed(program, "run swept.yaml --out killed --resume")
            let all = try String(contentsOfFile: "\(folder)/killed/questions.csv", encoding: .utf8)
            let marked = all.replacing(rows.dropLast(while: \.isNewline) + "9\n", with: rows)
            #expect(all != marked)
            try marked.write(toFile: "\(folder)/killed/questions.csv", atomically: true, encoding: .utf8)
            try expectSameFiles("\(folder)/whole", "\(folder)/killed")
            // To go on with a run that has not begun is to begin it.
            try succeed(program, "run swept.yaml --out new --resume --shard 1/12")
        }
    }
}

extension String {
    fileprivate func dropLast(while condition: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, condition(last) { text.removeLast() }
        return text
    }
}
