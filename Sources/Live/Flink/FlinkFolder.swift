import Foundation
import Glibc

/// What a cluster needs on the disk while it runs: its configuration, its checkpoints, what its processes print.
struct FlinkFolder: Sendable {
    let path: String

    init() throws(HostFailure) {
        let path = NSTemporaryDirectory() + "crisol-flink-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        do {
            for folder in ["conf", "tmp", "checkpoints", "savepoints"] {
                try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
        } catch {
            throw HostFailure(description: "no folder for Flink at \(path): \(error.localizedDescription)")
        }
        self.path = path
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    var configuration: String { "\(path)/conf" }
    var savepoints: String { URL(fileURLWithPath: "\(path)/savepoints").absoluteString }
    /// What a process prints.
    func log(of process: String) -> String { "\(path)/\(process).log" }

    /// Writes Flink's configuration. Everything listens on the loopback interface only.
    func configure(managerPort: Int, restPort: Int, slots: Int) throws(HostFailure) {
        let lines = [
            "jobmanager.rpc.address: 127.0.0.1", "jobmanager.bind-host: 127.0.0.1", "jobmanager.rpc.port: \(managerPort)",
            "rest.address: 127.0.0.1", "rest.bind-address: 127.0.0.1", "rest.port: \(restPort)",
            "taskmanager.host: 127.0.0.1", "taskmanager.bind-host: 127.0.0.1", "taskmanager.numberOfTaskSlots: \(slots)",
            "jobmanager.memory.process.size: 512m",
            // Whoever has died is started again; the job waits for it, however long that takes.
            "restart-strategy.type: fixed-delay", "restart-strategy.fixed-delay.attempts: 2147483647", "restart-strategy.fixed-delay.delay: 100ms",
            "slot.request.timeout: 600000",
            // A process that has died is known by its connection; one that is only slow is no reason to start again.
            "heartbeat.interval: 1000", "heartbeat.timeout: 60000", "execution.checkpointing.tolerable-failed-checkpoints: 2147483647",
            // While metrics are waited for from a TaskManager that has died, none are fetched from its successor: not for the ten
            // minutes that are the default.
            "metrics.fetcher.update-interval: 100", "web.timeout: 10000",
            "io.tmp.dirs: \(path)/tmp", "execution.checkpointing.dir: \(URL(fileURLWithPath: "\(path)/checkpoints").absoluteString)",
        ]
        do {
            try (lines.joined(separator: "\n") + "\n").write(toFile: "\(configuration)/config.yaml", atomically: true, encoding: .utf8)
        } catch {
            throw HostFailure(description: "Flink's configuration cannot be written to \(configuration): \(error.localizedDescription)")
        }
    }

    /// The newest checkpoint that is whole; nil before the first.
    func latestCheckpoint() -> String? {
        let files = FileManager.default
        var newest: (moment: Date, path: String)?
        for job in (try? files.contentsOfDirectory(atPath: "\(path)/checkpoints")) ?? [] {
            for name in (try? files.contentsOfDirectory(atPath: "\(path)/checkpoints/\(job)")) ?? [] where name.hasPrefix("chk-") {
                let checkpoint = "\(path)/checkpoints/\(job)/\(name)"
                guard let moment = try? files.attributesOfItem(atPath: "\(checkpoint)/_metadata")[.modificationDate] as? Date else { continue }
                if newest.map({ $0.moment < moment }) ?? true { newest = (moment, checkpoint) }
            }
        }
        return newest.map { URL(fileURLWithPath: $0.path).absoluteString }
    }

    /// The last lines that a process printed, for an error message.
    func lastWords(of process: String) -> String {
        let text = (try? String(contentsOfFile: log(of: process), encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("SLF4J:") }.suffix(5)
        return lines.isEmpty ? "it printed nothing" : lines.joined(separator: " / ")
    }
}
