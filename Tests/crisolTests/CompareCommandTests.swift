import Foundation
import Testing

/// `crisol compare` of runs that `crisol run` made.
@Suite struct CompareCommandTests {
    private static let scenario = """
        name: compared
        questions: 400
        seed: 18446744073709551615
        traffic:
          arrivals: {process: poisson, rate: 40/s}
          corpus: {synthetic: 100}
        provider:
          latency: {distribution: exponential, mean: 200ms}
          price: {prompt: 0.15, completion: 0.60}
        sweep:
          pipeline.cache.policy: [lru, fifo]
        tolerance: {latency_p95_ms: 5%}

        """

    @Test func twoRunsAreHeldAgainstEachOther() throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.scenario.write(toFile: "\(folder)/compared.yaml", atomically: false, encoding: .utf8)
        let program = Program(folder)
        func run(_ options: String) throws { #expect(try program.run("exec crisol run compared.yaml --repeats 8 \(options)").code == 0) }
        try run("--out base")
        try run("--out again")
        try run("--out slow --set provider.latency.mean=300ms")
        try run("--out other --seed 7")
        func compare(_ line: String) throws -> Program.Ending { try program.run("exec crisol compare \(line)") }

        let same = try compare("base again/")
        #expect(same.code == 0 && same.output.hasSuffix("\nNo regression shown.\n") && !same.output.contains("worse"), "\(same)")
        let slow = try compare("base slow --csv rows.csv --junit junit.xml")
        #expect(slow.code == 1 && slow.output.contains("\nRegression: "), "\(slow)")
        #expect(slow.output.contains("8 paired repeats (scenario compared, seed 18446744073709551615, mode sim)"))
        #expect(slow.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let rows = try String(contentsOfFile: "\(folder)/rows.csv", encoding: .utf8)
        #expect(rows.split(separator: "\n").count == 25)
        #expect(rows.contains("latency_p95_ms,pipeline.cache.policy=fifo,worse,true,paired,8,8,"), "\(rows)")
        #expect(try String(contentsOfFile: "\(folder)/junit.xml", encoding: .utf8).contains("<failure type=\"regression\" message=\"latency_p95_ms is worse"))
        // Better is not worse.
        #expect(try compare("slow base --metrics latency_p95_ms").code == 0)
        #expect(try compare("base other --metrics latency_p95_ms,cost").output.contains("unpaired (another seed), Welch's t; 4 differences"))

        let wrong = try compare("base again --metrics latency_p95")
        #expect(wrong.code == 64 && wrong.errors.contains("did you mean latency_p95_ms?"), "\(wrong)")
        #expect(try compare("base nowhere").code == 66)
        #expect(try compare("base .").code == 65)
        #expect(try compare("base again --csv nowhere/rows.csv").code == 74)
        try FileManager.default.removeItem(atPath: "\(folder)/again/run.json")
        let unfinished = try compare("base again")
        #expect(unfinished.code == 65 && unfinished.errors == "again/run.json is not there: the run did not come to its end\n", "\(unfinished)")
        #expect(try compare("again base").output.contains("note: again has no run.json"))
    }
}
