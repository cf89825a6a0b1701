import Foundation
import HTTPServer
import KafkaClient
import Pipeline
import Provider
import Scenarios
import Storage
import Workload

/// One replica of a service as a process of its own runs it.
///
/// With `pipeline.judge.engine: flink` a judge reads no topics and meets no broker: a job does that, and asks it over HTTP.
package final class ServiceProcess {
    /// What to run, and where.
    package struct Configuration: Sendable {
        package var service: Service
        package var scenario: Scenario
        /// The repeat whose draws are made.
        package var replication = 0
        package var bootstrapServers: String
        package var profile: BrokerProfile
        package var store: StoreLocation
        /// Prefix of the consumer groups: processes of one pipeline share it.
        package var groupPrefix: String
        package var replica = Replica.only
        /// Whether replicas share their partitions as a consumer group.
        package var isGroup = true
        /// Where partitions without a committed offset are begun, if not as the profile says.
        package var beginnings: [PartitionOffset] = []
        /// For the services that serve HTTP; 0 takes a free port. nil: a free one, or a judge without HTTP.
        package var port: Int?
        package var host = "127.0.0.1"
        package var token: BearerToken?
        package var log = Log(level: .info)

        package init(
            service: Service, scenario: Scenario, bootstrapServers: String, profile: BrokerProfile, store: StoreLocation, groupPrefix: String
        ) {
            self.service = service
            self.scenario = scenario
            self.bootstrapServers = bootstrapServers
            self.profile = profile
            self.store = store
            self.groupPrefix = groupPrefix
        }
    }

    private let supervisor: Supervisor
    private let storageAPI: StorageAPI?
    private let judgeAPI: JudgeAPI?

    /// Connects and begins to read; throws where a server is not to be had.
    ///
    /// - Parameters:
    ///   - clock: scenario time; the same for all processes of a pipeline whose scenario has a time scale.
    ///   - report: where what the service sees goes; nil: nowhere.
    package init(_ configuration: Configuration, clock: LiveClock, report: ReportPipe?) throws {
        let scenario = configuration.scenario
        let draws = Draws(seed: scenario.seed, repeat: configuration.replication)
        let context = LiveContext(
            clock: clock, metric: scenario.scoring.metric.rawValue, routes: Routes(scenario.pipeline),
            bootstrapServers: configuration.bootstrapServers, profile: configuration.profile, retention: nil, store: configuration.store,
            downtime: StoreDowntime(scenario.liveFaults, clock: clock),
            provider: try MockProvider(scenario.provider, draws: draws, clock: clock),
            llm: try scenario.server.map { try LLMAccess($0, seed: scenario.seed, replication: configuration.replication) },
            observer: report ?? Unobserved(), log: configuration.log, groupPrefix: configuration.groupPrefix, beginnings: configuration.beginnings)
        supervisor = Supervisor(Gauges())
        let intake = SharedIntake(scenario.pipeline.intake.share(of: configuration.replica.count))
        let isAskedForAll = configuration.service == .judge && scenario.judge.engine == .flink
        if !isAskedForAll {
            for plan in try configuration.service.plans(
                scenario, draws: draws, replica: configuration.replica, isGroup: configuration.isGroup, intake: intake)
            {
                supervisor.start(plan, context)
            }
        }
        supervisor.waitUntilReady()
        var server = Server.Configuration()
        server.host = configuration.host
        server.port = configuration.port ?? 0
        switch configuration.service {
        case .storageAPI:
            storageAPI = try StorageAPI(
                StorageAPI.Configuration(
                    server: server, token: configuration.token, replica: configuration.replica.number,
                    looksIntoStore: scenario.pipeline.intake.storeLookup), context, intake: intake)
            judgeAPI = nil
        case .judge where isAskedForAll || configuration.port != nil:
            storageAPI = nil
            judgeAPI = try JudgeAPI(
                JudgeAPI.Configuration(
                    server: server, token: configuration.token, metric: scenario.scoring.metric,
                    decider: try Decider(scenario, draws, context, replica: configuration.replica)))
        case .cache, .llmWorker, .retryOverload, .retryQuota, .judge, .recorder, .mockLLM:
            storageAPI = nil
            judgeAPI = nil
        }
    }

    /// Where it serves HTTP; nil where it does not.
    package var port: Int? { storageAPI?.port ?? judgeAPI?.port }

    /// Why it cannot go on; nil while all is well.
    package var failure: String? { supervisor.failure ?? storageAPI?.failure }

    /// Ends in order: what was begun is finished and committed. Blocks.
    package func stop() {
        storageAPI?.stop()
        judgeAPI?.stop()
        supervisor.stop()
    }
}

/// Where observations go that nobody asked for.
private struct Unobserved: Observer {
    func note(_ observation: Observation, at now: Instant) {}
}
