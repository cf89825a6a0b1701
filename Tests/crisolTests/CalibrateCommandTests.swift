import ArgumentParser
import Foundation
import Testing

@testable import crisol

@Suite struct Calibrating {
    @Test(arguments: [
        [], ["pairs.csv"], ["pairs.csv", "--answer", "a"], ["s.yaml", "--answer", "a", "--against", "b"], ["s.yaml", "--scenario", "t.yaml"],
        ["pairs.csv", "--answer", "a", "--against", "b", "--scores", "corpus"], ["s.yaml", "--scores", "guess"],
        ["s.yaml", "--target", "accept 0%"], ["s.yaml", "--target", "calls"], ["s.yaml", "--metric", "rouge"],
    ])
    func wrongUsageIs64(_ arguments: [String]) {
        do {
            _ = try Crisol.parseAsRoot(["calibrate"] + arguments)
            Issue.record("\(arguments) was accepted")
        } catch {
            #expect(Crisol.exitCode(for: error).rawValue == 64)
        }
    }

    /// An empty folder that lasts for one test.
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

    private static let scenario = """
        name: s
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 1/s}, corpus: {jsonl: qa.jsonl}}
        pipeline: {score: {metric: jaccard, against: question, threshold: 0.5, max_regenerations: 1, on_exhausted: dead_letter}}
        provider: {quality: {mean: 0.5, spread: 0, retry_correlation: 0}}

        """

    /// Four pairs whose Jaccard similarities are 1, 1/2, 1/3 and 0.
    @Test func aTableAndACorpusAreScoredAlike() throws {
        try inFolder { folder in
            let pairs = [("red blue", "blue red"), ("red blue", "red"), ("red blue", "red green"), ("red", "blue")]
            try write("llm,person\n" + pairs.map { "\($0),\($1)\n" }.joined(), "\(folder)/pairs.csv")
            try write(pairs.map { "{\"question\": \"\($0)\", \"answer\": \"\($1)\"}\n" }.joined(), "\(folder)/qa.jsonl")
            try write(Self.scenario, "\(folder)/s.yaml")
            let sources = [
                "s.yaml", "pairs.csv --answer llm --against person --scenario s.yaml", "pairs.csv --answer 1 --against person --scenario s.yaml",
                "qa.jsonl --answer answer --against question --scenario s.yaml",
                "pairs.csv --answer llm --against person --metric jaccard --set pipeline.score.threshold=0.5 --set pipeline.score.max_regenerations=1 "
                    + "--set pipeline.score.on_exhausted=dead_letter --set 'provider.quality={retry_correlation: 0}'",
            ]
            for (index, source) in sources.enumerated() {
                let run = try Program(folder).run("exec crisol calibrate \(source) --csv \(index).csv --out out\(index) --target 'accept 75%' --target 'calls 1.5'")
                #expect(run.code == 0, "\(source): \(run)")
                #expect(run.output.contains("* 0.50    50.0 %    15.0–85.0 %        1.500  1.500        25.0 %\n"), "\(source): \(run)")
                #expect(run.output.contains("accept 75%: set pipeline.score.threshold: 0.333."), "\(source): \(run)")
                #expect(run.output.contains("calls 1.5: set pipeline.score.threshold: 0.500."), "\(source): \(run)")
                let table = try String(contentsOfFile: "\(folder)/\(index).csv", encoding: .utf8)
                #expect(table.contains("\n0.62,0.250000,0.045587,0.699358,1.750000,1.750000,0.562500,\n"), "\(table)")
                #expect(try table == String(contentsOfFile: "\(folder)/out\(index)/calibration.csv", encoding: .utf8))
            }
            // Every answer of the model scores 0.5.
            let modelled = try Program(folder).run("exec crisol calibrate s.yaml --scores quality")
            #expect(modelled.code == 0 && modelled.output.contains("* 0.50     100 %        1.000  1.000           0 %\n"), "\(modelled)")
        }
    }

