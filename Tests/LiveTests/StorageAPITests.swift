import Foundation
import HTTPServer
import Storage
import Testing

@testable import Live

@Suite(.serialized) struct StorageAPITests {
    static let scenario = """
        name: api
        questions: 1
        pipeline:
          partitions: 2
          cache: {policy: lru, capacity: 64, coalesce: true}
          score: {metric: jaccard, against: question, threshold: 0, max_regenerations: 0, on_exhausted: accept_last}
          workers: {llm: 1, concurrency: 8}
        traffic:
          arrivals: {process: constant, rate: 1/s}
          corpus: {synthetic: 10}
        provider:
          model: mock
          latency: {distribution: constant, value: 5ms}
        """

    @Test func aQuestionIsPendingThenFoundThenAHit() throws {
        let bench = try APIBench(Self.scenario)
        defer { bench.stop() }
        let client = bench.client
        #expect(try client.ask("GET", "/health").json["status"] as? String == "ok")

        let body = #"{"question": "Why is the sky blue?", "question_id": "a/1 é", "reference": "Rayleigh scattering."}"#
        let asked = try client.ask("POST", "/query", body)
        #expect(asked.status == 202)
        #expect(asked.json["question_id"] as? String == "a/1 é")
        let location = try #require(asked.response.header("location"))
        #expect(location == "/query/a%2F1%20%C3%A9")

        let found = try client.ask("GET", location + "?wait=20s")
        #expect(found.status == 200)
        #expect(found.json["status"] as? String == "found")
        #expect(found.json["outcome"] as? String == "accepted")
        #expect((found.json["answer"] as? String)?.isEmpty == false)

        // The same name again is the same question, another text under it is none.
        #expect(try client.ask("POST", "/query", body).status == 200)
        let other = try client.ask("POST", "/query", #"{"question": "Something else?", "question_id": "a/1 é"}"#)
        #expect(other.status == 409 && errorCode(other.json) == "question_id_taken")

        // The cache learns of it from the topic, a moment later than the asker may.
        let hit = try #require(waitUntil { () -> [String: Any]? in
            let again = try client.ask("POST", "/query", #"{"question": "  why IS the sky\nblue? "}"#)
            return again.json["outcome"] as? String == "cache_hit" ? again.json : nil
        })
        #expect(hit["source"] as? String == "cache")
        #expect(hit["answer"] as? String == found.json["answer"] as? String)
        #expect(hit["question_key"] as? String == found.json["question_key"] as? String)

        let metrics = try client.ask("GET", "/metrics", "", headers: [("Accept", "application/json")])
        #expect((metrics.json["cache_hits"] as? Int ?? 0) >= 1)
        #expect((metrics.json["total_responses"] as? Int ?? 0) >= 3)
        #expect(metrics.json["db_errors"] as? Int == 0)
        let text = try client.ask("GET", "/metrics").response
        #expect(text.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
        #expect(String(decoding: text.body, as: UTF8.self).contains("\n# TYPE crisol_cache_hits_total counter\n"))
    }

    /// The run's clock is set to before, into and after the fault: nothing here waits for it.
    @Test func aStoreThatIsAwayIsSaidToBe() throws {
        let bench = try APIBench(Self.scenario + "\nfaults: [{inject: store_down, at: 1h, for: 1h}]\n", looksIntoStore: true)
        defer { bench.stop() }
        let client = bench.client
        func go(toHours hours: Double) { bench.run.context.clock.start(in: -Int64(hours * 3600e9)) }
        let row = #"{"question_id": "kept", "question": "What was before?", "answer": "This."}"#
        #expect(try client.ask("POST", "/persist", row).status == 201)

        go(toHours: 1.5)
        for (method, path, body) in [("POST", "/persist", row), ("GET", "/query/kept", nil), ("GET", "/results", nil)] {
            let away = try client.ask(method, path, body)
            #expect(away.status == 503 && errorCode(away.json) == "store_unavailable", "\(method) \(path)")
            #expect(away.response.header("retry-after") == "1")
            #expect((away.json["error"] as? [String: Any])?["message"].map { "\($0)" }?.contains("the fault store_down") == true)
        }
        // The pipeline takes a question all the same, and answers it when the store is back.
        #expect(try client.ask("POST", "/query", #"{"question": "What is now?", "question_id": "now"}"#).status == 202)
        #expect(try client.ask("GET", "/query/now").json["status"] as? String == "pending")
        #expect(try client.ask("GET", "/metrics", "", headers: [("Accept", "application/json")]).json["db_errors"] as? Int == 4)

        go(toHours: 3)
        #expect(try client.ask("GET", "/query/kept").json["answer"] as? String == "This.")
        #expect(try client.ask("GET", "/results").status == 200)
        #expect(try client.ask("GET", "/query/now?wait=20s").json["outcome"] as? String == "accepted")
    }

