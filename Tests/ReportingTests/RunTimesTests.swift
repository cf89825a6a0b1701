import Testing

@testable import Reporting

@Suite struct RunTimesTests {
    private func times(_ pairs: [(Double, Double)], tolerances: [RunTimes.Figure: Double] = [:]) -> RunTimes {
        RunTimes(pairs.map { (.init(wallSeconds: $0.0, cpuSeconds: 1), .init(wallSeconds: $0.1, cpuSeconds: 1)) }, tolerances: tolerances)
    }

    @Test func longerRunsAreNoRegressionUnlessAskedFor() {
        let pairs = [(1.0, 1.31), (1.1, 1.39), (0.9, 1.2), (1.0, 1.3), (1.05, 1.34), (0.95, 1.26)]
        #expect(times(pairs).regressions.isEmpty)
        #expect(times(pairs).text().hasPrefix("time of a run (6 paired rounds, intervals of 99.0 %; no part of the verdict)\n  wall clock  1.00 s  1.30 s  +30.0 % (+28.5 to +31.5)\n  processors  1.00 s  1.00 s  0.0 %\n"), "\(times(pairs).text())")
        #expect(times(pairs, tolerances: [.wall: 0.2]).regressions.map(\.figure) == [.wall])
        #expect(times(pairs, tolerances: [.wall: 0.2]).text().contains(", beyond 20.0 %: a regression"))
        // The interval begins within the tolerance.
        #expect(times(pairs, tolerances: [.wall: 0.29]).regressions.isEmpty)
        #expect(times(pairs, tolerances: [.cpu: 0]).regressions.isEmpty)
        // Shorter is no regression; noise is none.
        #expect(times(pairs.map { ($0.1, $0.0) }, tolerances: [.wall: 0]).regressions.isEmpty)
        #expect(times([(1, 1.5), (1.5, 1), (1, 1.2)], tolerances: [.wall: 0]).regressions.isEmpty)
    }
}
