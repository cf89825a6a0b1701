import Scoring

/// What a live run needs and a simulation does without; asked before the first point is run.
extension ScenarioFile {
    /// Refuses a metric that is to be computed and cannot be here. Where a simulation computes it, too, that has been
    /// told with the scenario's other errors.
    package func requireMetric() throws(ScenarioError) {
        try refuse { point in
            let scoring = point.scenario.scoring
            guard scoring.isComputedLive, !scoring.metric.isAvailable else { return nil }
            return ("pipeline.score.metric", CrossChecks.unavailable(scoring.metric))
        }
    }

    private func refuse(_ problem: (Point) -> (path: String, message: String)?) throws(ScenarioError) {
        var log = DiagnosticLog(file: path)
        for point in points {
            guard let (path, message) = problem(point) else { continue }
            let origin = point.resolved[path: path.split(separator: ".").map(String.init)]?.origin ?? .preset
            log.report(origin, path, message)
        }
        if !log.isEmpty { throw log.error() }
    }
}
