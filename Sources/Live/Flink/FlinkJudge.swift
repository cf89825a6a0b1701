import Foundation
import HTTPServer
import KafkaClient
import Measurement
import Pipeline
import Scenarios
import Workload

/// The judge of a live run as a Flink job: where the job asks, the broker as Java understands it, and the cluster.
final class FlinkJudge {
    /// Where the job gets its decisions; nil: from processes of their own.
    private let api: JudgeAPI?
    private let relay: BrokerRelay?
    private let cluster: FlinkCluster

    /// - Parameters:
    ///   - broker: the run's own; nil: one that clients in Java can talk to.
    ///   - judges: ports of judges in processes of their own.
    init(
        _ installation: FlinkInstallation, _ scenario: Scenario, _ context: LiveContext, _ draws: Draws, broker: EmbeddedBroker?, judges: [Int], gauges: Gauges
    ) throws {
        relay = try broker.map { try BrokerRelay(port: 0, broker: $0) }
        api = judges.isEmpty
            ? try JudgeAPI(JudgeAPI.Configuration(metric: scenario.scoring.metric, decider: try Decider(scenario, draws, context))) : nil
        let ports = api.map { [$0.port] } ?? judges
        let job = FlinkJob(
            scenario, context, bootstrapServers: relay?.bootstrapServers ?? context.bootstrapServers, judges: ports.map { "http://127.0.0.1:\($0)" })
        cluster = try FlinkCluster(installation, job, clock: context.clock, log: context.log, gauges: gauges)
    }

    /// - Parameter plan: whose group it is that the job commits for.
    func start(_ supervisor: Supervisor, as plan: ServiceHost.Plan) {
        let cluster = cluster
        supervisor.start(FlinkCluster.managerName, [plan]) { cluster.launch { $0.runManager($1) } }
        supervisor.start(FlinkCluster.workerName, []) { cluster.launch { $0.runWorker($1) } }
    }

    /// Lets the job judge and commit what it has read, and read no more. Blocks.
    func stopJob() { cluster.stopJob() }

    /// After the supervisor has stopped the cluster.
    func close() {
        api?.stop()
        relay?.stop()
        cluster.close()
    }

    /// Tells a run's result what the job told of itself.
    func add(to result: inout RunResult) {
        let readings = cluster.readings
        var lags = [Nanoseconds?](repeating: nil, count: result.seconds.count)
        for (moment, lag) in readings.lags where moment >= .zero {
            let second = Int(moment.nanoseconds / 1_000_000_000)
            if lags.indices.contains(second) { lags[second] = lag }
        }
        result.add(FlinkFigures(accepted: readings.accepted, regenerated: readings.regenerated, restarts: readings.restarts), watermarkLags: lags)
    }
}