    @Test(arguments: [
        ("pairs.csv --answer llm --against human", 65, "pairs.csv:1: there is no column human (columns: llm, person)"),
        ("short.csv --answer llm --against person", 65, "short.csv:2: the row has 1 field, no field 2"),
        ("pairs.csv --answer 2 --against person", 65, "column 2 and person would be held against itself"),
        ("missing.csv --answer llm --against person", 66, "table missing.csv cannot be read"),
        ("pairs.csv --answer llm --against person --metric bertscore-minilm-l6 --set pipeline.score.evaluate=sampled", 65, "scripts/setup --bertscore fetches it"),
        ("s.yaml --scores corpus --set pipeline.score.against=reference", 64, "the corpus's answers are the references themselves"),
        ("missing.yaml", 66, "missing.yaml"),
        ("s.yaml --out pairs.csv", 64, "pairs.csv: is not a folder"),
        ("s.yaml --csv no/where.csv", 74, "no/where.csv: cannot be created"),
    ])
    func badInputSaysWhere(_ arguments: String, _ code: Int32, _ message: String) throws {
        try inFolder { folder in
            try write("llm,person\na,b\n", "\(folder)/pairs.csv")
            try write("llm,person\na\n", "\(folder)/short.csv")
            try write("{\"question\": \"a\", \"answer\": \"b\"}\n", "\(folder)/qa.jsonl")
            try write(Self.scenario, "\(folder)/s.yaml")
            let run = try Program(folder).run("exec crisol calibrate \(arguments)")
            #expect(run.code == code && run.output.isEmpty && run.errors.contains(message), "\(arguments): \(run)")
        }
    }

    /// The table is shown all the same: it says what is possible.
    @Test func anImpossibleTargetIs1() throws {
        try inFolder { folder in
            try write("{\"question\": \"a\", \"answer\": \"b\"}\n", "\(folder)/qa.jsonl")
            try write(Self.scenario, "\(folder)/s.yaml")
            let run = try Program(folder).run("exec crisol calibrate s.yaml --target 'calls 0.9'")
            #expect(run.code == 1 && run.output.contains("no threshold achieves it") && run.output.contains("threshold  accepted"), "\(run)")
        }
    }

    private static let data = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("../shared/data").standardized.path

    /// Real questions and answers, and real answers of people and of an LLM: how many reach 0.05, 0.1, 0.2, 0.3, 0.62
    /// and 0.65, counted by scripts/oracles/pair_scores.py with scikit-learn.
    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: data + "/answer_pairs_en.csv"), "the tables of real pairs are not on this machine"),
        arguments: [
            ("yahoo_answers_sample.csv --answer 4 --against 2 --metric jaccard", 2772, [1554, 707, 150, 39, 3, 2]),
            ("yahoo_answers_sample.csv --answer 4 --against 2 --metric tfidf-cosine", 2772, [1901, 1354, 604, 241, 6, 3]),
            ("answer_pairs_en.csv --answer llm_answer --against human_answer --metric jaccard", 2248, [1652, 893, 152, 41, 5, 5]),
            ("answer_pairs_en.csv --answer llm_answer --against human_answer --metric tfidf-cosine", 2248, [1793, 1418, 763, 353, 14, 11]),
        ])
    func realAnswersScoreAsByScikitLearn(_ arguments: String, _ pairs: Int, _ reached: [Int]) throws {
        try inFolder { folder in
            let run = try Program(folder).run("exec crisol calibrate '\(Self.data)'/\(arguments) --csv out.csv")
            #expect(run.code == 0 && run.output.hasPrefix("\(pairs) pairs"), "\(run)")
            let rows = try String(contentsOfFile: "\(folder)/out.csv", encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",") }
            for (threshold, count) in zip(["0.05", "0.1", "0.2", "0.3", "0.62", "0.65"], reached) {
                let row = try #require(rows.first { $0[0] == threshold })
                #expect(Int((try #require(Double(row[1])) * Double(pairs)).rounded()) == count, "\(arguments), \(threshold): \(row)")
            }
            #expect(run.output.contains("- A threshold of 0.65 rejects 99."), "\(run)")
        }
    }
}
