import Measurement

/// Throughput, latency and lag stage by stage, for sweeps over what works side by side; what pays stands beside it.
struct StageTable {
    private static let columns: [(title: String, column: String)] = [
        ("answers", "throughput_per_s"), ("p95 latency", "latency_p95_ms"), ("LLM workers busy", "utilisation"), ("wait for one", "llm_wait_mean_ms"),
        ("waiting", "llm_queue_mean"), ("judges busy", "judge_utilisation"), ("wait for one", "judge_wait_mean_ms"), ("waiting", "judge_queue_mean"),
        ("lag llm-requests", "lag_llm_requests_mean"), ("lag llm-responses", "lag_llm_responses_mean"), ("lag validated-responses", "lag_validated_responses_mean"),
    ]

    private let keys: [String]
    private let figures: [String]
    /// Cells of each point, the swept values first; of many points those of the first.
    private let rows: [[String]]
    /// Empty where all points are there.
    private let rest: String

    /// Nil where nothing of the kind was swept.
    init?(_ report: Report) {
        guard report.isSweep, report.plan.sweptKeys.contains(where: { WorkersThatPay.keys[$0] != nil }) else { return nil }
        let shown = Self.columns.filter { column in report.points.contains { !$0.mean(column.column).isNaN } }
        keys = report.plan.sweptKeys.map(shortKey)
        figures = shown.map(\.title)
        rows = report.points.prefix(SweepTables.mostRows).map { point in point.names + shown.map { Figure.text(point.estimate($0.column), of: $0.column) } }
        rest = rows.count < report.points.count ? "The first \(rows.count) of \(Figure.count(Double(report.points.count))) points; points.csv has all of them." : ""
    }

    var markdown: [String] {
        ["| \((keys + figures).map(Markup.markdown).joined(separator: " | ")) |", "|" + keys.map { _ in "---|" }.joined() + figures.map { _ in "---:|" }.joined()]
            + rows.map { "| \($0.map(Markup.markdown).joined(separator: " | ")) |" } + (rest.isEmpty ? [""] : ["", rest, ""])
    }

    var html: String {
        let head = keys.map { "<th>\(Markup.escaped($0))</th>" }.joined() + figures.map { "<th class=\"n\">\(Markup.escaped($0))</th>" }.joined()
        let body = rows.map { row in
            let cells = row.enumerated().map { $0 < keys.count ? "<th>\(Markup.escaped($1))</th>" : "<td class=\"n\">\(Markup.escaped($1))</td>" }
            return "<tr>\(cells.joined())</tr>"
        }
        return "<section><h2>Stage by stage</h2><div class=\"wide\"><table><thead><tr>\(head)</tr></thead><tbody>\n\(body.joined(separator: "\n"))\n</tbody></table></div>\(rest.isEmpty ? "" : "<p><small>\(rest)</small></p>")</section>\n"
    }
}
