import Foundation
import Glibc
import KafkaClient
import Measurement
import Synchronization
import Workload

/// A Flink cluster on this machine with the judge's job on it: one JobManager, and one TaskManager with a slot for each of the
/// job's subtasks, each a process that is started again when it dies.
///
/// A JobManager that comes back is given the job anew, from its latest checkpoint: what had been read and was not yet judged
/// stands there alone, for the offsets behind it are committed.
final class FlinkCluster: Sendable {
    private enum Phase: Int { case works, isToStop, hasStopped }

    private let installation: FlinkInstallation
    private let folder: FlinkFolder
    private let job: FlinkJob
    private let clock: LiveClock
    private let log: Log
    private let gauges: Gauges
    private let rest: FlinkREST
    private let figures = Mutex(FlinkReadings())
    private let phase = Atomic<Int>(Phase.works.rawValue)

    static let managerName = "flink-jobmanager"
    static let workerName = "flink-taskmanager"

    /// How long a start may take on a machine with much else to do.
    private static let patience: Int64 = 180_000_000_000
    /// How long the job may take to judge what it has read, at the end.
    private static let patienceAtTheEnd: Int64 = 120_000_000_000
    /// Shorter than a job takes to start again and to say something twice.
    private static let look: Int64 = 150_000_000

    init(_ installation: FlinkInstallation, _ job: FlinkJob, clock: LiveClock, log: Log, gauges: Gauges) throws {
        self.installation = installation
        self.job = job
        self.clock = clock
        self.log = log
        self.gauges = gauges
        folder = try FlinkFolder()
        let ports = try Self.freePorts(2)
        rest = FlinkREST(port: ports[1])
        try folder.configure(managerPort: ports[0], restPort: ports[1], slots: job.parallelism)
    }

    /// Ports that nobody listens on now, from below those that outgoing connections are given.
    private static func freePorts(_ count: Int) throws(HostFailure) -> [Int] {
        var found: [Int] = []
        for _ in 0..<1000 {
            let port = Int.random(in: 15_000..<32_000)
            if !found.contains(port), LoopbackSocket.isFree(UInt16(port)) { found.append(port) }
            if found.count == count { return found }
        }
        throw HostFailure(description: "no free port for Flink between 15000 and 32000 on 127.0.0.1")
    }

    /// Runs a host on a thread.
    func launch(_ body: @escaping @Sendable (FlinkCluster, HostControl) -> Void) -> HostControl {
        let control = HostControl()
        // It needs no clock.
        control.clockStart.store(.max, ordering: .releasing)
        Thread { [self] in body(self, control) }.start()
        return control
    }

    /// What the job has counted, and how far event time was behind, so far.
    var readings: FlinkReadings { figures.withLock { $0 } }

    /// Lets the job judge all that it has read and commit that; it reads no more. Blocks until then, or until patience is over.
    func stopJob() {
        _ = phase.compareExchange(expected: Phase.works.rawValue, desired: Phase.isToStop.rawValue, ordering: .acquiringAndReleasing)
        let limit = LiveClock.monotonic() + Self.patienceAtTheEnd
        while phase.load(ordering: .acquiring) == Phase.isToStop.rawValue, LiveClock.monotonic() < limit { LiveClock.sleep(5_000_000) }
    }

    /// After its hosts have ended.
    func close() {
        rest.close()
        folder.remove()
    }

    // MARK: The JobManager

    func runManager(_ control: HostControl) {
        control.report(Self.outcome(of: Self.managerName, control) { try manage(control) })
    }

    private func manage(_ control: HostControl) throws {
        defer { phase.store(Phase.hasStopped.rawValue, ordering: .releasing) }
        var deaths = 0
        while !control.isStopping {
            let process = try start(
                Self.managerName, main: "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
                ["--configDir", folder.configuration], heap: 256)
            defer { end(process) }
            try wait(for: process, control, what: "Flink's JobManager to answer") { rest.isThere }
            if control.isStopping { return }
            let id = try submit(control)
            log(.info, Self.managerName, "the judge's job \(id) was submitted, parallelism \(job.parallelism)")
            guard try watch(process, job: id, control) == .died else { return }
            deaths += 1
            guard deaths <= 10 else { throw HostFailure(description: "Flink's JobManager has died \(deaths) times: \(folder.lastWords(of: Self.managerName))") }
            gauges.crashes.add(1, ordering: .relaxed)
            figures.withLock { $0.restarted() }
            log(.warning, Self.managerName, "Flink's JobManager died and is started again; the job goes on from its latest checkpoint")
        }
    }