    /// Whoever asked one replica may come back to any: to one that was there, and to one that came later.
    @Test func aQuestionThatAnotherReplicaTookInIsPendingEverywhere() throws {
        let bench = try APIBench(Self.scenario.replacing("value: 5ms", with: "value: 1h"))
        defer { bench.stop() }
        func replica(_ number: Int) throws -> (api: StorageAPI, client: Client) {
            let api = try StorageAPI(.init(replica: number), bench.run.context, intake: bench.run.intake)
            return (api, Client(port: api.port))
        }
        let second = try replica(1)
        for number in 0..<6 {
            #expect(try bench.client.ask("POST", "/query", #"{"question": "What is \#(number)?", "question_id": "q \#(number)"}"#).status == 202)
            let told = try second.client.ask("GET", "/query/q%20\(number)")
            #expect(told.status == 202 && told.json["status"] as? String == "pending")
        }
        let third = try replica(2)
        #expect(try third.client.ask("GET", "/query/q%200").status == 202)
        #expect(try third.client.ask("GET", "/query/q%206").status == 404)
        // The name is taken there, too.
        #expect(try third.client.ask("POST", "/query", #"{"question": "Something else?", "question_id": "q 1"}"#).status == 409)

        bench.run.context.clock.start(in: -2 * 3_600_000_000_000)
        for number in 0..<6 {
            for client in [second.client, third.client] {
                #expect(try client.ask("GET", "/query/q%20\(number)?wait=20s").json["outcome"] as? String == "accepted")
            }
        }
        for (api, client) in [second, third] {
            client.close()
            api.stop()
        }
    }

