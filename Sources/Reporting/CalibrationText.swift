import Pipeline
import Provider

/// A calibration for people, as a CSV and as a picture.
extension Calibration {
    package var text: String {
        [distribution, table, assumptions, findings.map { Self.paragraph("- \($0)") }.joined()].joined(separator: "\n")
    }

    /// Lines that fit a terminal of 100 columns.
    package static func paragraph(_ text: String) -> String { ClosingTable.wrapped(text, 100).map { $0 + "\n" }.joined() }

    // MARK: The distribution

    private var distribution: String {
        let probabilities = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
        var heads = probabilities.map { "\(Figure.fixed(100 * $0, 0)) %" }
        var values: [Double]
        let (mean, deviation): (Double, Double)
        switch scores {
        case .measured(let sample):
            heads = ["least"] + heads + ["most"]
            values = [sample.values[0]] + probabilities.map(sample.quantile) + [sample.values[sample.values.count - 1]]
            (mean, deviation) = (sample.mean, sample.variance.squareRoot())
        case .modelled(let quality):
            values = probabilities.map(quality.quantile)
            (mean, deviation) = (quality.mean, quality.spread)
        }
        return "score: mean \(Figure.fixed(mean, 3)), standard deviation \(Figure.fixed(deviation, 3)); quantiles:\n"
            + Self.aligned([heads, values.map { Figure.fixed($0, 3) }])
    }

    // MARK: The table

    private var usedUpTitle: String { setting.acceptance.onExhausted == .deadLetter ? "dead letters" : "accepted anyway" }

    private var table: String {
        let hasIntervals = rows.contains { $0.interval != nil }
        var head = ["threshold", "accepted"]
        if hasIntervals { head.append("95 % interval") }
        head += ["generations", "calls", usedUpTitle]
        if setting.cost != nil { head.append("cost of 1,000") }
        let lines = rows.map { row in
            var line = [(row.threshold == setting.acceptance.threshold ? "* " : "") + Self.threshold(row.threshold), Figure.percent(row.accepted)]
            if let interval = row.interval { line.append(Self.text(interval.low, interval.high)) }
            line += [Figure.fixed(row.generations, 3), Figure.fixed(row.calls, 3), Figure.percent(row.usedUp)]
            if let cost = row.costPerThousand { line.append(Figure.significant(cost)) }
            return line
        }
        return Self.aligned([head] + lines)
    }

    private static func aligned(_ lines: [[String]]) -> String {
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max()! }
        return lines.map { line in
            zip(line, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ") + "\n"
        }.joined()
    }

    /// At least two decimals, and all that there are.
    static func threshold(_ value: Double) -> String {
        let short = Figure.fixed(value, 2)
        return Double(short) == value ? short : value.description
    }

    private static func text(_ low: Double, _ high: Double) -> String {
        func number(_ share: Double) -> String { Figure.fixed(100 * share, share > 0 && share < 0.01 || share < 1 && share > 0.99 ? 2 : 1) }
        return "\(number(low))–\(number(high)) %"
    }

    private var assumptions: String {
        let most = setting.acceptance.maxRegenerations
        let end =
            switch setting.acceptance.onExhausted {
            case .deadLetter: "becomes a dead letter"
            case .acceptLast: "ends with its last answer (accept_last)"
            case .acceptBest: "ends with its best answer (accept_best)"
            }
        let joined =
            setting.correlation == 0
            ? "independent of each other"
            : "alike by a Gaussian copula with correlation \(setting.correlation) (provider.quality.retry_correlation; 0: independent)"
        var sentences = [
            "*: the threshold that is set (pipeline.score.threshold). Figures are per question that is judged: hits of cache and store need no call.",
            "At most \(Figure.plural(Double(most), "regeneration", "regenerations")); a question none of whose answers is accepted \(end).",
            "Taken for granted: answers to one question all score by the distribution above, \(joined).",
        ]
        if let cost = setting.cost {
            sentences.append(
                "Cost: prompts of \(Figure.significant(cost.promptTokens)) and answers of \(Figure.significant(cost.completionTokens)) tokens on average.")
        }
        return sentences.map(Self.paragraph).joined()
    }

    // MARK: Findings

    /// A sentence each for the threshold that is set and those that are often fixed by hand.
    package var findings: [String] {
        var sentences: [String] = []
        let fixed = [0.62, 0.65].filter { $0 != setting.acceptance.threshold }
        for threshold in [setting.acceptance.threshold] + fixed {
            let row = row(at: threshold)
            let answers: String
            switch scores {
            case .measured: answers = "of these answers"
            case .modelled: answers = "of the model's answers"
            }
            let interval = row.interval.map { " (95 % interval \(Self.text(1 - $0.high, 1 - $0.low)))" } ?? ""
            let isSet = threshold == setting.acceptance.threshold
            let name = isSet ? "The threshold that is set, \(Self.threshold(threshold))," : "A threshold of \(Self.threshold(threshold))"
            sentences.append("\(name) rejects \(Self.share(1 - row.accepted)) \(answers)\(interval): \(consequence(row)).")
        }
        return sentences
    }

