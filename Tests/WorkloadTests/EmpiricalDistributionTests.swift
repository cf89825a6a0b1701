import Foundation
import Testing

@testable import Workload

/// Distributions taken from a file of the user's own measurements.
struct EmpiricalDistributionTests {
    /// numpy.quantile([3, 1, 2, 5, 2], p, method="inverted_cdf"), numpy 2.4.6: Hyndman and Fan's type 1.
    @Test(arguments: [
        (0, 1.0), (0.1, 1.0), (0.2, 1.0), (0.2000001, 2.0), (0.4, 2.0), (0.5, 2.0), (0.6, 2.0), (0.75, 3.0), (0.8, 3.0), (0.81, 5.0), (1, 5.0),
    ]) func quantilesAreOfTypeOne(p: Double, quantile: Double) {
        #expect(EmpiricalDistribution([3, 1, 2, 5, 2]).quantile(p) == quantile)
    }

    @Test func meanAndVarianceAreThoseOfTheValues() {
        let distribution = EmpiricalDistribution([4, 2, 6])
        #expect(distribution.mean == 4)
        #expect(abs(distribution.variance - 8.0 / 3) < 1e-15)
        #expect(Distribution.empirical(distribution).mean == 4)
        #expect(Distribution.empirical(EmpiricalDistribution([-1, 2])).problem == "a span must not be negative")
        #expect(Distribution.empirical(EmpiricalDistribution([0, 2e18])).problem == "a span must not be above 36 years")
    }

    /// Kolmogorov–Smirnov at 0.001 between the draws and the file: 1.95/√n.
    @Test func drawsFollowTheFile() throws {
        // Two humps and a tail, with ties.
        var measured: [Double] = (1...700).map { Double($0 % 70) }
        for step in 1...300 { measured.append(Double(500 + step * step)) }
        let text = "latency_ms\n" + measured.map { "\($0)\n" }.joined()
        let distribution = try load(text, column: "latency_ms")
        let sampler = Sampler(.empirical(distribution))
        let draws = Draws(seed: 8, repeat: 1)
        let count = 20_000
        let drawn = (0..<count).map { question in
            var stream = draws.stream(.latency, question: UInt64(question))
            return Double(sampler.sample(&stream)) / 1e6
        }
        #expect(Set(drawn).isSubset(of: measured))
        #expect(distance(drawn, measured) < 1.95 / Double(count).squareRoot())
        let mean = 1e6 * drawn.reduce(0, +) / Double(count)
        let standardError = (distribution.variance / Double(count)).squareRoot()
        #expect(abs(mean - distribution.mean) < 5 * standardError)
    }

    /// The largest distance between two empirical distribution functions.
    private func distance(_ a: [Double], _ b: [Double]) -> Double {
        func share(_ values: [Double], atMost x: Double) -> Double {
            let count = values.count { $0 <= x }
            return Double(count) / Double(values.count)
        }
        var largest = 0.0
        for x in Set(b) { largest = max(largest, abs(share(a, atMost: x) - share(b, atMost: x))) }
        return largest
    }

    // MARK: - Files

    private func withFile<T>(_ text: String, _ body: (String) throws -> T) throws -> T {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString).csv").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private func load(
        _ text: String, column: String = "1", quantity: EmpiricalSource.Quantity = .spans(unit: 1_000_000)
    ) throws -> EmpiricalDistribution {
        try withFile(text) { try EmpiricalDistribution.load(EmpiricalSource(path: $0, column: column, quantity: quantity)) }
    }

    /// What is said of a file, with FILE in place of its path, and the exit code.
    private func problem(
        _ text: String, column: String = "1", quantity: EmpiricalSource.Quantity = .spans(unit: 1_000_000), limit: Int = 10
    ) throws -> String {
        try withFile(text) { path in
            do {
                _ = try EmpiricalDistribution.read(EmpiricalSource(path: path, column: column, quantity: quantity), atMost: limit)
                return "good"
            } catch let error as CorpusError {
                return "\(error.exitCode) " + error.description.replacing(path, with: "FILE")
            }
        }
    }

    @Test func readsColumnsByNameAndByNumber() throws {
        let table = "\u{FEFF}id,\"took, ms\",score\r\n1, 10.5 ,0.5\r\n2,\"2e1\",1\r\n\r\n3,+.5,0\r\n"
        #expect(try load(table, column: "took, ms").values == [500_000, 10_500_000, 20_000_000])
        #expect(try load(table, column: "2").values == [500_000, 10_500_000, 20_000_000])
        #expect(try load(table, column: "score", quantity: .scores).values == [0, 0.5, 1])
        // Without a header the first row counts; a name may look like nothing else.
        #expect(try load("7\n9", quantity: .spans(unit: 1)).values == [7, 9])
        #expect(try load("7\n", quantity: .spans(unit: 1_000_000_000)).values == [7_000_000_000])
        #expect(try load("0\n-0\n").values == [0, 0])
    }

    @Test func badFilesAreRefusedWithThePlace() throws {
        #expect(try problem("") == "65 FILE holds no number: it is empty")
        #expect(try problem("latency\n") == "65 FILE holds no number")
        #expect(try problem("a,b\n1,2\n", column: "c") == "65 FILE:1: the first row has no column 'c' (it has: a, b)")
        #expect(try problem("a,b\n1,2\n3,-4\n", column: "b") == "65 FILE:3:3: field 2 is -4: a time must not be negative")
        #expect(try problem("a\n1\nNaN\ninf\n0x10\n") == """
            65 FILE:3:1: field 1 is 'NaN', not a number
            FILE:4:1: field 1 is 'inf', not a number
            FILE:5:1: field 1 is '0x10', not a number
            """)
        #expect(try problem("1,2\n3\n4,\n", column: "2") == "65 FILE:2:2: the row has 1 fields, no field 2\nFILE:3:3: field 2 is empty, not a number")
        #expect(try problem("1e400\n").hasPrefix("65 FILE holds no number") == true)
        #expect(try problem("1\n1e300\n") == "65 FILE:2:1: field 1 is 1e300: a time must not be above 36 years")
        #expect(try problem("0.5\n1.01\n", quantity: .scores) == "65 FILE:2:1: field 1 is 1.01: a score lies from 0 to 1")
        #expect(try problem("1\n\"2\n3\n") == "65 FILE:2: field 1 opens a quote that is never closed")
        #expect(try problem("1\nx\nx\nx\nx\nx\nx\nx\n").hasSuffix("FILE:6:1: field 1 is 'x', not a number\nand 2 more"))
        #expect(try problem("1\n2\n3\n", limit: 3) == "good")
        #expect(try problem("1\n2\n3\n4\n", limit: 3) == "65 FILE has more than 3 rows: take a random sample of them")
        let missing = #expect(throws: CorpusError.self) {
            try EmpiricalDistribution.load(EmpiricalSource(path: "no/such.csv", column: "1", quantity: .scores))
        }
        #expect(missing?.exitCode == 66 && missing?.description == "no/such.csv cannot be read: No such file or directory")
    }
}
