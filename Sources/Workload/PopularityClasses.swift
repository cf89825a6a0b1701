extension PopularityModel {
    /// Items that are asked for with the same probability, or nearly so.
    package struct Class: Equatable, Sendable, BitwiseCopyable {
        package var items: Double
        /// Of each of them.
        package var probability: Double
    }

    /// All items, most popular first, those together whose ranks differ by less than 1/32: for sums over the popularity
    /// of a corpus of any size. Of a trace the shares of its prompts; empty where that cannot be read.
    package func classes(count: Int) -> [Class] {
        switch self {
        case .uniform, .sequential, .zipf(exponent: 0): return [Class(items: Double(count), probability: 1 / Double(count))]
        case .zipf(let exponent):
            var classes: [Class] = []
            var first = 1
            while first <= count {
                let end = min(first + max(1, first / 32), count + 1)
                let width = Double(end - first)
                let middle = Double(first) + (width - 1) / 2
                // The sum of k^−s over the class; the next term is below 1e-8 for exponents up to 3.
                let bend = 1 + exponent * (exponent + 1) * (width * width - 1) / (24 * middle * middle)
                classes.append(Class(items: width, probability: ExactMath.pow(middle, -exponent) * bend))
                first = end
            }
            let sum = classes.reversed().reduce(0) { $0 + $1.items * $1.probability }
            for index in classes.indices { classes[index].probability /= sum }
            return classes
        case .trace(let source):
            guard let trace = try? Trace.load(source) else { return [] }
            var times = [Int](repeating: 0, count: trace.distinctPrompts)
            for prompt in trace.prompts { times[Int(prompt)] += 1 }
            var items: [Int: Int] = [:]
            for count in times { items[count, default: 0] += 1 }
            return items.sorted { $0.key > $1.key }.map { Class(items: Double($0.value), probability: Double($0.key) / Double(trace.prompts.count)) }
        }
    }
}
