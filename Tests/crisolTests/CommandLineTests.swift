import Foundation
import Glibc
import TestServers
import Testing

/// The built program from outside: what it says, where, and with which exit code.
///
/// Exit code 70 is not here: it stands for a lost question or a broken invariant, which only a bug can bring about.
@Suite struct CommandLineTests {
    private static let scenario = """
        name: small
        questions: 300
        traffic: {arrivals: {process: poisson, rate: 20/s}}
        checks: [lost == 0]

        """

    /// An empty folder that lasts for one test.
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.scenario.write(toFile: "\(folder)/small.yaml", atomically: false, encoding: .utf8)
        try body(folder)
    }

    private func shell(_ line: String, in folder: String, watch: (Command) -> Void = { _ in }) throws -> Program.Ending {
        try Program(folder).run(line, watch: watch)
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func aRunThatPasses() throws {
        try inFolder { folder in
            let run = try shell("exec crisol run small.yaml --out new", in: folder)
            #expect(run.code == 0 && run.errors.isEmpty, "\(run)")
            #expect(run.output.hasPrefix("asked                300\n"))
            #expect(run.output.contains("\nsmall: passed\n"))
            #expect(run.output.contains("gnuplot is not installed"))
            #expect(run.output.hasSuffix("report: new/report.html\n"))
            for name in ["summary.csv", "points.csv", "questions.csv", "timeseries.csv", "latency.csv", "run.json", "report.html", "report.md", "junit.xml"] {
                #expect(exists("\(folder)/new/\(name)"), "\(name)")
            }
        }
    }

    @Test func aCheckThatFailsOrHasNoData() throws {
        try inFolder { folder in
            let run = try shell("exec crisol run small.yaml --out new --set 'checks=[hit_ratio > 99%]'", in: folder)
            #expect(run.code == 1 && run.output.contains("FAIL  hit_ratio > 99%  seen ") && run.output.contains("\nsmall: failed\n"), "\(run)")
            let empty = try shell("exec crisol run small.yaml --out empty --set duration=1ns --set 'checks=[p95(latency) < 5s]'", in: folder)
            #expect(empty.code == 1 && empty.output.contains("FAIL  p95(latency) < 5s  seen no data"), "\(empty)")
            #expect(empty.output.contains("No question was asked"))
        }
    }

    @Test(arguments: [SIGINT, SIGTERM]) func anInterruptedRunKeepsWhatItHas(signal: Int32) throws {
        try inFolder { folder in
            let rows = "\(folder)/new/parts/0-0.questions.csv"
            let run = try shell(
                "exec crisol run small.yaml --out new --set questions=2000000 --set questions_csv=true", in: folder,
                watch: { process in
                    // Once rows are written the run is under way.
                    let limit = Date().addingTimeInterval(60)
                    var status = stat()
                    while process.isRunning, Date() < limit, stat(rows, &status) != 0 || status.st_size < 10_000 { usleep(2000) }
                    kill(process.processIdentifier, signal)
                })
            #expect(run.code == 2 && run.output.contains("\nsmall: invalid\n- the run was interrupted"), "\(run)")
            #expect(exists("\(folder)/new/report.html"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: rows)).last == 0x0A)
        }
    }

    @Test(arguments: [
        ("crisol run", "Error: Missing expected argument '<file>'"),
        ("crisol run small.yaml --mode fast", "Please provide one of 'sim', 'live' or 'both'"),
        ("crisol run small.yaml --shard 1/2", "--shard 1/2: the sweep has 1 points, which is fewer than shards"),
        ("crisol run small.yaml --shard 3/2", "--shard must be I/N with I from 1 to N, such as 2/4, not 3/2"),
        ("crisol run small.yaml --jobs 0", "--jobs must be from 1 to 1024, not 0"),
        ("crisol run small.yaml --resume", "--resume goes with --out: the folder of the run to go on with"),
        ("crisol run small.yaml --resume --out .", ".: holds no parts of a run (parts/plan.json)"),
        ("crisol merge .", ".: holds no parts of a run (parts/plan.json)"),
        ("crisol run small.yaml --repeats 0", "--repeats must be from 1 to 10000, not 0"),
        ("crisol run small.yaml --repeats 10001", "--repeats must be from 1 to 10000, not 10001"),
        ("crisol run small.yaml --repeats many", "many"),
        ("crisol run small.yaml --seed -1", "Missing value for '--seed <seed>'"),
        ("crisol run small.yaml --bootstrap-servers a:1", "--bootstrap-servers goes with --mode live or both"),
        ("crisol run small.yaml --set seed", "--set"),
        ("crisol run small.yaml --out .", ".: is not empty; --out takes a new or an empty folder"),
        ("crisol run small.yaml --out small.yaml", "small.yaml: is not a folder; --out takes a new or an empty folder"),
        ("crisol verify --scenarios 0", "--scenarios must be at least 1, not 0"),
        ("crisol verify --first 18446744073709551615", "leaves no room for 1000 scenarios"),
        ("crisol nonsense", "nonsense"),
    ]) func wrongUsage(line: String, message: String) throws {
        try inFolder { folder in
            let run = try shell("exec \(line)", in: folder)
            #expect(run.code == 64 && run.output.isEmpty && run.errors.contains(message), "\(run)")
            #expect(!exists("\(folder)/results"))
        }
    }

    @Test func badScenariosAndData() throws {
        try inFolder { folder in
            let run = try shell("exec crisol run small.yaml --set traffic.arrivals.rate=fast", in: folder)
            #expect(run.code == 65 && run.output.isEmpty && run.errors.hasPrefix("--set 1: traffic.arrivals.rate: "), "\(run)")
            let data = try shell("exec crisol run small.yaml --set traffic.corpus.csv=small.yaml", in: folder)
            #expect(data.code == 65 && data.errors.hasPrefix("corpus small.yaml holds no question: all of its 4 rows are bad\n  small.yaml:1: "), "\(data)")
            #expect(!exists("\(folder)/results"), "a run that cannot start leaves no folder")
        }
    }

    private static let traces = [
        ("azure-llm", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.5000000,374,44\n2023-11-16 18:15:47.5,1,1\n2023-11-16 18:15:47.7,1,1\n2023-11-16 18:16:46.5,1,1\n"),
        ("mooncake", [(7000, "0,1"), (8000, "0,2"), (8200, "0,1"), (67_000, "0,3")].map { "{\"timestamp\": \($0.0), \"input_length\": 1, \"output_length\": 1, \"hash_ids\": [\($0.1)]}\n" }.joined()),
    ]

    /// Both layouts, at their own speed and faster: the questions come when the rows say, and ask what they say.
    @Test(arguments: traces) func aTraceIsRepeated(format: String, text: String) throws {
        try inFolder { folder in
            try text.write(toFile: "\(folder)/trace", atomically: false, encoding: .utf8)
            for (speed, moments) in [(1, ["0", "1000", "1200", "60000"]), (4, ["0", "250", "300", "15000"])] {
                let arrivals = "--set 'traffic.arrivals={process: trace, file: trace, format: \(format), speed: \(speed)}' --set questions=4"
                let run = try shell("exec crisol run small.yaml --out \(speed) \(arrivals)" + (format == "mooncake" ? " --set traffic.popularity.distribution=trace" : ""), in: folder)
                #expect(run.code == 0, "\(run)")
                let rows = try String(contentsOfFile: "\(folder)/\(speed)/questions.csv", encoding: .utf8).split(separator: "\n").dropFirst()
                    .map { $0.split(separator: ",") }.sorted { $0[2] < $1[2] }
                #expect(rows.map { String($0[4]) } == moments)
                if format == "mooncake" { #expect(rows[0][3] == rows[2][3] && Set(rows.map { $0[3] }).count == 3) }
            }
        }
    }

    /// A run that could not be the one asked for is refused as `check` refuses it, before a folder is made.
    @Test(arguments: traces) func aTraceThatIsTooShort(format: String, text: String) throws {
        try inFolder { folder in
            try text.write(toFile: "\(folder)/trace", atomically: false, encoding: .utf8)
            let arrivals = "--set 'traffic.arrivals={process: trace, file: trace, format: \(format)}'"
            for (change, message) in [
                ("--set questions=5", "traffic.arrivals: trace: the trace ends before the run: it has 4 requests, questions asks for 5"),
                ("--set questions=4 --set warmup=1m", "the trace, 60.0s at this speed, ends within the warm-up of 1m: nothing would be measured"),
                ("--set questions=4 --set traffic.popularity.distribution=trace --set traffic.corpus.synthetic=2", format == "mooncake" ? "the trace asks for 3 different prompts and the corpus has 2" : "an azure-llm trace does not say what was asked"),
            ] {
                for command in ["run", "check", "explain"] {
                    let ending = try shell("exec crisol \(command) small.yaml \(arrivals) \(change)", in: folder)
                    #expect(ending.code == 65 && ending.output.isEmpty && ending.errors.contains(message), "\(command) \(change): \(ending)")
                }
            }
            #expect(!exists("\(folder)/results"))
            // A duration is an upper bound; who reads the figures is told.
            let long = try shell("exec crisol run small.yaml --out long \(arrivals) --set duration=1h", in: folder)
            #expect(long.code == 0 && long.output.replacing("\n ", with: "").contains("The trace ends after 60.0s, before the duration of 1h: the run is as long as the trace."), "\(long)")
            let paused = try shell("exec crisol run small.yaml --out paused --set 'traffic.arrivals={process: stages, stages: [{rate: 50/s, for: 2s}, {rate: 0/s, for: 1s}]}'", in: folder)
            #expect(paused.code == 0 && paused.output.contains("The arrivals ended after "), "\(paused)")
        }
    }

    @Test func missingFiles() throws {
        try inFolder { folder in
            let run = try shell("exec crisol run nowhere.yaml", in: folder)
            #expect(run.code == 66 && run.errors == "nowhere.yaml: there is no such file\n", "\(run)")
            let corpus = try shell("exec crisol run small.yaml --set traffic.corpus.csv=nowhere.csv", in: folder)
            #expect(corpus.code == 66 && corpus.errors.contains("traffic.corpus.csv: there is no such file (seen: nowhere.csv)"), "\(corpus)")
        }
    }

    @Test func aServerThatIsNotThereLeavesNoFolder() throws {
        try inFolder { folder in
            // Port 1 answers nobody.
            let run = try shell("exec crisol run small.yaml --mode live --bootstrap-servers localhost:1 --out deep/new", in: folder)
            #expect(run.code == 69 && run.output.isEmpty && run.errors.hasPrefix("no Kafka server answers at localhost:1"), "\(run)")
            #expect(!exists("\(folder)/deep"))
        }
    }

    @Test func outputThatCannotBeWritten() throws {
        try inFolder { folder in
            let nowhere = try shell("exec crisol run small.yaml --out /proc/new", in: folder)
            #expect(nowhere.code == 74 && nowhere.errors == "/proc/new: cannot be made: No such file or directory\n", "\(nowhere)")
            // A file may grow to 16 blocks of 512 bytes, as on a disk that is nearly full.
            let small = try shell("ulimit -f 16; exec crisol run small.yaml --out new", in: folder)
            #expect(small.code == 74 && small.errors == "new/parts/0-0.questions.csv: cannot be written: File too large\n", "\(small)")
            let rows = try String(contentsOfFile: "\(folder)/new/parts/0-0.questions.csv", encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            #expect(rows.count > 10 && rows.last == "", "the last row is whole")
            let cells = rows.dropLast().map { $0.split(separator: ",", omittingEmptySubsequences: false).count }
            #expect(Set(cells).count == 1)
            for line in ["run small.yaml --out full", "schema", "check small.yaml", "explain small.yaml", "verify --scenarios 1"] {
                let full = try shell("exec crisol \(line) >/dev/full", in: folder)
                #expect(full.code == 74 && full.errors == "standard output: cannot be written: No space left on device\n", "\(line): \(full)")
            }
            #expect(exists("\(folder)/full/report.html"))
        }
    }

    @Test func closedStreamsAreNoReasonToFail() throws {
        try inFolder { folder in
            let run = try shell("exec crisol run small.yaml --out new <&- >&- 2>&-", in: folder)
            #expect(run.code == 0)
            let summary = try String(contentsOfFile: "\(folder)/new/summary.csv", encoding: .utf8)
            #expect(summary.split(separator: "\n").count == 2)
            #expect(try shell("exec crisol run nowhere.yaml 2>&-", in: folder).code == 66)
        }
    }
}
