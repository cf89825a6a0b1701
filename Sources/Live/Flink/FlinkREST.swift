import Dispatch
import Foundation
import HTTPServer
import Synchronization

/// A JobManager's REST interface, as far as a run needs it.
///
/// Source: Apache Flink 2.0, "REST API" (`/jobs/:jobid` and below).
final class FlinkREST: Sendable {
    struct Job: Decodable {
        struct Vertex: Decodable {
            let id: String
            let parallelism: Int
            let tasks: [String: Int]
        }
        let state: String
        let vertices: [Vertex]

        /// Whether every subtask works.
        var isRunning: Bool { state == "RUNNING" && !vertices.isEmpty && vertices.allSatisfy { $0.tasks["RUNNING"] == $0.parallelism } }
        /// Whether it has ended for good.
        var hasEnded: Bool { ["FINISHED", "FAILED", "CANCELED"].contains(state) }
    }

    struct Metric: Decodable {
        let id: String
        let sum: Double
        let min: Double
        let max: Double
    }

    private struct Subtasks: Decodable {
        struct Subtask: Decodable {
            let attempt: Int
        }
        let subtasks: [Subtask]
    }

    private struct Accumulators: Decodable {
        struct Sum: Decodable {
            let name: String
            let value: String
        }
        let sums: [Sum]

        enum CodingKeys: String, CodingKey { case sums = "user-task-accumulators" }
    }

    private struct Exceptions: Decodable {
        struct History: Decodable {
            struct Entry: Decodable {
                let exceptionName: String?
                let stacktrace: String?
            }
            let entries: [Entry]
        }
        let exceptionHistory: History
    }

    let port: Int
    private let client: Client

    init(port: Int) {
        self.port = port
        client = Client(port: port, connections: 2)
    }

    func close() { client.close() }

    var address: String { "http://127.0.0.1:\(port)" }

    /// Whether the JobManager answers.
    var isThere: Bool { exchange("GET", "/overview", timeout: 1_000_000_000) != nil }

    /// Nil where it does not answer, or knows of no such job.
    func job(_ id: String) -> Job? { read("/jobs/\(id)") }

    /// How often the job's subtasks have been started again; nil where that cannot be read. A job that starts some of them again
    /// goes on being `RUNNING`.
    func restarts(of job: String, vertex: String) -> Int? {
        let found: Subtasks? = read("/jobs/\(job)/vertices/\(vertex)")
        return found?.subtasks.map(\.attempt).max()
    }

    /// Metrics over all subtasks, by their names; without those that are not there yet.
    func metrics(of job: String, vertex: String) -> [FlinkReadings.Metric: Metric] {
        let names = FlinkReadings.Metric.allCases.map(\.rawValue).joined(separator: ",")
        let metrics: [Metric] = read("/jobs/\(job)/vertices/\(vertex)/subtasks/metrics?get=\(names)") ?? []
        return Dictionary(metrics.compactMap { metric in FlinkReadings.Metric(rawValue: metric.id).map { ($0, metric) } }) { $1 }
    }

    /// What a job that has ended had counted, by the accumulator's name; nil where that cannot be read.
    func accumulators(of job: String) -> [String: Int]? {
        let found: Accumulators? = read("/jobs/\(job)/accumulators")
        return found.map { found in
            Dictionary(found.sums.compactMap { sum in Int(sum.value).map { (sum.name, $0) } }) { $1 }
        }
    }

    /// The first lines of what the job failed of last.
    func failure(of job: String) -> String? {
        let exceptions: Exceptions? = read("/jobs/\(job)/exceptions")
        guard let entry = exceptions?.exceptionHistory.entries.first else { return nil }
        let lines = (entry.stacktrace ?? entry.exceptionName ?? "").split(separator: "\n")
        // The cause says more than the supervisor's words around it.
        return (lines.last { $0.hasPrefix("Caused by:") } ?? lines.first).map { String($0.prefix(500)) }
    }

    /// Asks the job to judge all that it has read, commit it and end.
    /// - Parameter savepoints: a folder's URL.
    func stop(_ job: String, savepoints: String) -> Bool {
        exchange("POST", "/jobs/\(job)/stop", body: #"{"drain":true,"targetDirectory":"\#(savepoints)"}"#)?.status == 202
    }

    func cancel(_ job: String) { _ = exchange("PATCH", "/jobs/\(job)?mode=cancel") }

    private func read<Value: Decodable>(_ path: String) -> Value? {
        guard let response = exchange("GET", path), response.status == 200 else { return nil }
        return try? JSONDecoder().decode(Value.self, from: Data(response.body))
    }

    private func exchange(_ method: String, _ path: String, body: String = "", timeout: Int64 = 5_000_000_000) -> Response? {
        let answer = Mutex<Response?>(nil)
        let done = DispatchSemaphore(value: 0)
        let headers = body.isEmpty ? [] : [(name: "Content-Type", value: "application/json")]
        client.send(method, path, headers: headers, body: Array(body.utf8), timeout: timeout) { exchange in
            if case .success(let response) = exchange.result { answer.withLock { $0 = response } }
            done.signal()
        }
        done.wait()
        return answer.withLock { $0 }
    }
}
