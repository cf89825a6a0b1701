import ArgumentParser
import Foundation
import Glibc
import HTTPServer
import KafkaClient
import Live
import Scenarios
import Storage
import Synchronization

/// `crisol serve`: one replica of one service as a process of its own.
struct ServeCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "serve",
            abstract: "Run one replica of a service of a scenario's pipeline, until Ctrl-C.",
            discussion: """
                Services: \(Service.allCases.map(\.rawValue).joined(separator: ", ")), and all: the whole pipeline with the storage \
                API in one process. They meet on the topics of --bootstrap-servers; start as many replicas of each as you like, \
                each with its --replica. Once the service is ready, a line on standard output says so, with its address where it \
                serves HTTP. Logs go to standard error. With pipeline.judge.engine: flink the judge meets nobody on topics: a \
                Flink job does, which is told the judge's address.
                """)
    }

    @Argument(help: ArgumentHelp("The service.", valueName: "service"))
    var service: String

    @Argument(help: "The scenario file.")
    var file: String

    @Option(name: .customLong("set"), help: ArgumentHelp("Write one key before validation; may be repeated.", valueName: "key.path=value"))
    var set: [String] = []

    @Option(help: "The seed, in place of the scenario's.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("The Kafka to meet the other services on.", valueName: "host:port,…"))
    var bootstrapServers: String?

    @Option(help: "The store: a file's path, or postgres://…; the variable CRISOL_STORE where it is not given.")
    var store: String?

    @Option(help: ArgumentHelp("Which of how many replicas this is, from 0.", valueName: "i/n"))
    var replica = "0/1"

    @Option(help: "storage-api, judge, mock-llm: the port to serve HTTP on, 0 for a free one; of all the storage API's.")
    var port: Int?

    @Option(help: "all: the judge's port. (default: a free one where a Flink job asks the judge, else none)")
    var judgePort: Int?

    @Option(help: ArgumentHelp("storage-api, judge: the address to serve HTTP on; others than this machine's own take --token-env.", valueName: "address"))
    var host = "127.0.0.1"

    @Option(help: ArgumentHelp("The environment variable whose value clients must send as bearer token.", valueName: "name"))
    var tokenEnv: String?

    @Option(help: ArgumentHelp("Prefix of the consumer groups; the same for all processes of a pipeline. (default: crisol-<scenario>-)", valueName: "text"))
    var groupPrefix: String?

    @Option(help: "The lowest level that is logged: \(Log.Level.allCases.map(\.rawValue).joined(separator: ", ")).")
    var logLevel = Log.Level.info

    @Option(help: ArgumentHelp("How to treat the broker: kafka, or for crisol broker embedded, embedded-busy (from 500 questions/s on) and embedded-full (from 5,000/s on).", valueName: "kind"))
    var brokerProfile = "kafka"

    // What a run tells the services that it starts.
    @Flag(help: .hidden) var supervised = false
    @Flag(help: .hidden) var group = false
    @Option(help: .hidden) var logFile: String?
    @Option(name: .customLong("repeat"), help: .hidden) var replication = 0
    @Option(name: .customLong("run-started"), help: .hidden) var runStarted: String?
    @Option(name: .customLong("begin"), help: .hidden) var beginnings: [String] = []

    func run() throws {
        Interruption.watch()
        do {
            let report = supervised ? ReportPipe() : nil
            do {
                try serve(report)
                report?.end(failure: nil)
            } catch {
                report?.end(failure: "\(error)")
                throw error
            }
        } catch {
            throw Failure.exit(error)
        }
    }

    private func serve(_ report: ReportPipe?) throws {
        let scenario = try scenario()
        let services = try chosenServices()
        let clock = LiveClock(scale: scenario.timeScale)
        try start(clock, scenario)
        let orders = Orders()
        if supervised { orders.listen(clock, report) }
        var processes: [ServiceProcess] = []
        defer { for process in processes { process.stop() } }
        // It meets nobody on topics.
        let mock = try services == [.mockLLM] ? MockLLM(MockLLM.Configuration(scenario: scenario, port: port ?? 0)) : nil
        defer { mock?.stop() }
        for service in services where service != .mockLLM {
            let configuration = try configuration(service, scenario)
            processes.append(try ServiceProcess(configuration, clock: clock, report: report))
        }
        if let failure = processes.lazy.compactMap(\.failure).first { throw ServiceEnded(reason: failure) }
        let ports = [mock?.port].compactMap { $0 } + processes.compactMap(\.port)
        if let report {
            report.ready(port: ports.first ?? 0)
        } else {
            // Of all services only the judge speaks HTTP beside the storage API.
            let addresses = ports.map { "http://\(host.contains(":") ? "[\(host)]" : host):\($0)" }
            try Terminal.show("\(service) is ready" + (addresses.isEmpty ? "" : " at " + addresses.joined(separator: ", its judge at ")) + "\n")
        }
        while !Interruption.isAsked, !orders.isToStop {
            if let failure = processes.lazy.compactMap(\.failure).first { throw ServiceEnded(reason: failure) }
            usleep(5_000)
        }
    }

    private func scenario() throws -> Scenario {
        // A run's own file has paths that are relative to the working folder, as those in --set are.
        let file = supervised
            ? try ScenarioFile.load(bytes: Array(try Data(contentsOf: URL(fileURLWithPath: file))), path: "scenario.yaml", overrides: set, seed: seed, repeats: nil)
            : try ScenarioFile.load(path: file, overrides: set, seed: seed)
        if service == Service.mockLLM.rawValue { try file.requireModel(for: service) }
        // Those that write answers or score them.
        if ["all", Service.llmWorker.rawValue, Service.judge.rawValue, Service.mockLLM.rawValue].contains(service) { try file.requireMetric() }
        guard file.points.count == 1 else {
            throw ServiceEnded(reason: "\(self.file) has a sweep: choose one point of it with --set", exitCode: 65)
        }
        return file.scenario
    }

    private func chosenServices() throws -> [Service] {
        if service == "all" { return [.storageAPI] + Service.pipeline.filter { $0 != .cache } }
        guard let one = Service(rawValue: service) else {
            throw ServiceEnded(
                reason: "there is no service '\(service)' (allowed: \(Service.allCases.map(\.rawValue).joined(separator: ", ")), all)", exitCode: 64)
        }
        return [one]
    }

    private func start(_ clock: LiveClock, _ scenario: Scenario) throws {
        if let runStarted {
            let parts = runStarted.split(separator: ",").compactMap { Int64($0) }
            guard parts.count == 2 else { throw ServiceEnded(reason: "--run-started must be two numbers, not '\(runStarted)'", exitCode: 64) }
            clock.start(at: parts[0], unix: parts[1])
        } else if !supervised, service != Service.mockLLM.rawValue, scenario.timeScale != 1 {
            // A mock's callers tell it when their run began.
            throw ServiceEnded(
                reason: "time_scale is \(scenario.timeScale): processes that are started one by one share no clock that could go faster; add --set time_scale=1", exitCode: 65)
        }
    }

    private func configuration(_ service: Service, _ scenario: Scenario) throws -> ServiceProcess.Configuration {
        let meetsOthers = service != .judge || scenario.judge.engine == .native
        guard let bootstrapServers = bootstrapServers ?? (meetsOthers ? nil : "") else {
            throw ServiceEnded(reason: "--bootstrap-servers is missing: where the services meet (crisol broker runs an embedded one)", exitCode: 64)
        }
        guard let location = store ?? ProcessInfo.processInfo.environment["CRISOL_STORE"] ?? (meetsOthers ? nil : "none") else {
            throw ServiceEnded(reason: "--store is missing: a file's path, or postgres://…, the same for all services", exitCode: 64)
        }
        guard let profile = BrokerProfile.named[brokerProfile] else {
            throw ServiceEnded(reason: "--broker-profile must be one of \(BrokerProfile.named.keys.sorted().joined(separator: ", ")), not '\(brokerProfile)'", exitCode: 64)
        }
        var configuration = ServiceProcess.Configuration(
            service: service, scenario: scenario, bootstrapServers: bootstrapServers, profile: profile, store: try StoreLocation(location),
            groupPrefix: groupPrefix ?? "crisol-\(scenario.name)-")
        configuration.replication = replication
        configuration.replica = try chosenReplica()
        configuration.isGroup = !supervised || group
        configuration.beginnings = try beginnings.map { text in
            let parts = text.split(separator: ":")
            guard parts.count == 3, let partition = Int32(parts[1]), let offset = Int64(parts[2]) else {
                throw ServiceEnded(reason: "--begin must be topic:partition:offset, not '\(text)'", exitCode: 64)
            }
            return PartitionOffset(topic: String(parts[0]), partition: partition, offset: offset)
        }
        guard host == "localhost" || host == "::1" || host.hasPrefix("127.") || tokenEnv != nil else {
            throw ServiceEnded(reason: "--host \(host) lets other machines ask: add --token-env", exitCode: 64)
        }
        configuration.host = host
        configuration.port = self.service == "all" && service == .judge ? judgePort : port
        configuration.log = Log(level: logLevel, file: try logFile.map { try Log.File(path: $0) })
        if let tokenEnv {
            guard let secret = ProcessInfo.processInfo.environment[tokenEnv], !secret.isEmpty else {
                throw ServiceEnded(reason: "--token-env \(tokenEnv): there is no such environment variable, or it is empty", exitCode: 64)
            }
            configuration.token = BearerToken(secret)
        }
        return configuration
    }

    private func chosenReplica() throws -> Replica {
        let parts = replica.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], (1...100).contains(count), (0..<count).contains(number) else {
            throw ServiceEnded(reason: "--replica must be such as 0/2, the number below the count (up to 100), not '\(replica)'", exitCode: 64)
        }
        return Replica(number: number, of: count)
    }
}

extension Log.Level: ExpressibleByArgument {}

/// Why a service's process ends, and with which exit code.
struct ServiceEnded: Error, CustomStringConvertible {
    let reason: String
    var exitCode: Int32 = 70
    var description: String { reason }
}

/// What the run that started this process says on its standard input.
private final class Orders: Sendable {
    private let stopping = Atomic<Bool>(false)
    var isToStop: Bool { stopping.load(ordering: .relaxed) }

    func listen(_ clock: LiveClock, _ report: ReportPipe?) {
        Thread { [self] in
            while let line = readLine() {
                let words = line.split(separator: " ")
                if words.first == "start", words.count == 4, let at = Int64(words[1]), let unix = Int64(words[2]), let number = Int(words[3]) {
                    clock.start(at: at, unix: unix)
                    report?.clockStarted(number)
                } else if words.first == "stop" {
                    stopping.store(true, ordering: .relaxed)
                }
            }
            // The run is gone, killed perhaps, and its broker with it: nothing that could be finished in order.
            if !isToStop { exit(70) }
        }.start()
    }
}