    private func consequence(_ row: Row) -> String {
        let cost = row.costPerThousand.map { ", \(Figure.significant($0)) for 1,000 questions" } ?? ""
        let end = setting.acceptance.onExhausted == .deadLetter ? "of the questions become dead letters" : "of the questions keep an answer below it"
        return "\(Figure.fixed(row.calls, 2)) calls a question\(cost), and \(Self.share(row.usedUp)) \(end)"
    }

    /// As `Figure.percent`, with the second decimal where nearly all is nearly all.
    private static func share(_ value: Double) -> String {
        value > 0.99 && value < 0.99995 ? "\(Figure.fixed(100 * value, 2)) %" : Figure.percent(value)
    }

    /// What to set for a target, or why nothing does; `isMet` says whether a threshold meets it.
    package func advice(for target: Target, written: String) -> (text: String, isMet: Bool) {
        switch recommendation(for: target) {
        case .noPrice: return ("\(written): the scenario has no price; give it provider.price", false)
        case .none(let row):
            let least =
                switch target {
                case .accept: "\(Self.share(row.accepted)) is the most that is accepted"
                case .calls: "\(Figure.fixed(row.calls, 3)) calls a question is the least there is"
                case .usedUp: "\(Self.share(row.usedUp)) is the least there is"
                case .cost: "\(Figure.significant(row.costPerThousand ?? .nan)) for 1,000 questions is the least there is"
                }
            return ("\(written): no threshold achieves it. Even at 0, where every answer is accepted, \(least).", false)
        case .any(let row):
            return ("\(written): every threshold achieves it. Even at 1 there are \(consequence(row)).", true)
        case .threshold(let row, let next):
            let interval = row.interval.map { ", 95 % interval \(Self.text($0.low, $0.high))" } ?? ""
            let key = "pipeline.score.threshold: \(Figure.fixed(row.threshold, 3))"
            return (
                "\(written): set \(key). It accepts \(Self.share(row.accepted)) of the answers\(interval); \(consequence(row)). "
                    + "At \(Figure.fixed(next.threshold, 3)) it would be \(Self.share(next.accepted)) and \(Figure.fixed(next.calls, 3)) calls.", true
            )
        }
    }

    // MARK: Files

    /// Shares are from 0 to 1; cells are empty where there is no interval or no price.
    package var csv: String {
        rows.reduce("threshold,accept_ratio,accept_ratio_low,accept_ratio_high,generations_per_question,calls_per_question,used_up_ratio,cost_per_1000_questions\n") { text, row in
            func cell(_ value: Double?) -> String { value.map { Figure.fixed($0, 6) } ?? "" }
            return text + "\(row.threshold.description),\(cell(row.accepted)),\(cell(row.interval?.low)),\(cell(row.interval?.high)),"
                + "\(cell(row.generations)),\(cell(row.calls)),\(cell(row.usedUp)),\(cell(row.costPerThousand))\n"
        }
    }

    /// Writes calibration.csv and plots/calibration.gp, and draws plots/calibration.svg where gnuplot is to be
    /// had; gives what there is to say about the picture otherwise.
    package func write(to directory: RunDirectory) throws(OutputError) -> [String] {
        try write(csvTo: directory.file("calibration.csv"))
        let script = script
        try OutputFile.write(script.text(height: 540), to: directory.file("plots/\(script.name).gp"))
        return Pictures.draw(script, in: directory).note.map { [$0] } ?? []
    }

    /// Writes the table alone.
    package func write(csvTo path: String) throws(OutputError) { try OutputFile.write(csv, to: path) }

    private var script: PlotScript {
        let source = "\"../calibration.csv\" using \"threshold\""
        let interval = rows.contains { $0.interval != nil }
            ? "  \(source):(100*column(\"accept_ratio_low\")):(100*column(\"accept_ratio_high\")) with filledcurves lc rgb \"#0072B2\" fs transparent solid 0.2 noborder notitle, \\\n" : ""
        let body = """
            set xlabel "score threshold"
            set ylabel "share [%]"
            set y2label "LLM calls per judged question"
            set yrange [0:100]
            set y2range [0:*]
            set ytics nomirror
            set y2tics
            set border 11 lc rgb "#555555"
            set xrange [0:1]
            set key outside top center horizontal
            set arrow from \(Plot.number(setting.acceptance.threshold)), graph 0 to \(Plot.number(setting.acceptance.threshold)), graph 1 nohead lc rgb "#8A8A8A" dt 2
            plot \\
            \(interval)  \(source):(100*column("accept_ratio")) with linespoints lt 1 title "answers accepted", \\
              \(source):(100*column("used_up_ratio")) with linespoints lt 2 title "questions: \(usedUpTitle)", \\
              \(source):(column("calls_per_question")) axes x1y2 with linespoints lt 3 title "calls (right axis)"

            """
        return PlotScript(
            name: "calibration", title: "What each score threshold accepts and costs",
            caption: "Dashed: the threshold that is set. The band is the 95 % interval of the accept rate.", body: body)
    }
}
