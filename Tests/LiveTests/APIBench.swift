import Foundation
import HTTPServer
import Synchronization
import Testing

@testable import Live

/// A whole pipeline with its storage API, for a test that asks over HTTP.
final class APIBench {
    let bench: LiveBench
    let run: LiveRun
    let api: StorageAPI
    let client: Client

    init(_ yaml: String, looksIntoStore: Bool = false, token: String? = nil) throws {
        bench = try LiveBench(yaml)
        run = try bench.prepare()
        run.supervisor.waitUntilReady()
        api = try StorageAPI(
            .init(token: token.flatMap { BearerToken($0) }, looksIntoStore: looksIntoStore), run.context, intake: run.intake)
        client = Client(port: api.port, token: token)
    }

    func stop() {
        client.close()
        api.stop()
        run.supervisor.stop()
        run.ledger.stop()
        run.ledger.waitUntilFinished()
        bench.remove()
    }
}

extension Client {
    /// Sends and waits for the response.
    func ask(_ method: String, _ path: String, _ body: String? = nil, headers: [(name: String, value: String)] = [("Content-Type", "application/json")]) throws -> (status: Int, json: [String: Any], response: Response) {
        let answer = Mutex<Exchange?>(nil)
        let done = DispatchSemaphore(value: 0)
        send(method, path, headers: body == nil ? [] : headers, body: Array((body ?? "").utf8)) { exchange in
            answer.withLock { $0 = exchange }
            done.signal()
        }
        done.wait()
        let response = try answer.withLock { $0! }.result.get()
        let json = (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any]
        return (response.status, json ?? [:], response)
    }
}

extension Response {
    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}

func errorCode(_ json: [String: Any]) -> String? { (json["error"] as? [String: Any])?["code"] as? String }
