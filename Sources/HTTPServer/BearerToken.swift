import Foundation

/// The secret that clients of a server must send. It comes from an environment variable, and no log, error or
/// description shows it.
package struct BearerToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let secret: [UInt8]

    package init?(_ secret: String) {
        guard !secret.isEmpty else { return nil }
        self.secret = Array(secret.utf8)
    }

    /// The value of an environment variable; nil where it is not set, or empty.
    package init?(environment name: String) {
        self.init(ProcessInfo.processInfo.environment[name] ?? "")
    }

    /// Whether the value of an Authorization header carries the token. Takes as long whatever the client guessed
    /// right; only the guess's own length shows.
    package func admits(_ authorization: String?) -> Bool {
        guard let authorization else { return false }
        let sent = Array(authorization.utf8)
        let scheme = Array("bearer ".utf8)
        // The scheme's name is no secret, and its case does not matter (RFC 9110, section 11.1).
        guard sent.count > scheme.count, zip(sent, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return false }
        let guess = sent[scheme.count...]
        var difference = UInt(bitPattern: guess.count ^ secret.count)
        for (place, byte) in guess.enumerated() { difference |= UInt(byte ^ secret[place % secret.count]) }
        return difference == 0
    }

    package var description: String { "a bearer token" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