    private enum End { case stopped, died }

    private func watch(_ process: ChildProcess, job id: String, _ control: HostControl) throws -> End {
        var isReady = false
        var isStopAsked = false
        var restarts = 0
        var next: Int64 = 0
        let started = LiveClock.monotonic()
        while !control.isStopping {
            if control.isToCrash { process.signal(SIGKILL) }
            guard process.read(timeoutMilliseconds: 10) != nil else { return .died }
            let isToStop = phase.load(ordering: .acquiring) == Phase.isToStop.rawValue
            guard LiveClock.monotonic() >= next || isToStop, let now = rest.job(id) else { continue }
            next = LiveClock.monotonic() + Self.look
            if let seen = now.vertices.first.flatMap({ rest.restarts(of: id, vertex: $0.id) }), seen > restarts {
                note(restarts: seen - restarts, of: id)
                restarts = seen
            }
            if now.state == "FAILED" || now.state == "CANCELED" {
                throw HostFailure(description: "the judge's job has ended as \(now.state): \(rest.failure(of: id) ?? folder.lastWords(of: Self.managerName))")
            }
            if now.state == "FINISHED" {
                let sums = rest.accumulators(of: id)
                figures.withLock { $0.end(sums) }
                phase.store(Phase.hasStopped.rawValue, ordering: .releasing)
                next = .max
            } else if now.isRunning {
                if !isReady {
                    isReady = true
                    control.reportReady()
                    log(.info, Self.managerName, "ready: the judge's job works")
                }
                // What is being restarted has old metrics, and cannot stop in order.
                if !isToStop { readLag(id, now.vertices[0].id) } else if !isStopAsked { isStopAsked = rest.stop(id, savepoints: folder.savepoints) }
            } else if !isReady, LiveClock.monotonic() - started > Self.patience {
                throw HostFailure(description: "the judge's job did not begin to work within \(Self.patience / 1_000_000_000) s: \(rest.failure(of: id) ?? "\(now.state); \(folder.lastWords(of: Self.workerName))")")
            }
        }
        return .stopped
    }

    /// What was judged since the latest checkpoint is judged again.
    private func note(restarts: Int, of id: String) {
        gauges.crashes.add(restarts, ordering: .relaxed)
        figures.withLock { $0.restarted(restarts) }
        log(.warning, Self.managerName, "the judge's job was started again from its latest checkpoint: \(rest.failure(of: id) ?? "Flink does not say why")")
    }

    private func readLag(_ id: String, _ vertex: String) {
        let metrics = rest.metrics(of: id, vertex: vertex)
        guard let lag = metrics[.watermarkLag], let readAt = metrics[.readAt] else { return }
        let now = clock.now()
        // In milliseconds; far out of range where a subtask has none.
        func span(_ lag: Double) -> Nanoseconds { lag.magnitude < 1e12 ? clock.scenario(Int64(lag * 1e6)) : -1 }
        figures.withLock { $0.take(watermarkLag: max(span(lag.max), span(lag.min)), readAt: readAt.min, at: now) }
    }

