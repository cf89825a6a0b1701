import Measurement

/// The definitions of summary.csv's figures as a Markdown table, for the README.
package enum ColumnReference {
    package static var markdown: String {
        let rows = SummaryColumn.all.map { "| `\($0.name)` | \($0.unit.rawValue) | \($0.meaning) |" }
        return (["| column | unit | meaning |", "|---|---|---|"] + rows).joined(separator: "\n") + "\n"
    }
}
