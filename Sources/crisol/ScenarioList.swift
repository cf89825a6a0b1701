import ArgumentParser
import Foundation
import Scenarios

/// The runs of a night: a file with a line for each scenario, its path first and `crisol run`'s options behind it.
///
///     # name             options
///     quickstart.yaml    --repeats 20
///     live-faults.yaml   --mode live
///     overload-burst.yaml --fails --set 'sweep={pipeline.score.threshold: [0.1, 0.3]}'
struct ScenarioList {
    struct Entry {
        var line: Int
        var options: Options
        /// As the scenario names itself.
        var scenario: String
        /// From the working folder.
        var path: String
    }

    struct Options: ParsableArguments {
        @Argument var file: String
        @Option var mode: RunCommand.Mode = .sim
        @Option var repeats: Int?
        @Option var seed: UInt64?
        @Option(name: .customLong("set")) var set: [String] = []
        /// Its checks are meant not to hold.
        @Flag var fails = false
    }

    private static let allowed = "a line is a scenario's path, then --mode, --repeats, --seed, --set and --fails as they apply"

    let entries: [Entry]

    /// - Parameters:
    ///   - only: names of scenarios, in place of all.
    ///   - overrides: of every scenario that is left, behind the list's own.
    init(path: String, only: [String], overrides: [String], repeats: Int?) throws {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ServiceEnded(reason: "\(path): there is no such list of scenarios", exitCode: 66)
        }
        var entries: [Entry] = [], names: [String] = []
        let folder = (path as NSString).deletingLastPathComponent
        for (index, line) in String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            func problem(_ reason: String) -> ServiceEnded { ServiceEnded(reason: "\(path):\(index + 1): \(reason)", exitCode: 65) }
            guard let words = Self.words(String(line)) else { throw problem("a quotation mark is not closed") }
            guard !words.isEmpty else { continue }
            var options: Options
            do {
                options = try Options.parse(words)
            } catch {
                throw problem("\(Options.message(for: error)) (\(Self.allowed))")
            }
            options.set.append("questions_csv=false")
            options.repeats = repeats ?? options.repeats
            let file = folder.isEmpty || options.file.hasPrefix("/") ? options.file : "\(folder)/\(options.file)"
            var loaded: ScenarioFile
            do {
                func load() throws(ScenarioError) -> ScenarioFile { try ScenarioFile.load(path: file, overrides: options.set, seed: options.seed, repeats: options.repeats) }
                loaded = try load()
                names.append(loaded.scenario.name)
                guard only.isEmpty || only.contains(loaded.scenario.name) else { continue }
                options.set += overrides
                if !overrides.isEmpty { loaded = try load() }
            } catch {
                throw ServiceEnded(reason: "\(path):\(index + 1): \(error.description)", exitCode: error.exitCode)
            }
            for mode in options.mode.runs {
                if let other = entries.first(where: { $0.scenario == loaded.scenario.name && $0.options.mode.runs.contains(mode) }) {
                    throw problem("\(loaded.scenario.name) in mode \(mode.rawValue) is in line \(other.line) already: give one another name, such as by --set name=\(loaded.scenario.name)-2")
                }
            }
            entries.append(Entry(line: index + 1, options: options, scenario: loaded.scenario.name, path: file))
        }
        if let unknown = only.first(where: { !names.contains($0) }) {
            throw ServiceEnded(reason: "--only \(unknown): there is no such scenario in \(path) (there are \(names.joined(separator: ", ")))", exitCode: 64)
        }
        guard !entries.isEmpty else { throw ServiceEnded(reason: "\(path): there is no scenario in it (\(Self.allowed))", exitCode: 65) }
        self.entries = entries
    }

    /// The words of a line as a shell has them: quotes keep words together, # begins a comment. Nil where a quote is open.
    static func words(_ line: String) -> [String]? {
        var words: [String] = [], word = "", isWord = false
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                (quote, isWord) = (character, true)
            } else if character == "#", !isWord {
                break
            } else if character.isWhitespace {
                if isWord { words.append(word) }
                (word, isWord) = ("", false)
            } else {
                word.append(character)
                isWord = true
            }
        }
        if isWord { words.append(word) }
        return quote == nil ? words : nil
    }
}
