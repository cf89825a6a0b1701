import ONNXRuntime
import Synchronization

/// Turns texts into the tokens and vectors that BERTScore compares.
///
/// Loaded once for all scorers of a process, for the weights are some 90 MB; threads encode side by side.
final class TextEncoder: Sendable {
    static let width = 384
    static let mostTokens = 512
    /// Vectors of references that are kept, in bytes: those of some 700 answers of 60 tokens.
    private static let keptBytes = 64 << 20

    private let wordPiece: WordPiece
    private let encoder: TokenEncoder
    private let kept = KeptVectors(room: keptBytes)

    private init(_ files: BERTScoreFiles) throws {
        wordPiece = try WordPiece(vocabulary: files.vocabulary())
        encoder = try TokenEncoder(library: files.library, model: files.model, width: Self.width, longest: Self.mostTokens)
    }

    private static let loaded = Mutex<[BERTScoreFiles: TextEncoder]>([:])

    /// The one of these files.
    static func shared(_ files: BERTScoreFiles) throws -> TextEncoder {
        try loaded.withLock { loaded in
            if let known = loaded[files] { return known }
            let encoder = try TextEncoder(files)
            loaded[files] = encoder
            return encoder
        }
    }

    /// Between the marks of beginning and end; what is beyond `mostTokens` is cut off.
    func tokens(of text: String) -> [Int64] { wordPiece.tokens(of: text, most: Self.mostTokens) }

    /// Whether a token marks the beginning or the end of a text.
    func isMark(_ token: Int64) -> Bool { wordPiece.isMark(token) }

    /// A text without tokens has no vectors.
    func vectors(of text: String) throws(EncodingProblem) -> TokenVectors {
        let tokens = tokens(of: text)
        return TokenVectors(tokens: tokens, vectors: tokens.count > 2 ? try encoder.vectors(of: tokens) : [])
    }

    /// The same, remembered for the next time.
    func keptVectors(of text: String) throws(EncodingProblem) -> TokenVectors {
        try kept.vectors(of: text) { () throws(EncodingProblem) in try vectors(of: text) }
    }
}
