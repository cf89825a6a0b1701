/// A text as BERTScore sees it: its tokens and their vectors, each of length 1.
struct TokenVectors: Sendable {
    typealias Part = SIMD16<Float>

    let tokens: [Int64]
    /// `parts` of each token, one behind the other.
    let values: [Part]
    let parts: Int

    /// - Parameter vectors: a multiple of 16 numbers for each token.
    init(tokens: [Int64], vectors: [Float]) {
        self.tokens = tokens
        parts = tokens.isEmpty ? 0 : vectors.count / tokens.count / Part.scalarCount
        var values: [Part] = []
        values.reserveCapacity(tokens.count * parts)
        for token in tokens.indices {
            var squares: Float = 0
            for index in token * parts * Part.scalarCount..<(token + 1) * parts * Part.scalarCount { squares += vectors[index] * vectors[index] }
            let norm = squares.squareRoot()
            for part in 0..<parts {
                let start = (token * parts + part) * Part.scalarCount
                values.append(Part(vectors[start..<start + Part.scalarCount]) / norm)
            }
        }
        self.values = values
    }

    /// For each token the cosine to the most similar one of the other text.
    func best(in other: TokenVectors) -> [Float] {
        tokens.indices.map { token in
            var best = -Float.infinity
            for candidate in other.tokens.indices {
                var sum = Part.zero
                for part in 0..<parts { sum.addProduct(values[token * parts + part], other.values[candidate * parts + part]) }
                best = max(best, sum.sum())
            }
            return best
        }
    }

    var bytes: Int { values.count * MemoryLayout<Part>.stride }
}
