import Foundation

/// What this build of Crisol is.
enum Version {
    static let text = "0.1.0"

    /// With the commit, where there is one: what results that are put together must have in common.
    static let full = [text, commit()].filter { !$0.isEmpty }.joined(separator: " ")

    /// The commit of the checkout that the program was built in; empty where there is none (or no git).
    static func commit() -> String {
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else { return "" }
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        git.arguments = ["git", "-C", (program as NSString).deletingLastPathComponent, "rev-parse", "HEAD"]
        let output = Pipe()
        git.standardOutput = output
        git.standardError = FileHandle.nullDevice
        git.standardInput = FileHandle.nullDevice
        guard (try? git.run()) != nil else { return "" }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        git.waitUntilExit()
        return git.terminationStatus == 0 ? text.trimmingCharacters(in: .whitespacesAndNewlines) : ""
    }
}
