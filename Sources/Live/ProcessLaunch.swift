import KafkaClient
import Pipeline
import Scenarios
import Synchronization
import Workload

/// How a run starts its services as processes of this program.
package struct ProcessLaunch: Sendable {
    /// This program's file.
    package var executable: String
    /// A file with the point's scenario, every default filled in; paths in it are relative to the working folder.
    package var scenarioFile: String

    package init(executable: String, scenarioFile: String) {
        self.executable = executable
        self.scenarioFile = scenarioFile
    }

    /// Starts every replica of every service of the pipeline, and the model of the provider, which they all call.
    func start(_ plan: LivePlan, _ context: LiveContext, _ draws: Draws, _ supervisor: Supervisor, _ ports: ServicePorts) throws {
        var forWorkers: [String] = []
        if plan.scenario.server == nil {
            let mock = ChildService(
                name: Service.mockLLM.rawValue, executable: executable,
                arguments: ["serve", Service.mockLLM.rawValue, scenarioFile, "--supervised", "--seed", "\(plan.identity.seed)"], environment: [],
                clock: context.clock, observer: context.observer, onReady: { ports.set($0, of: Service.mockLLM.rawValue) },
                portBefore: { ports.port(of: Service.mockLLM.rawValue) })
            supervisor.start(mock, running: [])
            try supervisor.waitUntilReady(mock.name)
            forWorkers = ["--set", "provider.base_url=http://127.0.0.1:\(ports.port(of: mock.name))"]
        }
        for part in Service.pipeline {
            // Both are hosts of intake.
            let service = part == .cache && plan.scenario.traffic.via == .http ? .storageAPI : part
            let count = plan.scenario.live.replicas(of: part.rawValue)
            let isGroup = plan.scenario.live.isGroup(part.rawValue)
            for number in 0..<count {
                let replica = Replica(number: number, of: count)
                // A Flink job reads the judge's topics.
                let hosts = service == .judge && plan.scenario.judge.engine == .flink
                    ? [] : try service.plans(plan.scenario, draws: draws, replica: replica, isGroup: isGroup)
                var arguments = [
                    "serve", service.rawValue, scenarioFile, "--supervised", "--log-level", plan.log.level.rawValue, "--repeat", "\(plan.identity.replication)",
                    "--seed", "\(plan.identity.seed)", "--bootstrap-servers", context.bootstrapServers, "--broker-profile", context.profile.name,
                    "--group-prefix", context.groupPrefix,
                    "--replica", "\(number)/\(count)",
                ] + (isGroup ? ["--group"] : [])
                if let file = plan.log.file { arguments += ["--log-file", file.path] }
                if service == .llmWorker { arguments += forWorkers }
                for beginning in context.beginnings {
                    arguments += ["--begin", "\(beginning.topic):\(beginning.partition):\(beginning.offset)"]
                }
                supervisor.start(
                    ChildService(
                        name: count == 1 ? service.rawValue : "\(service.rawValue).\(number)", executable: executable, arguments: arguments,
                        environment: ["CRISOL_STORE=\(context.store.argument)"],
                        clock: context.clock, observer: context.observer, onReady: { ports.set($0, of: "\(service.rawValue).\(number)") },
                        portBefore: { ports.port(of: "\(service.rawValue).\(number)") }),
                    running: hosts)
            }
        }
    }
}

/// Where services in processes listen for HTTP, as they say themselves.
final class ServicePorts: Sendable {
    private let ports = Mutex<[String: Int]>([:])

    func set(_ port: Int, of name: String) {
        guard port > 0 else { return }
        ports.withLock { $0[name] = port }
    }

    func port(of name: String) -> Int { ports.withLock { $0[name] ?? 0 } }

    /// Those of a service's replicas, by their numbers.
    func all(of service: Service) -> [Int] {
        let prefix = service.rawValue + "."
        return ports.withLock { ports in ports.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }.map(\.value) }
    }
}
