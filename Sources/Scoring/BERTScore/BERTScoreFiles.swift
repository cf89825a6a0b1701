import Foundation

/// Where BERTScore's runtime, model and vocabulary lie: in the cache folder, where `scripts/setup --bertscore` puts them.
package struct BERTScoreFiles: Sendable, Hashable {
    package let library: String
    package let model: String
    private let vocabularyFile: String

    package struct Missing: Error, Equatable, Sendable, CustomStringConvertible {
        let path: String
        package var description: String { "needs \(path), which is not there: scripts/setup --bertscore fetches it" }
    }

    /// Where to look in place of `bertscore` in the cache folder. With it a test says whether the files are there, whatever the machine.
    @TaskLocal package static var folder: String?

    /// - Parameter folder: nil: `bertscore` in the cache folder, as scripts/setup finds that.
    package init(folder: String? = nil) throws(Missing) {
        let folder = folder ?? Self.folder ?? "\(CacheFolder.path)/bertscore"
        library = "\(folder)/libonnxruntime.so"
        model = "\(folder)/model.onnx"
        vocabularyFile = "\(folder)/vocab.txt"
        for path in [library, model, vocabularyFile] where !FileManager.default.isReadableFile(atPath: path) { throw Missing(path: path) }
    }

    /// One piece a line.
    func vocabulary() throws -> [String] {
        try String(contentsOfFile: vocabularyFile, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
