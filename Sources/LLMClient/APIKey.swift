import Foundation
import Provider

/// A key to an LLM server, taken from the environment. However it is printed, it says only that it is one.
package struct APIKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let secret: String

    /// Why there is no key to be had.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// The key that a server is to be sent; nil where none is.
    package init?(for server: LLMServer, environment: [String: String] = ProcessInfo.processInfo.environment) throws(Problem) {
        guard let variable = server.apiKeyEnvironment else { return nil }
        guard let value = environment[variable], !value.isEmpty else {
            guard server.requiresKey else { return nil }
            throw Problem(description: "provider.api_key_env: the environment has no variable \(variable) (seen: none; allowed: a variable that holds the key)")
        }
        // A header ends with its line: what follows would be one of its own.
        guard value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Problem(description: "provider.api_key_env: the variable \(variable) holds characters that no key has, such as spaces or line ends")
        }
        guard server.isEncrypted || server.isLoopback else {
            throw Problem(description: "provider.base_url: the key in \(variable) would be sent in clear to \(server.baseURL) (allowed: https://, or http:// to this machine)")
        }
        secret = value
    }

    var authorization: String { "Bearer \(secret)" }

    /// The text without the key: servers like to repeat what they were sent.
    func redacted(_ text: String) -> String { text.replacingOccurrences(of: secret, with: "[key]") }

    package var description: String { "[key]" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
