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

    /// Programs that stand in for another version of this one, to be run by `/bin/sh`: a file that was just written may
    /// not be run itself while a process that another test starts still holds it open.
    private func withPrograms(_ body: (Program, String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.scenario.write(toFile: "\(folder)/compared.yaml", atomically: false, encoding: .utf8)
        for (name, line) in [
            ("slow", "exec '\(Program.path)' \"$@\" --set provider.latency.mean=300ms"),
            // The third run is one that may not be used.
            ("shaky", "'\(Program.path)' \"$@\"; echo x >>runs; case $(/usr/bin/wc -l <runs) in 3) for a; do case $a in */002-*) /usr/bin/sed -i 's/,passed$/,invalid/' $a/summary.csv; exit 2;; esac; done;; esac"),
            ("crash", "echo it was too much >&2; kill -9 $$"), ("wrong", "exit 65"), ("other", "exit 0"),
            ("hang", "trap 'exit 2' INT; echo $$ >pid; while :; do /usr/bin/sleep 0.05; done"),
        ] {
            try "#!/bin/sh\n\(line)\n".write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
        }
        try body(Program(folder), folder)
    }

    @Test func twoProgramsTakeTurns() throws {
        try withPrograms { program, folder in
            let own = Program.path
            let same = try program.run("exec crisol compare --interleave '\(own)' '\(own)' compared.yaml --rounds 3 --out same")
            #expect(same.code == 0 && same.output.contains("\n3 paired repeats (scenario compared, seed 18446744073709551615, mode sim)"), "\(same)")
            #expect(same.output.contains("base is \(own), version 0.1.0") && same.output.contains("no part of the verdict") && !same.output.contains("worse"), "\(same)")
            let rounds = try String(contentsOfFile: "\(folder)/same/rounds.csv", encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",") }
            #expect(rounds.map { $0[2] } == ["program", "base", "new", "new", "base", "base", "new"])
            // Each round has luck of its own, the same on both sides; the seed after the largest is 0.
            #expect(rounds.dropFirst().map { $0[3] } == ["18446744073709551615", "18446744073709551615", "0", "0", "1", "1"])
            #expect(rounds.dropFirst().allSatisfy { Double($0[6])! > 0 && Double($0[7])! > 0 && $0[5] == "true" })
            func summary(_ run: String) throws -> String { try String(contentsOfFile: "\(folder)/same/\(run)/summary.csv", encoding: .utf8) }
            #expect(try summary("001-base") == summary("001-new") && summary("000-new") != summary("001-new"))

            let slow = try program.run("exec crisol compare --interleave '\(own)' '/bin/sh ./slow' compared.yaml --rounds 6 --set provider.latency.mean=250ms --set questions=300 --seed 7 --out slower --csv rows.csv")
            #expect(slow.code == 1 && slow.output.contains("\nRegression: ") && slow.output.contains("latency_p95_ms"), "\(slow)")
            #expect(try String(contentsOfFile: "\(folder)/rows.csv", encoding: .utf8).contains("latency_p95_ms,pipeline.cache.policy=fifo,worse,true,paired,6,6,"))
            #expect(try String(contentsOfFile: "\(folder)/slower/junit.xml", encoding: .utf8).contains("<failure type=\"regression\""))
        }
    }

    @Test func invalidRoundsCountForNeitherSideAndAreMadeUpFor() throws {
        try withPrograms { program, folder in
            let ending = try program.run("exec crisol compare --interleave '\(Program.path)' '/bin/sh ./shaky' compared.yaml --rounds 3 --out out")
            #expect(ending.code == 0, "\(ending)")
            #expect(ending.output.contains("1 of 4 rounds were invalid and count for neither side, such as round 2, new: "), "\(ending)")
            #expect(ending.output.contains("\n3 paired repeats") && !ending.output.contains("worse"), "\(ending)")
        }
    }

    @Test func whatCannotBeRunIsSaid() throws {
        try withPrograms { program, folder in
            for (programs, code, message) in [
                ("nothing /bin/sh", 66, "nothing: there is no such program"),
                ("/bin/sh ./nothing", 66, "./nothing: there is no such program"),
                ("/bin/sh ./compared.yaml", 64, "./compared.yaml: is a file that cannot be executed"),
                ("'/bin/sh ./slow' '/bin/sh ./crash'", 70, "new (/bin/sh ./crash) died of signal 9 (Killed); its last words (all in o/000-new.log):\nit was too much"),
                ("'/bin/sh ./slow' '/bin/sh ./wrong'", 65, "new (/bin/sh ./wrong) ended with exit code 65"),
                ("'/bin/sh ./other' '/bin/sh ./slow'", 70, "base (/bin/sh ./other) ended with exit code 0 and left no results in o/000-base: is it crisol?"),
            ] {
                let ending = try program.run("exec crisol compare --interleave \(programs) compared.yaml --rounds 2 --out o")
                #expect(Int(ending.code) == code && ending.errors.contains(message), "\(programs): \(ending)")
                try? FileManager.default.removeItem(atPath: "\(folder)/o")
            }
            for (line, code, message) in [
                ("--interleave /bin/sh /bin/sh", 64, "--interleave takes two programs and a scenario file at least"),
                ("--interleave /bin/sh /bin/sh compared.yaml --rounds 1", 64, "--rounds must be from 2 to 1000, not 1"),
                ("--interleave /bin/sh /bin/sh compared.yaml --mode both", 64, "--mode must be sim or live"),
                ("--interleave /bin/sh /bin/sh compared.yaml --time-tolerance wall=5%", 64, "--time-tolerance must be wall_s or cpu_s and a share, such as wall_s=10%, not wall=5%"),
                ("--interleave /bin/sh /bin/sh nowhere.yaml", 66, "nowhere.yaml: there is no such file"),
                ("--interleave /bin/sh /bin/sh compared.yaml compared.yaml", 64, "two of the scenarios are called compared"),
                ("a b c", 64, "for programs that run a scenario (c) give --interleave"), ("a b --rounds 3", 64, "--rounds goes with --interleave"),
            ] {
                let ending = try program.run("exec crisol compare \(line)")
                #expect(Int(ending.code) == code && ending.errors.contains(message), "\(line): \(ending)")
            }
        }
    }

    /// Ctrl-C is handed on, and nobody is left behind.
    @Test func anInterruptionEndsTheProgramThatRuns() throws {
        try withPrograms { program, folder in
            var child: pid_t = 0
            let ending = try program.run("exec crisol compare --interleave '/bin/sh ./hang' '/bin/sh ./slow' compared.yaml --out out", watch: { process in
                let limit = Date(timeIntervalSinceNow: 120)
                while child == 0, process.isRunning, Date() < limit {
                    child = (try? String(contentsOfFile: "\(folder)/pid", encoding: .utf8)).flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 0
                    usleep(2000)
                }
                kill(process.processIdentifier, SIGINT)
            })
            #expect(ending.code == 2 && ending.errors.contains("interrupted in round 1; what was run is in out"), "\(ending)")
            #expect(child > 0 && kill(child, 0) == -1 && errno == ESRCH)
        }
    }
}