    @Test func whatIsPersistedIsFound() throws {
        let bench = try APIBench(Self.scenario, looksIntoStore: true)
        defer { bench.stop() }
        let client = bench.client
        #expect(try client.ask("GET", "/query/nobody").status == 404)
        let row = #"{"question_id": "x\u0000y", "question": "What is \ud83d\ude00?", "answer": "A face.", "score": 0.5}"#
        #expect(try client.ask("POST", "/persist", row).status == 201)
        #expect(try client.ask("POST", "/persist", row).status == 200)
        let found = try client.ask("GET", "/query/x%00y")
        #expect(found.status == 200)
        #expect(found.json["answer"] as? String == "A face." && found.json["source"] as? String == "store" && found.json["score"] as? Double == 0.5)
        let hit = try client.ask("POST", "/query", #"{"question": "what is 😀?"}"#)
        #expect(hit.status == 200 && hit.json["outcome"] as? String == "store_hit")
        #expect(try client.ask("POST", "/query", #"{"question": "what is 😀?"}"#).json["outcome"] as? String == "cache_hit")

        let results = try client.ask("GET", "/results?limit=5").json["results"] as? [[String: Any]]
        #expect(results?.count == 1 && results?[0]["question_id"] as? String == "x\0y")

        let store = try bench.bench.store.open()
        _ = try store.recordFailures([StoredFailure(
            questionID: "lost", questionKey: 7, question: "?", outcome: "dead_letter_quota", retryCount: 2, lastError: "no quota", lastAttemptUnixNanoseconds: 0)])
        store.close()
        let failed = try client.ask("GET", "/query/lost?wait=1s")
        #expect(failed.status == 200 && failed.json["status"] as? String == "error" && failed.json["message"] as? String == "no quota")
        #expect(try client.ask("POST", "/persist", #"{"question_id": "lost", "question": "?", "answer": "!"}"#).status == 409)
    }

    @Test(arguments: [
        ("POST", "/query", "{", 400, "malformed_json"), ("POST", "/query", "[]", 400, "invalid_request"), ("POST", "/query", "{}", 400, "invalid_request"),
        ("POST", "/query", #"{"question": ""}"#, 400, "invalid_request"), ("POST", "/query", #"{"question": 1}"#, 400, "invalid_request"),
        ("POST", "/query", #"{"question": "a", "qestion_id": "b"}"#, 400, "invalid_request"),
        ("POST", "/query", #"{"question": "a", "question": "b"}"#, 400, "invalid_request"),
        ("POST", "/query", "{\"question\": \"\u{1}\"}", 400, "malformed_json"),
        ("POST", "/persist", #"{"question_id": "a", "question": "b", "answer": "c", "score": 2}"#, 400, "invalid_request"),
        ("GET", "/results?limit=0", nil, 400, "invalid_request"), ("GET", "/results?limit=1001", nil, 400, "invalid_request"),
        ("GET", "/results?limit=x", nil, 400, "invalid_request"), ("GET", "/results?limit=5&limit=5", nil, 400, "invalid_request"),
        ("GET", "/results?limt=5", nil, 400, "invalid_request"), ("GET", "/query/a?wait=1s&wait=2s", nil, 400, "invalid_request"), ("GET", "/query/a?wait=31s", nil, 400, "invalid_request"),
        ("GET", "/query/a?wait=soon", nil, 400, "invalid_request"), ("GET", "/nothing", nil, 404, "not_found"), ("DELETE", "/query", nil, 405, "method_not_allowed"),
    ] as [(String, String, String?, Int, String)])
    func refuses(_ method: String, _ path: String, _ body: String?, _ status: Int, _ code: String) throws {
        let reply = try Self.shared.ask(method, path, body)
        #expect(reply.status == status && errorCode(reply.json) == code, "\(method) \(path) \(body ?? "")")
    }

    /// A server that refuses needs no pipeline of its own for each refusal.
    private static let shared: Client = {
        // It lives as long as the process, with its broker and its folder.
        try! Unmanaged.passRetained(APIBench(scenario)).takeUnretainedValue().client
    }()

    @Test func asksForTheTokenEverywhereButAtTheDoor() throws {
        let bench = try APIBench(Self.scenario, token: "secret")
        defer { bench.stop() }
        let stranger = Client(port: bench.api.port)
        defer { stranger.close() }
        #expect(try stranger.ask("GET", "/health").status == 200)
        for path in ["/query/1", "/results", "/metrics"] { #expect(try stranger.ask("GET", path).status == 401) }
        #expect(try stranger.ask("POST", "/query", #"{"question": "a"}"#).status == 401)
        #expect(try bench.client.ask("GET", "/results").status == 200)
    }

    /// Waits up to 20 s for a value.
    private func waitUntil<R>(_ value: () throws -> R?) throws -> R? {
        for _ in 0..<4000 {
            if let value = try value() { return value }
            usleep(5000)
        }
        return nil
    }
}

@Suite struct JudgeAPITests {
    @Test func scoresPairsAndBatches() throws {
        let judge = try JudgeAPI(.init(metric: .jaccard))
        let client = Client(port: judge.port)
        defer {
            client.close()
            judge.stop()
        }
        let one = try client.ask("POST", "/score", #"{"answer": "the sky is blue", "reference": "the sea is blue"}"#)
        #expect(one.status == 200 && one.json["metric"] as? String == "jaccard" && one.json["score"] as? Double == 0.6)
        let batch = try client.ask("POST", "/score", #"{"metric": "tfidf-cosine", "pairs": [{"answer": "a b", "reference": ""}, {"answer": "blue sky", "reference": "blue sky"}]}"#)
        #expect(batch.json["scores"] as? [Double] == [0, 1])
        // Only BERTScore has more than a score to tell, and only where its model is.
        let embedded = try client.ask("POST", "/score", #"{"metric": "bertscore-minilm-l6", "answer": "the sky is blue", "reference": "the sky is blue"}"#)
        if embedded.status == 200 {
            for name in ["score", "precision", "recall", "f1"] { #expect(abs((embedded.json[name] as? Double ?? 0) - 1) < 1e-5) }
        } else {
            #expect(embedded.status == 400 && String(decoding: embedded.response.body, as: UTF8.self).contains("scripts/setup --bertscore"))
        }
        for bad in [
            #"{"answer": "a"}"#, #"{"metric": "levenshtein", "answer": "a", "reference": "b"}"#, #"{"pairs": []}"#, #"{"pairs": [1]}"#,
            #"{"pairs": [{"answer": "a", "reference": "b"}], "answer": "a"}"#, #"{"pairs": [{"answer": "a"}]}"#,
        ] {
            let refused = try client.ask("POST", "/score", bad)
            #expect(refused.status == 400 && errorCode(refused.json) == "invalid_request", "\(bad)")
        }
        let plain = try client.ask("POST", "/score", "{}", headers: [("Content-Type", "text/plain")])
        #expect(plain.status == 415)
        let description = try client.ask("GET", "/openapi.yaml").response
        #expect(String(decoding: description.body, as: UTF8.self).hasPrefix("openapi: 3.1.0\n"))
    }
}