    private func submit(_ control: HostControl) throws -> String {
        var arguments = ["-cp", "\(installation.job):\(installation.libraries)", "SubmitJob", "--jobmanager", rest.address, "--jar", installation.job]
        if let checkpoint = folder.latestCheckpoint() { arguments += ["--from", checkpoint] }
        let name = "flink-submit"
        let process = try ChildProcess(
            executable: installation.java, arguments: ["-XX:TieredStopAtLevel=1", "-Xmx128m"] + arguments + job.arguments, errors: folder.log(of: name))
        var printed: [UInt8] = []
        let limit = LiveClock.monotonic() + Self.patience
        while let bytes = process.read(timeoutMilliseconds: 20) {
            printed += bytes
            if control.isStopping || LiveClock.monotonic() > limit { process.signal(SIGKILL) }
        }
        let ending = process.waitForEnd()
        let id = String(decoding: printed, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
        guard ending == .exited(code: 0), id.count == 32 else {
            throw HostFailure(description: "the judge's job could not be submitted to Flink: \(folder.lastWords(of: name))")
        }
        return id
    }

    // MARK: The TaskManager

    func runWorker(_ control: HostControl) {
        control.report(Self.outcome(of: Self.workerName, control) { try work(control) })
    }

    private func work(_ control: HostControl) throws {
        var starts: [Int64] = []
        while !control.isStopping {
            starts.append(LiveClock.monotonic())
            // One that cannot live is no victim of bad luck.
            if starts.count > 5, starts.last! - starts[starts.count - 6] < 20_000_000_000 {
                throw HostFailure(description: "Flink's TaskManager does not stay alive: \(folder.lastWords(of: Self.workerName))")
            }
            let process = try startWorker()
            defer { end(process) }
            control.reportReady()
            while process.read(timeoutMilliseconds: 10) != nil {
                if control.isStopping { return }
                if control.isToCrash {
                    process.signal(SIGKILL)
                    _ = process.waitForEnd()
                    throw Crash()
                }
            }
            if control.isStopping { return }
            // Before the job is seen to have gone on: what it says twice by then is no fault of the pipeline.
            gauges.crashes.add(1, ordering: .relaxed)
            log(.warning, Self.workerName, "Flink's TaskManager died and is started again")
        }
    }

    private func startWorker() throws -> ChildProcess {
        let heap = 128 + 16 * job.parallelism
        let settings = [
            "taskmanager.cpu.cores=\(job.parallelism)", "taskmanager.memory.task.heap.size=\(heap)m", "taskmanager.memory.task.off-heap.size=0",
            "taskmanager.memory.managed.size=0", "taskmanager.memory.framework.heap.size=128m", "taskmanager.memory.framework.off-heap.size=64m",
            "taskmanager.memory.jvm-metaspace.size=160m", "taskmanager.memory.network.min=32m", "taskmanager.memory.network.max=32m",
            "taskmanager.memory.jvm-overhead.min=64m", "taskmanager.memory.jvm-overhead.max=64m",
        ]
        return try start(
            Self.workerName, main: "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
            ["--configDir", folder.configuration] + settings.flatMap { ["-D", $0] }, heap: heap + 128)
    }

    // MARK: Processes

    private func start(_ name: String, main: String, _ arguments: [String], heap: Int) throws -> ChildProcess {
        try ChildProcess(
            executable: installation.java, arguments: installation.arguments(main: main, arguments, heap: heap),
            errors: folder.log(of: name))
    }

    /// Nothing in there is worth an orderly end: what was judged stands in the topics.
    private func end(_ process: ChildProcess) {
        process.signal(SIGKILL)
        _ = process.waitForEnd()
    }

    private func wait(for process: ChildProcess, _ control: HostControl, what: String, until isDone: () -> Bool) throws {
        let limit = LiveClock.monotonic() + Self.patience
        while !isDone() {
            if control.isStopping { return }
            guard process.read(timeoutMilliseconds: 20) != nil else {
                throw HostFailure(description: "waiting for \(what): its process ended: \(folder.lastWords(of: Self.managerName))")
            }
            guard LiveClock.monotonic() < limit else { throw HostFailure(description: "waited \(Self.patience / 1_000_000_000) s for \(what)") }
        }
    }

    private static func outcome(of name: String, _ control: HostControl, _ body: () throws -> Void) -> HostControl.End {
        do {
            try body()
            return .stopped
        } catch is Crash {
            return .crashed
        } catch {
            return control.isStopping ? .stopped : .failed("\(name): \(error)")
        }
    }
}
