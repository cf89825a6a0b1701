import Foundation
import Glibc
import Testing

/// `crisol broker` from outside.
@Suite struct BrokerCommandTests {
    private func inFolder(_ body: (Program, String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "name: small\nquestions: 3\npipeline: {partitions: 3}\ntraffic: {arrivals: {process: poisson, rate: 20/s}}\n"
            .write(toFile: "\(folder)/small.yaml", atomically: false, encoding: .utf8)
        try body(Program(folder), folder)
    }

    /// The address that the broker wrote, once it did.
    private func address(_ folder: String) -> String? {
        for _ in 0..<3000 {
            let text = (try? String(contentsOfFile: "\(folder)/stdout", encoding: .utf8)) ?? ""
            if text.hasSuffix("\n") { return String(text.dropLast()) }
            usleep(10_000)
        }
        return nil
    }

    @Test(arguments: [SIGINT, SIGTERM]) func itServesUntilASignalAndARunCanUseIt(signal: Int32) throws {
        try inFolder { program, folder in
            let broker = try program.run("exec crisol broker small.yaml --port 0 --topic extra:2", watch: { process in
                defer { kill(process.processIdentifier, signal) }
                guard let address = address(folder) else {
                    Issue.record("no address within 30 s")
                    return
                }
                #expect(address.hasPrefix("127.0.0.1:"))
                let other = folder + "/run"
                try? FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
                do {
                    let run = try Program(other).run("exec crisol run ../small.yaml --mode live --bootstrap-servers \(address) --out out")
                    // A busy machine may be late with its questions; that none is lost is what matters.
                    #expect(run.code == 0 || run.code == 2, "\(run)")
                    let wanting = try Program(other).run(
                        "exec crisol run ../small.yaml --mode live --bootstrap-servers \(address) --set pipeline.topics.questions=others --out more")
                    #expect(wanting.code != 0 && wanting.errors.contains("--topic others:3"), "\(wanting)")
                    let port = address.split(separator: ":")[1]
                    let taken = try Program(other).run("exec crisol broker --port \(port)")
                    #expect(taken.code == 69 && taken.errors.contains("choose another port"), "\(taken)")
                } catch {
                    Issue.record(error)
                }
            })
            #expect(broker.code == 0, "\(broker)")
            #expect(broker.errors.contains("topic extra, 2 partitions\n"))
            #expect(broker.errors.contains("topic questions, 3 partitions\n"))
        }
    }

    @Test(arguments: ["--topic a", "--topic a:0", "--topic a/b:1", "--topic a:1 --topic a:2", "--port 70000"]) func wrongUsageIsRefused(_ arguments: String) throws {
        try inFolder { program, _ in
            let run = try program.run("exec crisol broker \(arguments)")
            #expect(run.code == 64, "\(run)")
        }
    }

    @Test func liveFaultsAreLeftOutOfASimulationAndOfOthersBrokers() throws {
        try inFolder { program, _ in
            let faults = "--set 'faults=[{inject: broker_down, at: 1s, for: 1s}, {inject: kill, at: 1s, service: judge}]'"
            let simulated = try program.run("exec crisol run small.yaml \(faults) --out new")
            #expect(simulated.code == 0, "\(simulated)")
            #expect(simulated.errors.contains("the simulation leaves out what only a live run has: broker_down, kill judge.0"))
            let others = try program.run("exec crisol run small.yaml \(faults) --mode live --bootstrap-servers 127.0.0.1:1 --out other")
            #expect(others.code == 64 && others.errors.contains("faults.0: broker_down is for the embedded broker"), "\(others)")
        }
    }
}
