extension Explanation {
    /// For people, at most 80 columns wide.
    package var text: String {
        var lines: [String] = []
        func line(_ name: String, _ value: String) { lines.append(name + String(repeating: " ", count: max(1, 30 - name.count)) + value) }
        line("questions", "\(Figure.significant(arrivalRate))/s, about \(Figure.count(questions.rounded()))")
        if let hitRatio {
            line("expected hit ratio", "\(Figure.percent(hitRatio)), at most \(Figure.percent(bestHitRatio)) at this size")
        } else {
            line("expected hit ratio", "at most \(Figure.percent(bestHitRatio)) (the figures below take it)")
        }
        line("answered without a call", Figure.percent(answeredWithoutCallRatio))
        line("answers that pass", "first \(Figure.percent(firstPassRatio)), final \(Figure.percent(finalPassRatio))")
        line("generations", "\(Figure.fixed(generationsPerScored, 2)) a scored question")
        line("LLM calls", "\(Figure.fixed(callsPerQuestion, 2)) a question, \(Figure.significant(callRate))/s")
        line("offered load", "\(Figure.significant(callRate * meanCallMilliseconds / 1e3)) calls under way, \(Figure.milliseconds(meanCallMilliseconds)) each")
        line("mean wait for a worker", meanWaitText)
        line("cost", costPerThousand.map { "\(Figure.significant($0)) a thousand questions" } ?? "unknown: provider.price is not set")
        for resource in resources.sorted(by: { $0.peak > $1.peak }) {
            let busiest = resource.busiest > 1.001 ? " (busiest \(Figure.percent(resource.peak)))" : ""
            line(
                resource.name,
                "\(Figure.percent(resource.utilisation))\(busiest): \(Figure.significant(resource.demand)) of \(Figure.significant(resource.limit)) \(resource.unit)")
        }
        if let bottleneck, bottleneck.peak > 0 {
            let rate = Figure.significant(arrivalRate / bottleneck.peak)
            line("saturates first", bottleneck.peak > 1e-6 ? "\(bottleneck.name), at \(rate) questions/s" : "nothing in sight")
        }
        return (lines.map { ClosingTable.fitted($0, 80) } + remarks.flatMap { ClosingTable.wrapped("- \($0)", 80) }).joined(separator: "\n")
    }

    private var meanWaitText: String {
        if !meanWaitMilliseconds.isFinite { return "grows without end" }
        return meanWaitMilliseconds < 0.001 ? "under 1 µs" : Figure.milliseconds(meanWaitMilliseconds)
    }
}
