import Foundation

/// The run's pictures: scripts are always written, and drawn where gnuplot is to be had.
enum Pictures {
    /// Of a sweep's points, the first so many get a timeline.
    static let timelinesAtMost = 6

    struct Drawn {
        let script: PlotScript
        /// Nil where it could not be drawn.
        let svg: String?
    }

    static func draw(_ report: Report, in directory: RunDirectory, drawing: Bool) throws(OutputError) -> (drawn: [Drawn], notes: [String]) {
        try report.writeSweepTables(to: directory)
        if report.hasRepeats {
            let means = LatencyMeans(LatencyPlot.shown(report))
            let file = try OutputFile(path: directory.file(LatencyMeans.file))
            try file.write { $0.append(contentsOf: means.csv) }
            try file.close()
        }
        var scripts = [
            HitRatioPlot.script(report), DifferencePlot.script(report), ComparisonPlot.script(report), ParetoPlot.script(report), HeatMapPlot.script(report),
            OutcomesPlot.script(report), LatencyPlot.script(report),
        ].compactMap { $0 }
        // Of many points the first few would say little.
        if report.points.count <= 4 * timelinesAtMost { scripts += report.points.prefix(timelinesAtMost).compactMap { TimelinePlot.script(report, point: $0) } }
        for (script, height) in scripts {
            try OutputFile.write(script.text(height: height), to: directory.file("plots/\(script.name).gp"))
        }
        guard drawing else { return (scripts.map { Drawn(script: $0.0, svg: nil) }, []) }

        let names = scripts.map(\.0.name)
        // All in one go, as long as nothing is wrong with any of them.
        let all = run(names.map { "\($0).gp" }, in: directory.file("plots"))
        var notes: [String] = []
        var drawn: [Drawn] = []
        for (script, _) in scripts {
            var svg: String?
            if notes.isEmpty {
                let (picture, note) = if case .drawn = all { picture(script, in: directory) } else { draw(script, in: directory) }
                svg = picture
                if let note { notes.append(note) }
            }
            drawn.append(Drawn(script: script, svg: svg))
        }
        return (drawn, notes)
    }

    /// Draws a script that has been written; a picture, or why there is none.
    static func draw(_ script: PlotScript, in directory: RunDirectory) -> (svg: String?, note: String?) {
        switch run(["\(script.name).gp"], in: directory.file("plots")) {
        case .drawn: return picture(script, in: directory)
        case .absent: return (nil, "The pictures are not drawn: gnuplot is not installed (Debian: gnuplot-nox). Later: gnuplot plots/*.gp in the run's folder")
        case .failed(let reason): return (nil, "plots/\(script.name).gp could not be drawn: \(reason)")
        }
    }

    private static func picture(_ script: PlotScript, in directory: RunDirectory) -> (svg: String?, note: String?) {
        let svg = try? String(contentsOfFile: directory.file("plots/\(script.name).svg"), encoding: .utf8)
        // gnuplot does not notice that the disk is full.
        guard let svg, svg.contains("</svg>") else { return (nil, "plots/\(script.name).gp could not be drawn: gnuplot left no whole picture") }
        return (svg, nil)
    }

    private enum Ending {
        case drawn
        case absent
        case failed(String)
    }

    private static func run(_ scripts: [String], in folder: String) -> Ending {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        guard let program = folders.map({ "\($0)/gnuplot" }).first(where: FileManager.default.isExecutableFile(atPath:)) else { return .absent }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = scripts
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C.UTF-8"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        do { try process.run() } catch { return .failed("\(program) cannot be started") }
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let reason = said.split(separator: "\n").last.map(String.init) ?? "gnuplot ended with \(process.terminationStatus)"
            return .failed(reason.trimmingCharacters(in: .whitespaces))
        }
        return .drawn
    }
}
