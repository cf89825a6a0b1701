import Foundation
import Provider
import Testing

@testable import LLMClient

@Suite struct APIKeyTests {
    private func server(_ url: String = "https://llm.example/v1", variable: String? = "MY_KEY", requires: Bool = true) -> LLMServer {
        LLMServer(kind: .openai, baseURL: url, model: "m", apiKeyEnvironment: variable, requiresKey: requires)
    }

    private func problem(_ server: LLMServer, _ environment: [String: String]) -> String? {
        do throws(APIKey.Problem) {
            _ = try APIKey(for: server, environment: environment)
            return nil
        } catch { return error.description }
    }

    @Test func keysComeFromTheEnvironmentOnly() throws {
        #expect(try APIKey(for: server(), environment: ["MY_KEY": "sk-1"])?.authorization == "Bearer sk-1")
        #expect(try APIKey(for: server(variable: nil), environment: ["MY_KEY": "sk-1"]) == nil)
        #expect(try APIKey(for: server(requires: false), environment: [:]) == nil)
        #expect(problem(server(), [:]) == "provider.api_key_env: the environment has no variable MY_KEY (seen: none; allowed: a variable that holds the key)")
        #expect(problem(server(), ["MY_KEY": "a\r\nX: b"])?.contains("characters that no key has") == true)
    }

    @Test(arguments: [
        ("http://llm.example/v1", false), ("https://llm.example/v1", true), ("http://127.0.0.1:8080", true), ("http://localhost", true),
        ("http://[::1]:1/v1", true), ("http://127.0.0.1.example", false), ("http://localhost.example:80", false),
    ])
    func keysAreNotSentInClearToOtherMachines(_ url: String, _ isAllowed: Bool) {
        #expect((problem(server(url), ["MY_KEY": "sk-1"]) == nil) == isAllowed)
    }

    @Test func noWayOfPrintingShowsTheKey() throws {
        let secret = "sk-verysecret"
        let key = try #require(try APIKey(for: server(), environment: ["MY_KEY": secret]))
        var dumped = ""
        dump(key, to: &dumped)
        dump([key] as [Any], to: &dumped)
        for text in ["\(key)", String(reflecting: key), "\([key])", "\(Optional(key) as Any)", "\((key, 1))", dumped] {
            #expect(!text.contains(secret), "\(text)")
        }
        #expect(key.redacted("wrong key sk-verysecret!") == "wrong key [key]!")
        for environment in [[:], ["MY_KEY": secret + "\n"], ["MY_KEY": secret]] {
            #expect(problem(server("http://llm.example"), environment)?.contains(secret) != true)
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080", nil), ("https://api.openai.com/v1/", nil), ("http://[::1]:11434", nil), ("HTTP://HOST", nil),
        ("ftp://a", "http:// or https://"), ("127.0.0.1:80", "http:// or https://"), ("", "http:// or https://"), ("http://", "a host"), ("http://:80", "a host"),
        ("http://a:0", "a port"), ("http://a:65536", "a port"), ("http://a:b", "a port"), ("http://u:p@a/", "no"), ("http://a/?key=1", "end with its path"),
        ("http://a b", "no spaces"), ("http://a\n", "no spaces"), ("http://a/#x", "end with its path"),
    ] as [(String, String?)])
    func addressesAreChecked(_ url: String, _ says: String?) {
        let problem = LLMServer.problem(ofURL: url)
        if let says { #expect(problem?.contains(says) == true, "\(problem ?? "nothing")") } else { #expect(problem == nil) }
    }

    @Test func questionsArePutIntoThePromptAsTheyStand() {
        var server = server()
        server.prompt = "Answer: {question} ({question})"
        #expect(server.prompt(for: "what is {question}?") == "Answer: what is {question}? (what is {question}?)")
        server.prompt = "{question}"
        #expect(server.prompt(for: "a") == "a")
    }
}
