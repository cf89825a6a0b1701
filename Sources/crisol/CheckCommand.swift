import ArgumentParser
import Scenarios
import Workload

/// `crisol check`: says whether scenario files are good, and what they would run.
struct CheckCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "check",
            abstract: "Check scenario files without running them.",
            discussion: """
                Prints one line for each good file to standard output, and everything that is wrong with the \
                others to standard error, as FILE:LINE:COLUMN: key: what to change. All points of a sweep are \
                checked, and the corpus files are read.

                Exit codes, the highest over all files: 0 good, 64 wrong usage, 65 bad scenario or data, 66 no such file.
                """)
    }

    @Argument(help: "Scenario files.")
    var files: [String]

    @Option(name: .customLong("set"), parsing: .singleValue, help: ArgumentHelp("Write one key first, such as pipeline.cache.policy=fifo. May be given several times.", valueName: "key.path=value"))
    var overrides: [String] = []

    func run() throws {
        var exitCode: Int32 = 0
        for path in files {
            let (line, code) = Self.check(path, overrides: overrides)
            if code == 0 {
                do { try Terminal.show(line + "\n") } catch { throw Failure.exit(error) }
            } else {
                Terminal.say(line)
            }
            exitCode = max(exitCode, code)
        }
        if exitCode != 0 { throw ExitCode(exitCode) }
    }

    /// The line or lines to print for a file, and its exit code.
    static func check(_ path: String, overrides: [String]) -> (text: String, exitCode: Int32) {
        do throws(ScenarioError) {
            let file = try ScenarioFile.load(path: path, overrides: overrides)
            var corpora: [String] = []
            for source in sources(of: file) {
                do throws(CorpusError) {
                    corpora.append(try text(of: source))
                } catch {
                    return ("\(path): traffic.corpus: \(error.description)", error.exitCode)
                }
            }
            var traces: [String] = []
            for scenario in file.withTheirOwnTraffic {
                do throws(CorpusError) {
                    guard let trace = try scenario.recordedTraffic(), case .trace(let source) = scenario.traffic.arrivals else { continue }
                    if case .trace = scenario.traffic.popularity { try scenario.requireItems(try Corpus.load(scenario.traffic.corpus).count) }
                    let bad = trace.report.badRows
                    var text = "\(counted(trace.moments.count, "request")) over \(Double(trace.span / 1_000_000) / 1000) s in \(source.path)" + (bad > 0 ? " (\(counted(bad, "bad row")) left out)" : "")
                    if case .trace = scenario.traffic.popularity { text += " for \(counted(trace.distinctPrompts, "different prompt"))" }
                    if let note = scenario.endedEarly(asked: .max) { text += " (\(note))" }
                    if !traces.contains(text) { traces.append(text) }
                } catch {
                    let place = error.description.hasPrefix("traffic.") ? "" : "traffic.arrivals: "
                    return ("\(path): \(place)\(error.description)", error.exitCode)
                }
            }
            let scenario = file.scenario
            let points = counted(file.points.count, "point")
            let repeats = (scenario.stopping.map { "\($0.atLeast) to " } ?? "") + counted(scenario.repeats, "repeat")
            let checks = counted(scenario.checks.count, "check")
            return ("\(path): ok, \(points) × \(repeats), \(scenario.length.text), \((traces + corpora).joined(separator: " and ")), \(checks)", 0)
        } catch {
            return (error.description, error.exitCode)
        }
    }

    /// The corpora of all points, each once.
    private static func sources(of file: ScenarioFile) -> [CorpusSource] {
        guard file.sweepKeys.contains(where: { $0 == "traffic" || $0.hasPrefix("traffic.corpus") }) else { return [file.scenario.traffic.corpus] }
        var sources: [CorpusSource] = []
        for point in file.points where !sources.contains(point.scenario.traffic.corpus) { sources.append(point.scenario.traffic.corpus) }
        return sources
    }

    private static func text(of source: CorpusSource) throws(CorpusError) -> String {
        switch source {
        case .builtin: return "built-in corpus"
        case .synthetic(let count): return "synthetic corpus of \(count)"
        case .csv(let path, _), .jsonl(let path, _, _):
            let corpus = try Corpus.load(source)
            let bad = corpus.report.badRows
            return "\(counted(corpus.count, "question")) in \(path)" + (bad > 0 ? " (\(counted(bad, "bad row")) left out)" : "")
        }
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
