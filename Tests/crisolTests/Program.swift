import Foundation
import TestServers

/// The built program, run by lines of the shell in a folder.
struct Program {
    struct Ending {
        var code: Int32
        var output: String
        var errors: String
    }

    /// The program lies beside the test program.
    static let path: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folders = ([tests] + CommandLine.arguments + Bundle.allBundles.map(\.bundlePath)).map { ($0 as NSString).deletingLastPathComponent }
        return folders.map { "\($0)/crisol" }.first(where: FileManager.default.isExecutableFile(atPath:)) ?? "crisol is not built"
    }()

    let folder: String

    init(_ folder: String) { self.folder = folder }

    /// Runs a line in which `crisol` is the program and no gnuplot is to be found; `watch` meets the process while it runs.
    func run(_ line: String, watch: (Command) -> Void = { _ in }) throws -> Ending {
        let (output, errors) = ("\(folder)/stdout", "\(folder)/stderr")
        // No gnuplot: what it draws is tested elsewhere, and it is slow.
        let process = try Command(
            "/bin/sh", ["-c", "cd '\(folder)' && " + line.replacing("crisol ", with: "'\(Self.path)' ")], environment: ["PATH": folder],
            output: output, errors: errors)
        watch(process)
        return Ending(
            code: process.wait(), output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
    }
}
