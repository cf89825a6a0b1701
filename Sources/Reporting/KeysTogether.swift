/// Which swept keys of a sweep vary together, as those of a zipped group do: a picture needs one axis for all of them.
enum KeysTogether {
    /// For each swept key the place of the first key with which it goes: its own, where it varies by itself.
    ///
    /// Two keys go together where every value of the one comes with one value of the other, and the other way round.
    static func leaders(_ points: [PointResult]) -> [Int] {
        let count = points.map(\.swept.count).min() ?? 0
        let columns = (0..<count).map { key in points.map { $0.swept[key].value } }
        return (0..<count).map { key in (0..<key).first { goTogether(columns[$0], columns[key]) } ?? key }
    }

    private static func goTogether(_ a: [String], _ b: [String]) -> Bool {
        let pairs = Set(zip(a, b).map { [$0, $1] })
        let values = Set(a).count
        return values > 1 && values == Set(b).count && values == pairs.count
    }
}
