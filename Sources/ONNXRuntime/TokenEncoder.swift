import CONNXRuntime

/// Why texts cannot be encoded, as ONNX Runtime says it.
package struct EncodingProblem: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
}

/// A transformer that turns tokens into vectors: an ONNX model with the inputs `input_ids`, `attention_mask` and
/// `token_type_ids` and the output `last_hidden_state`.
///
/// A text is encoded by the thread that asks, and several threads encode several texts side by side: the weights are there once.
/// `@unchecked`, for the pointer to what ONNX Runtime keeps: its `Run` may be called on one session by several threads at a time,
/// and nothing else of it changes after `init`.
package struct TokenEncoder: ~Copyable, @unchecked Sendable {
    /// The C encoder's pointer: made in `init`, closed in `deinit`, and never handed out.
    private let handle: OpaquePointer
    /// Numbers of a vector.
    package let width: Int

    /// - Parameters:
    ///   - library: ONNX Runtime's shared library, which is loaded here and stays so.
    ///   - model: the model's file.
    ///   - longest: tokens of the longest text.
    package init(library: String, model: String, width: Int, longest: Int) throws(EncodingProblem) {
        var problem = [CChar](repeating: 0, count: 500)
        guard let handle = crisol_encoder_open(library, model, longest, &problem, problem.count) else { throw EncodingProblem(of: problem) }
        (self.handle, self.width) = (handle, width)
    }

    deinit { crisol_encoder_close(handle) }

    /// One vector for each token, one behind the other.
    package func vectors(of tokens: [Int64]) throws(EncodingProblem) -> [Float] {
        guard !tokens.isEmpty else { return [] }
        var vectors = [Float](repeating: 0, count: tokens.count * width)
        var problem = [CChar](repeating: 0, count: 500)
        guard crisol_encoder_run(handle, tokens, tokens.count, &vectors, width, &problem, problem.count) == 0 else { throw EncodingProblem(of: problem) }
        return vectors
    }
}

extension EncodingProblem {
    fileprivate init(of text: [CChar]) { self.init(description: String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)) }
}
