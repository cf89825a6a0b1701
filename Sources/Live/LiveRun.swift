import Foundation
import KafkaClient
import Measurement
import Pipeline
import Provider
import Scenarios
import Scoring
import Storage
import Synchronization
import Workload

/// What a live run is to do: one repeat of one point of a scenario.
package struct LivePlan: Sendable {
    package var identity: RunIdentity
    package var scenario: Scenario
    /// nil: the embedded broker.
    package var bootstrapServers: String?
    package var store: StoreLocation
    /// How to start the services as processes; nil: they are threads of this one.
    package var processes: ProcessLaunch?
    /// What services say beside what they record.
    package var log = Log(level: .error)
    /// For benchmarks: a closed loop with so many questions in flight in place of the scenario's arrivals.
    package var window: Int?
    /// For benchmarks: the LLM answers with the reference as it is.
    package var answersAreReferences = false

    package init(
        identity: RunIdentity, scenario: Scenario, bootstrapServers: String? = nil, store: StoreLocation, processes: ProcessLaunch? = nil
    ) {
        self.identity = identity
        self.scenario = scenario
        self.bootstrapServers = bootstrapServers
        self.store = store
        self.processes = processes
    }
}

/// One live run: real time, Kafka topics between the services, which are threads of this process or processes of its own.
package final class LiveRun {
    /// How far a run is, for whoever watches it.
    package struct Progress {
        package let now: Instant
        package let asked: Int
        package let settled: Int
        /// All questions have been asked.
        package let isDraining: Bool
        package let supervisor: Supervisor
        /// Attempts to use the store that failed because it was away.
        package let storeErrors: Int
    }

    /// How long the end of the run waits for a store that is away.
    private static let patienceForStore: Nanoseconds = 10_000_000_000

    private let plan: LivePlan
    private let broker: EmbeddedBroker?
    let context: LiveContext
    let supervisor: Supervisor
    let intake: SharedIntake
    /// Where the questions come in over HTTP.
    private let api: StorageAPI?
    private let processPorts = ServicePorts()
    /// nil with the native judge.
    private var flink: FlinkJudge?
    private let generation: Generator.Plan
    private let asking = Generator.Progress()
    private let ending = LedgerReader.Progress()
    let ledger = HostControl()
    private let recorder: SharedRecorder
    private let gauges = Gauges()
    private var faults: FaultSchedule
    /// Questions asked before the last live fault's end, and how long after it the last of them ended.
    private var askedInFaults: Int?
    private var recovered: Nanoseconds?

    /// Connects, makes the topics and the store; throws where a server or a file is not to be had.
    package init(_ plan: LivePlan, corpus: Corpus, popularity: Popularity, measurement: consuming sending RunRecorder) throws {
        self.plan = plan
        let scenario = plan.scenario
        let draws = Draws(seed: plan.identity.seed, repeat: plan.identity.replication)
        // Before anything is begun that would have to be ended.
        let installation = scenario.judge.engine == .flink ? try FlinkInstallation() : nil
        let routes = Routes(scenario.pipeline)
        let clock = LiveClock(scale: scenario.timeScale)
        var beginnings: [PartitionOffset] = []
        // Another process's, too (`crisol broker`): its clients need the same settings.
        var isEmbedded = true
        if let servers = plan.bootstrapServers {
            broker = nil
            let admin = try Admin(bootstrapServers: servers)
            isEmbedded = admin.isEmbeddedBroker
            let topics = routes.topics.map { (name: $0.name, partitions: $0.partitions) }
            try admin.createTopics(topics)
            beginnings = try admin.ends(of: topics)
        } else {
            let embedded = try EmbeddedBroker()
            for topic in routes.topics {
                try embedded.createTopic(topic.name, partitions: topic.partitions, unread: !topic.isRead)
            }
            broker = embedded
        }
        recorder = SharedRecorder(measurement)
        // A closed loop is as fast as it can be.
        let rate = plan.window != nil ? .infinity : scenario.traffic.arrivals.peakRatePerSecond * scenario.timeScale
        let llm = try scenario.server.map { try LLMAccess($0, seed: plan.identity.seed, replication: plan.identity.replication) }
        try llm?.findServer()
        context = LiveContext(
            clock: clock, metric: scenario.scoring.metric.rawValue, routes: routes,
            bootstrapServers: plan.bootstrapServers ?? broker!.bootstrapServers,
            profile: isEmbedded ? .embedded(questionsPerSecond: rate) : .kafka,
            // What other processes read and write, nobody here can count.
            retention: plan.processes == nil && installation == nil ? broker?.retention : nil, store: plan.store, downtime: StoreDowntime(scenario.liveFaults, clock: clock),
            provider: try MockProvider(scenario.provider, draws: draws, clock: clock),
            llm: llm, observer: RecordingObserver(recorder, gauges), log: plan.log, groupPrefix: "crisol-\(clock.startedAtUnix)-",
            beginnings: beginnings)
        supervisor = Supervisor(gauges)
        intake = SharedIntake(scenario.pipeline.intake)
        faults = FaultSchedule(scenario.liveFaults)
        let questions: UInt64
        let until: Instant
        switch plan.scenario.length {
        case .questions(let count): (questions, until) = (UInt64(count), .never)
        case .duration(let span): (questions, until) = (.max, Instant(nanoseconds: span))
        }
        generation = Generator.Plan(
            arrivals: try Arrivals(reading: scenario.traffic.arrivals, draws: draws), popularity: popularity, corpus: corpus, questions: questions,
            until: until, window: plan.window)
        // A store that cannot be used is better told now than by a service in the middle of the run.
        let store = try plan.store.open()
        defer { store.close() }
        let held = try store.metrics()
        guard held.accepted == 0, held.rejected == 0 else {
            throw HostFailure(
                description: "the store \(plan.store) holds \(held.accepted + held.rejected) questions of another run, whose names would be taken for this run's: give each run a new one"
                    + (plan.store.run == nil ? "" : " (crisol_run=NAME in the URL; without it each run is named after its folder)"))
        }
        api = scenario.traffic.via == .http && plan.processes == nil ? try Self.startAPI(scenario, context, intake) : nil
        try startServices(draws, installation)
    }

    private static func startAPI(_ scenario: Scenario, _ context: LiveContext, _ intake: SharedIntake) throws -> StorageAPI {
        try StorageAPI(StorageAPI.Configuration(looksIntoStore: scenario.storeLookup), context, intake: intake)
    }

    private func startServices(_ draws: Draws, _ installation: FlinkInstallation?) throws {
        if let processes = plan.processes {
            try processes.start(plan, context, draws, supervisor, processPorts)
        } else {
            for service in Service.pipeline where service != .judge || installation == nil {
                for var service in try service.plans(plan.scenario, draws: draws, isGroup: isGroup(service), intake: service == .cache ? intake : nil) {
                    if plan.answersAreReferences { service.writer = nil }
                    supervisor.start(service, context)
                }
            }
        }
        if let installation { try startFlink(installation, draws) }
        let (context, recorder, gauges, ending, ledger) = (context, recorder, gauges, ending, ledger)
        Thread { LedgerReader.run(context, recorder, gauges, ending, ledger) }.start()
    }

    private func startFlink(_ installation: FlinkInstallation, _ draws: Draws) throws {
        let scenario = plan.scenario
        var judges: [Int] = []
        if plan.processes != nil {
            for name in supervisor.names where name.split(separator: ".")[0] == Service.judge.rawValue { try supervisor.waitUntilReady(name) }
            judges = processPorts.all(of: .judge)
        }
        let flink = try FlinkJudge(installation, scenario, context, draws, broker: broker, judges: judges, gauges: gauges)
        flink.start(supervisor, as: ServiceHost.Plan(name: Service.judge.rawValue, roles: JudgeMachine.roles, membership: .fixed(replica: 0, of: 1)) {
            JudgeMachine(scenario.pipeline.acceptance, retry: scenario.pipeline.retry, takesTime: false)
        })
        self.flink = flink
    }

    /// What a real LLM has said against calls, with counts.
    package var complaints: [String] { context.llm.map { $0.server.kind == .mock ? [] : $0.complaints.lines } ?? [] }

    /// A service with one host has nobody to share partitions with, and is spared the seconds of forming a group.
    private func isGroup(_ service: Service) -> Bool {
        plan.scenario.live.sharing == .group && service.hosts(plan.scenario.pipeline) > 1
    }

    /// Where the run's topics can be read while it goes on.
    package var bootstrapServers: String { context.bootstrapServers }

    /// Runs to the end: every question settled, the drain over, or `isInterrupted`.
    ///
    /// - Parameter watch: called some hundred times a second on this thread.
    package func run(isInterrupted: () -> Bool = { false }, watch: (Progress) -> Void = { _ in }) -> RunResult {
        supervisor.waitUntilReady()
        ledger.waitUntilReady()
        supervisor.start(context.clock)
        let sampler = TopicSampler(context, groups: supervisor.groups.map { ($0.group, $0.roles) })
        sampler.start()
        let (generation, context, recorder, asking) = (generation, context, recorder, asking)
        let ports = plan.scenario.traffic.via == .http ? api.map { [$0.port] } ?? processPorts.all(of: .storageAPI) : nil
        let source = Thread {
            if let ports { HTTPGenerator.run(generation, context, recorder, asking, ports: ports, token: nil) } else { Generator.run(generation, context, recorder, asking) }
        }
        source.qualityOfService = .userInteractive
        source.start()

        var invalid: [String] = []
        var drainEnd = Instant.never
        var nextInspection: Int64 = 0
        while true {
            let now = context.clock.now()
            let isDraining = asking.isSent.load(ordering: .acquiring)
            let asked = asking.asked.load(ordering: .acquiring)
            let settled = self.settled
            asking.settled.store(settled, ordering: .releasing)
            for action in faults.due(at: now) { perform(action) }
            noteRecovery(at: now, asked: asked)
            watch(Progress(now: now, asked: asked, settled: settled, isDraining: isDraining, supervisor: supervisor,
                storeErrors: gauges.storeErrors.load(ordering: .relaxed)))
            if let reason = failure {
                invalid.append(reason)
                break
            }
            if isDraining {
                if settled >= asked, asking.isFinished.load(ordering: .acquiring) { break }
                if drainEnd == .never {
                    let lastArrival: Instant = switch plan.scenario.length {
                    case .duration(let span): max(now, Instant(nanoseconds: span))
                    case .questions: now
                    }
                    drainEnd = lastArrival + plan.scenario.drain
                }
                if now >= drainEnd { break }
            }
            if isInterrupted() {
                invalid.append("the run was interrupted")
                break
            }
            if let broker, LiveClock.monotonic() >= nextInspection {
                broker.inspectRetention()
                nextInspection = LiveClock.monotonic() + 250_000_000
                if broker.retention.verdict != .ok { break }
            }
            LiveClock.sleep(2_000_000)
        }
        for action in faults.cancel() { perform(action) }
        return finish(invalid, sampler)
    }

    func stopServices() {
        // First, while those are there that judge for it.
        flink?.stopJob()
        supervisor.stop()
        flink?.close()
    }

    private func perform(_ action: FaultSchedule.Action) {
        let (fault, begins) = switch action {
        case .begin(let fault): (fault, true)
        case .end(let fault): (fault, false)
        }
        switch fault.kind {
        case .brokerDown:
            if begins { gauges.crashes.add(1, ordering: .relaxed) }
            begins ? broker?.setDown() : broker?.setUp()
        case .brokerSlow(let roundTrip):
            let real = begins ? max(1, context.clock.real(roundTrip) / 1_000_000) : 0
            broker?.setRoundTrip(milliseconds: Int(real))
        // The services' stores go by the clock.
        case .storeDown: break
        case .kill(let service, let replica):
            let name = host(of: service, replica)
            begins ? supervisor.kill(name) : supervisor.restart(name)
        }
    }

    /// What the supervisor calls a service's replica. In one process the cache belongs to intake, and so does the storage
    /// API.
    private func host(of service: Service, _ replica: Int) -> String {
        // Its work is done where the job's subtasks are, all in one process.
        if service == .judge, flink != nil { return FlinkCluster.workerName }
        if plan.processes != nil {
            // Both are hosts of intake; which it is, depends on how questions come in.
            let part = service == .storageAPI ? .cache : service
            let name = part == .cache && plan.scenario.traffic.via == .http ? Service.storageAPI : part
            return plan.scenario.live.replicas(of: part.rawValue) == 1 ? name.rawValue : "\(name.rawValue).\(replica)"
        }
        return switch service {
        case .storageAPI, .cache: "intake"
        case .llmWorker, .judge: "\(service.rawValue).\(replica)"
        case .retryOverload, .retryQuota, .recorder, .mockLLM: service.rawValue
        }
    }

    private func noteRecovery(at now: Instant, asked: Int) {
        guard let end = faults.lastEnd, now >= end, recovered == nil else { return }
        if askedInFaults == nil { askedInFaults = asked }
        if ending.firstOpen.load(ordering: .relaxed) >= askedInFaults! { recovered = now - end }
    }

    private func recovery(at end: Instant) -> Recovery? {
        guard let last = faults.lastEnd else { return nil }
        let limit = plan.scenario.recoverWithin
        if let recovered { return Recovery(took: recovered, isOver: true, limit: limit) }
        // Where the run ended before the last fault did, there was nothing left to get over.
        return Recovery(took: max(0, end - last), isOver: isSettled, limit: limit)
    }

    private var settled: Int { ending.settled.load(ordering: .acquiring) + asking.settledByAPI.load(ordering: .acquiring) }

    private var isSettled: Bool { settled >= asking.asked.load(ordering: .acquiring) }

    private var failure: String? {
        if let reason = supervisor.failure { return reason }
        if let reason = asking.failure.withLock({ $0 }) ?? api?.failure { return reason }
        if case .failed(let reason) = ledger.ended { return reason }
        return nil
    }

    /// Ends the services, finds out what is still in flight, and closes the books.
    private func finish(_ reasons: [String], _ sampler: TopicSampler) -> RunResult {
        var invalid = reasons
        let end = context.clock.now()
        asking.isStopping.store(true, ordering: .relaxed)
        while !asking.isFinished.load(ordering: .acquiring) { LiveClock.sleep(1_000_000) }
        if isSettled, invalid.isEmpty, let broker {
            // The services' last words to each other, on which no question depends any more.
            for _ in 0..<1000 where broker.retention.unread > 0 { LiveClock.sleep(1_000_000) }
        }
        api?.stop()
        stopServices()
        let recovery = recovery(at: end)
        ledger.stop()
        ledger.waitUntilFinished()
        sampler.stop()
        if let reason = failure, !invalid.contains(reason) { invalid.append(reason) }
        if let broker, case .invalid(let reason, let remedy) = broker.retention.verdict {
            invalid.append("\(reason); \(remedy)")
            countTheRestAsInFlight()
        } else {
            do {
                try findWhatIsInFlight()
            } catch {
                invalid.append("what is still in flight could not be read: \(error)")
                countTheRestAsInFlight()
            }
            broker?.inspectRetention()
            if case .invalid(let reason, let remedy)? = broker?.retention.reconcile() { invalid.append("\(reason); \(remedy)") }
        }
        let malformed = gauges.malformed.load(ordering: .relaxed)
        if malformed > 0 { invalid.append("\(malformed) messages on the topics could not be read") }
        var result = recorder.withLock { $0.finish(at: end, identity: plan.identity, invalid: invalid) }
        if invalid.isEmpty, gauges.crashes.load(ordering: .relaxed) == 0 {
            result.brokenInvariants += compareWithStore(result)
        }
        result.recovery = recovery
        result.add(sampler.series(seconds: result.seconds.count))
        flink?.add(to: &result)
        result.invalid += asking.schedule.reasons(delays: result.scheduleDelay, sent: asking.asked.load(ordering: .acquiring))
        return result
    }

    /// After the broker dropped messages, or could not be read, nobody can say where the open questions are. The
    /// run is invalid for that reason; that the questions were lost by the pipeline is not known.
    private func countTheRestAsInFlight() {
        let asked = UInt64(asking.asked.load(ordering: .acquiring))
        let open = Set(recorder.withLock { $0.missing(limit: .max) })
        var arrivals = generation.arrivals
        var popularity = generation.popularity
        for question in 0..<asked {
            let intended = arrivals.next()
            guard open.contains(question) else { continue }
            let key = generation.corpus.key(popularity.item(ofQuestion: question, at: intended))
            recorder.withLock { $0.leftInFlight(QuestionRow(inFlight: question, key: key, intendedAt: intended)) }
        }
    }

    /// The store must hold exactly what the ledger was told: a row for each question that was accepted or given up.
    private func compareWithStore(_ result: RunResult) -> [String] {
        let store = plan.store
        guard let held = try? StoreOutage.waitOut(atMost: Self.patienceForStore, { () throws(StoreError) in
            let store = try store.open()
            defer { store.close() }
            return try store.metrics()
        }) else { return ["the store could not be read at the end"] }
        func count(_ outcomes: [Outcome]) -> Int {
            outcomes.reduce(0) { $0 + Int(result.value($1.rawValue)?.double ?? 0) }
        }
        // Stored and not yet told is in flight.
        let slack = result.totals.inFlight
        var broken: [String] = []
        for (table, rows, told) in [
            ("qa_results", held.accepted, count([.accepted, .acceptedBestEffort])),
            ("failed_questions", held.rejected, count(Outcome.allCases.filter(\.isDeadLetter))),
        ] where rows < told || rows > told + slack {
            broken.append("the store's \(table) has \(rows) rows, the ledger was told of \(told)")
        }
        return broken
    }

    /// What services would take up after a restart is in flight: messages beyond a group's committed
    /// offset, and durable waits.
    private func findWhatIsInFlight() throws {
        for question in asking.unsent.withLock({ $0 }) { recorder.withLock { $0.leftInFlight(question) } }
        let store = plan.store
        let waiting = try StoreOutage.waitOut(atMost: Self.patienceForStore) { () throws(StoreError) in
            let store = try store.open()
            defer { store.close() }
            return try store.delayed(for: "retry-overload") + store.delayed(for: "retry-quota")
        }
        for kept in waiting ?? [] {
            let question = try context.wire.decode(kept.body)
            recorder.withLock { $0.leftInFlight(question) }
        }
        if isSettled, (broker?.retention.unread ?? 0) == 0 { return }
        for (group, roles, machine) in supervisor.groups {
            let consumer = try context.consumer(group: group, roles: roles, membership: .fixed(replica: 0, of: 1))
            try consumer.readToEnd { record in
                guard let message = try? context.wire.decode(record.value), machine.reads(message) else { return }
                switch message.kind {
                case .answered, .failed, .belowThreshold: break  // its end stands in the ledger
                case .asked, .requested, .regenerationRequested, .responded, .callFailed, .validated, .deadLettered:
                    recorder.withLock { $0.leftInFlight(message) }
                }
            }
            consumer.abandon()
        }
    }
}

extension Supervisor {
    /// Each service once: its group, what it reads, and who knows which messages are its own.
    var groups: [(group: String, roles: [Role], machine: any Machine)] {
        var found: [(group: String, roles: [Role], machine: any Machine)] = []
        for plan in plans where !found.contains(where: { $0.group == plan.group }) {
            found.append((plan.group, plan.roles, plan.machine()))
        }
        return found
    }
}
