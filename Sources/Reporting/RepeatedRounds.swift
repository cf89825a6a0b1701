import Foundation
import Measurement
import Workload

extension ResultFolder {
    /// Several runs of one repeat each, in a folder each, taken for the repeats of one run: rounds of a comparison in
    /// which two programs took turns. Each has a seed of its own, and the first names them all.
    /// - Parameter rounds: the folders by the number of their round; one at least.
    package init(rounds: [(number: Int, folder: ResultFolder)], path: String) throws(Problem) {
        let first = rounds[0].folder
        var points = first.points.map { Point(swept: $0.swept, repeats: []) }
        for (number, folder) in rounds {
            guard folder.scenario == first.scenario, folder.mode == first.mode, folder.points.map(\.swept) == points.map(\.swept) else {
                throw Problem(description: "\(folder.path): is not the run that \(first.path) is: other points, another scenario or mode", exitCode: 65)
            }
            for (index, point) in folder.points.enumerated() {
                points[index].repeats += point.repeats.map { Repeat(number: number, verdict: $0.verdict, figures: $0.figures) }
            }
        }
        self.init(
            path: path, scenario: first.scenario, seed: first.seed, mode: first.mode, points: points,
            columns: rounds.dropFirst().reduce(first.columns) { $0.intersection($1.folder.columns) }, isFinished: rounds.allSatisfy(\.folder.isFinished),
            invalid: [], reasons: [], tolerances: first.tolerances)
    }

    /// Whether any of its figures are not to be used, and why.
    package var doubts: [String]? {
        if !invalid.isEmpty { return invalid }
        return points.contains { $0.repeats.contains { $0.verdict >= .invalid } } ? (reasons.isEmpty ? ["a point is invalid"] : reasons) : nil
    }
}

/// What the runs of two programs took of time, round by round: beside the figures of what they ran.
package struct RunTimes: Sendable {
    package struct Time: Sendable, Equatable {
        /// From the start of the process to its end.
        package let wallSeconds: Double
        /// User and system time of the process and of those that it waited for.
        package let cpuSeconds: Double

        package init(wallSeconds: Double, cpuSeconds: Double) { (self.wallSeconds, self.cpuSeconds) = (wallSeconds, cpuSeconds) }
    }

    /// A figure that a tolerance may name.
    package enum Figure: String, Sendable, CaseIterable {
        case wall = "wall_s"
        case cpu = "cpu_s"
    }

    package struct Row: Sendable {
        package let figure: RunTimes.Figure
        package let difference: MeanDifference
        package let halfWidth: Double
        /// As a share of the base's mean; nil where nobody asked for a verdict.
        package let tolerance: Double?

        /// Shown to be longer by more than the tolerance.
        package var isRegression: Bool {
            guard let tolerance, difference.probability < RunTimes.level else { return false }
            return difference.difference - (halfWidth.isNaN ? 0 : halfWidth) > tolerance * difference.baseMean
        }
    }

    /// Of each interval: both figures together are as sure as a comparison's metrics are.
    static let level = RunComparison.errorRate / Double(Figure.allCases.count)

    package let rows: [Row]
    private let rounds: Int

    /// - Parameters:
    ///   - pairs: of each round that counts; two at least.
    ///   - tolerances: by how large a share a figure may be longer.
    package init(_ pairs: [(base: Time, new: Time)], tolerances: [RunTimes.Figure: Double] = [:]) {
        rounds = pairs.count
        rows = Figure.allCases.map { figure in
            func values(_ side: ((base: Time, new: Time)) -> Time) -> [Double] { pairs.map { figure == .wall ? side($0).wallSeconds : side($0).cpuSeconds } }
            let difference = MeanDifference(paired: values(\.base), with: values(\.new), isReproducible: false)
            return Row(figure: figure, difference: difference, halfWidth: difference.halfWidth(level: Self.level), tolerance: tolerances[figure])
        }
    }

    package var regressions: [Row] { rows.filter(\.isRegression) }

    /// - Parameter width: columns at most, 60 at least.
    package func text(width: Int = 80) -> String {
        let width = max(60, width)
        let asked = rows.contains { $0.tolerance != nil }
        var lines = ClosingTable.wrapped("time of a run (\(rounds) paired rounds, intervals of \(Reporting.Figure.percent(1 - Self.level)); \(asked ? "part of the verdict where a tolerance is named" : "no part of the verdict"))", width)
        for row in rows {
            let (base, new) = (row.difference.baseMean * 1000, row.difference.newMean * 1000)
            func share(_ value: Double) -> String {
                let text = Reporting.Figure.fixed(value / row.difference.baseMean * 100, 1)
                return value > 0 ? "+\(text)" : text
            }
            var line = "  \(row.figure == .wall ? "wall clock" : "processors")  \(Reporting.Figure.milliseconds(base))  \(Reporting.Figure.milliseconds(new))  \(share(row.difference.difference)) %"
            if row.difference.varies { line += " (\(share(row.difference.difference - row.halfWidth)) to \(share(row.difference.difference + row.halfWidth)))" }
            if let tolerance = row.tolerance { line += row.isRegression ? ", beyond \(Reporting.Figure.percent(tolerance)): a regression" : ", not shown to be beyond \(Reporting.Figure.percent(tolerance))" }
            lines.append(line)
        }
        return lines.map { $0 + "\n" }.joined()
    }
}

/// rounds.csv: one row per run of a comparison in which two programs took turns.
package struct RoundLog: Sendable {
    private var text = ResultFiles.header(["round", "order", "program", "seed", "exit_code", "usable", "wall_s", "cpu_s", "folder"])

    package init() {}

    /// - Parameter order: 0 for the program that went first in its round.
    package mutating func add(round: Int, order: Int, program: String, seed: UInt64, exitCode: Int32, isUsable: Bool, time: RunTimes.Time, folder: String) {
        var row: [UInt8] = []
        row.cell("\(round)")
        for cell in ["\(order)", program, "\(seed)", "\(exitCode)", isUsable ? "true" : "false", Self.seconds(time.wallSeconds), Self.seconds(time.cpuSeconds), folder] {
            row.comma()
            row.cell(cell)
        }
        row.endRow()
        text += String(decoding: row, as: UTF8.self)
    }

    package func write(to path: String) throws(OutputError) { try OutputFile.write(text, to: path) }

    /// Microseconds are more than the clocks know.
    private static func seconds(_ value: Double) -> String { "\((value * 1e6).rounded() / 1e6)" }
}

extension ResultFolder {
    /// What built the run, as its run.json says; nil where that is not known.
    package static func builder(of path: String) -> (version: String, commit: String)? {
        guard let bytes = FileManager.default.contents(atPath: "\(path)/run.json"), let record = try? JSONValue(reading: Array(bytes)),
            let version = record["version"]?.text
        else { return nil }
        return (version, record["commit"]?.text ?? "")
    }
}
