/// A text as BERTScore sees it: its tokens and their vectors, each of length 1.
struct TokenVectors: Sendable {
    /// As much as the registers of any x86-64 processor hold of two factors and their sum.
    typealias Part = SIMD16<Float>

    let tokens: [Int64]
    /// `parts` of each token, one behind the other.
    private let values: [Part]
    private let parts: Int

    /// - Parameter vectors: a multiple of 16 numbers for each token, or none at all.
    init(tokens: [Int64], vectors: [Float]) {
        self.tokens = tokens
        parts = tokens.isEmpty ? 0 : vectors.count / tokens.count / Part.scalarCount
        var values: [Part] = []
        values.reserveCapacity(tokens.count * parts)
        for token in tokens.indices {
            let first = values.count
            var squares = Part.zero
            for part in 0..<parts {
                let start = (token * parts + part) * Part.scalarCount
                let value = Part(vectors[start..<start + Part.scalarCount])
                values.append(value)
                squares = squares + value * value
            }
            let norm = squares.sum().squareRoot()
            for index in first..<values.count { values[index] = values[index] / norm }
        }
        self.values = values
    }

    /// For each token the cosine to the most similar one of the other text, and the same the other way round.
    ///
    /// Multiplied and added one after the other: a fused multiplication is a function call where the processor may lack it.
    func best(with other: TokenVectors) -> (own: [Float], other: [Float]) {
        var best = (own: [Float](repeating: -.infinity, count: tokens.count), other: [Float](repeating: -.infinity, count: other.tokens.count))
        let (left, right) = (values, other.values)
        var token = 0, begin = 0
        while begin < left.count {
            var highest = -Float.infinity
            var candidate = 0, at = 0
            while at < right.count {
                var sum = left[begin] * right[at]
                var part = 1
                while part < parts {
                    sum = sum + left[begin + part] * right[at + part]
                    part += 1
                }
                let cosine = sum.sum()
                if cosine > highest { highest = cosine }
                if cosine > best.other[candidate] { best.other[candidate] = cosine }
                candidate += 1
                at += parts
            }
            best.own[token] = highest
            token += 1
            begin += parts
        }
        return best
    }

    var bytes: Int { values.count * MemoryLayout<Part>.stride }
}
