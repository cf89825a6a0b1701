import Foundation
import Measurement
import Scenarios
import Workload

/// A run's folder, read again: the rows of summary.csv, and of run.json what a comparison needs.
package struct ResultFolder: Sendable {
    /// One point of the run.
    package struct Point: Sendable {
        /// Swept keys with their values, ordered by key.
        let swept: [RunIdentity.SweptValue]
        /// Its repeats, ordered by number.
        var repeats: [Repeat]
    }

    /// One row of summary.csv.
    package struct Repeat: Sendable {
        let number: Int
        let verdict: Verdict
        /// By column; a figure that there was none of is missing.
        let figures: [String: Double]
    }

    /// Why a folder cannot be read, with the exit code that goes with it.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
        /// 65: it holds no run's results. 66: there is no such folder.
        package let exitCode: Int32
    }

    package let path: String
    package let scenario: String
    /// As text: it may have more digits than a double holds.
    package let seed: String
    package let mode: String
    package let points: [Point]
    /// The figures that summary.csv has columns for.
    package let columns: Set<String>
    /// Whether run.json is there: the run came to its end.
    package let isFinished: Bool
    /// Why the run as a whole is not to be used; empty where only some points are not, or none.
    package let invalid: [String]
    /// Why single points are not to be used, as run.json says it.
    package let reasons: [String]
    package let tolerances: [Tolerance]
}

extension ResultFolder {
    /// Reads a folder; what it holds beside summary.csv and run.json is not looked at.
    package init(_ path: String) throws(Problem) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw Problem(description: "\(path): there is no such folder", exitCode: 66) }
        guard isFolder.boolValue else { throw Problem(description: "\(path): is a file; give the folder of a run", exitCode: 66) }

        let rows = try Self.rows(self.path)
        (scenario, seed, mode, points, columns) = (rows.scenario, rows.seed, rows.mode, rows.points, rows.columns)

        let file = "\(self.path)/run.json"
        guard let bytes = FileManager.default.contents(atPath: file) else {
            (isFinished, invalid, reasons, tolerances) = (false, [], [], [])
            return
        }
        isFinished = true
        let record: JSONValue
        do throws(JSONProblem) {
            record = try JSONValue(reading: Array(bytes))
        } catch {
            throw Problem(description: "\(file): \(error.description): it is no run's record", exitCode: 65)
        }
        guard let word = record["verdict"]?.text, let verdict = Verdict(rawValue: word), let resolved = record["resolved_scenario"] else {
            throw Problem(description: "\(file): verdict and resolved_scenario are missing: it is no run's record", exitCode: 65)
        }
        reasons = record["reasons"]?.list?.compactMap(\.text) ?? []
        // The rows say which points are meant; where none does, the run as a whole is.
        let isAboutPoints = points.contains { $0.repeats.contains { $0.verdict >= .invalid } }
        invalid = verdict >= .invalid && !isAboutPoints ? (reasons.isEmpty ? ["it ended as \(word)"] : reasons) : []
        tolerances = try Self.tolerances(resolved, file)
    }

    private static func tolerances(_ scenario: JSONValue, _ file: String) throws(Problem) -> [Tolerance] {
        guard case .object(let members)? = scenario["tolerance"] else { return [] }
        var tolerances: [Tolerance] = []
        for member in members {
            let text: String? = if case .number(let number) = member.value { number.description } else { member.value.text }
            guard let text, let amount = Tolerance.amount(text, of: member.name) else {
                throw Problem(description: "\(file): resolved_scenario.tolerance.\(member.name) is no tolerance (allowed: a share such as 5%, or an amount)", exitCode: 65)
            }
            tolerances.append(Tolerance(column: member.name, amount: amount))
        }
        return tolerances
    }

    // MARK: summary.csv

    private struct Rows {
        var scenario = "", seed = "", mode = ""
        var points: [Point] = []
        var columns: Set<String> = []
    }

    private static func rows(_ folder: String) throws(Problem) -> Rows {
        let file = "\(folder)/summary.csv"
        let table: CSVTable
        do throws(CSVTable.Problem) {
            table = try CSVTable(path: file)
        } catch {
            throw Problem(description: error.isMissing ? "\(file) is not there: \(folder) is no run's folder" : error.description, exitCode: 65)
        }
        let leading = ["point", "repeat", "scenario", "seed", "mode"]
        guard table.header.starts(with: leading), let first = table.header.firstIndex(of: "asked"), first >= leading.count, table.header.last == "verdict" else {
            throw Problem(description: "\(file):1: the header is not that of a run's summary (it begins with \(leading.joined(separator: ",")), has a column asked and ends with verdict)", exitCode: 65)
        }
        guard let some = table.rows.first else { throw Problem(description: "\(file): there are no rows: no repeat of the run was finished", exitCode: 65) }
        let figures = first..<table.header.count - 1
        var rows = Rows(scenario: some.cells[2], seed: some.cells[3], mode: some.cells[4], columns: Set(table.header[figures]))
        var places: [[String]: Int] = [:]
        for row in table.rows {
            func problem(_ column: String, _ seen: String, _ allowed: String) -> Problem {
                Problem(description: "\(file):\(row.line): \(column) must be \(allowed) (seen: \(Markup.plain(seen)))", exitCode: 65)
            }
            guard let number = Int(row.cells[1]), number >= 0 else { throw problem("repeat", row.cells[1], "a whole number from 0") }
            guard let verdict = Verdict(rawValue: row.cells.last!) else {
                throw problem("verdict", row.cells.last!, Verdict.allCases.map(\.rawValue).joined(separator: ", "))
            }
            guard row.cells[2] == rows.scenario, row.cells[3] == rows.seed, row.cells[4] == rows.mode else {
                throw Problem(description: "\(file):\(row.line): scenario, seed and mode are not those of the rows before: the file is of several runs", exitCode: 65)
            }
            var values: [String: Double] = [:]
            for index in figures where !row.cells[index].isEmpty {
                // `nan` is what other programs write for what is not there.
                guard let value = Double(row.cells[index]), !value.isInfinite else { throw problem(table.header[index], row.cells[index], "a number or empty") }
                if !value.isNaN { values[table.header[index]] = value }
            }
            let swept = (leading.count..<first).map { RunIdentity.SweptValue(key: table.header[$0], value: row.cells[$0]) }.sorted { $0.key < $1.key }
            let key = swept.flatMap { [$0.key, $0.value] }
            let place = places[key] ?? rows.points.count
            if place == rows.points.count {
                places[key] = place
                rows.points.append(Point(swept: swept, repeats: []))
            }
            guard !rows.points[place].repeats.contains(where: { $0.number == number }) else {
                throw Problem(description: "\(file):\(row.line): repeat \(number) of this point is there twice", exitCode: 65)
            }
            rows.points[place].repeats.append(Repeat(number: number, verdict: verdict, figures: values))
        }
        for index in rows.points.indices { rows.points[index].repeats.sort { $0.number < $1.number } }
        return rows
    }
}
