/// Hit ratios by policy and capacity as a CSV, a picture and a table.
package struct HitRatioReport {
    package struct Row: Sendable {
        package var policy: String
        package var capacity: Int
        package var requests: Int
        package var hits: Int
        /// Che's approximation, where there is one.
        package var che: Double?

        package init(policy: String, capacity: Int, requests: Int, hits: Int, che: Double?) {
            self.policy = policy
            self.capacity = capacity
            self.requests = requests
            self.hits = hits
            self.che = che
        }

        var hitRatio: Double { Double(hits) / Double(requests) }
    }

    /// Policy by policy, each with its capacities in the same order.
    private let rows: [Row]

    package init(_ rows: [Row]) { self.rows = rows }

    /// Writes hit-ratios.csv and plots/hit-ratios.gp, and draws plots/hit-ratios.svg where gnuplot is to be
    /// had; gives what there is to say about the picture otherwise.
    package func write(to directory: RunDirectory) throws(OutputError) -> [String] {
        try OutputFile.write(csv, to: directory.file("hit-ratios.csv"))
        let script = script
        try OutputFile.write(script.text(height: 540), to: directory.file("plots/\(script.name).gp"))
        return Pictures.draw(script, in: directory).note.map { [$0] } ?? []
    }

    var csv: String {
        rows.reduce("policy,capacity,requests,hits,misses,hit_ratio,che\n") { text, row in
            text + "\(row.policy),\(row.capacity),\(row.requests),\(row.hits),\(row.requests - row.hits),"
                + "\(Figure.fixed(row.hitRatio, 6)),\(row.che.map { Figure.fixed($0, 6) } ?? "")\n"
        }
    }

    /// One line per capacity, one column per policy; Che's figure right of the policy that it is about.
    package var table: String {
        var policies: [String] = []
        var capacities: [Int] = []
        for row in rows {
            if !policies.contains(row.policy) { policies.append(row.policy) }
            if !capacities.contains(row.capacity) { capacities.append(row.capacity) }
        }
        var lines = [["capacity"]]
        for policy in policies {
            lines[0].append(policy)
            if rows.contains(where: { $0.policy == policy && $0.che != nil }) { lines[0].append("(Che)") }
        }
        for capacity in capacities {
            var line = ["\(capacity)"]
            for policy in policies {
                guard let row = rows.first(where: { $0.policy == policy && $0.capacity == capacity }) else { continue }
                line.append("\(Figure.fixed(100 * row.hitRatio, 2)) %")
                if let che = row.che { line.append("\(Figure.fixed(100 * che, 2)) %") }
            }
            lines.append(line)
        }
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max()! }
        return lines.map { line in
            zip(line, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ") + "\n"
        }.joined()
    }

    private var script: PlotScript {
        var policies: [(name: String, hasChe: Bool)] = []
        for row in rows where !policies.contains(where: { $0.name == row.policy }) { policies.append((row.policy, row.che != nil)) }
        func curve(_ policy: String, _ column: String) -> String {
            "\"../hit-ratios.csv\" using (strcol(\"policy\") eq \"\(policy)\" ? column(\"capacity\") : NaN):(100*column(\"\(column)\"))"
        }
        var curves: [String] = []
        for (index, policy) in policies.enumerated() {
            curves.append("  \(curve(policy.name, "hit_ratio")) with linespoints lt \(index + 1) title \"\(policy.name)\"")
            guard policy.hasChe else { continue }
            curves.append("  \(curve(policy.name, "che")) with lines lt \(index + 1) lw 1.5 dt 2 title \"\(policy.name), Che\"")
        }
        let body = """
            set logscale x
            set xlabel "capacity [entries]"
            set ylabel "hit ratio [%]"
            set yrange [0:*]
            plot \\
            \(curves.joined(separator: ", \\\n"))

            """
        return PlotScript(name: "hit-ratios", title: "Hit ratio by policy and capacity", caption: "Dashed: Che's approximation.", body: body)
    }
}
