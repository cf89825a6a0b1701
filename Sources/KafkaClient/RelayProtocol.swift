// The little of Kafka's protocol that the relay has to know: headers, and where addresses stand in replies.
//
// Kafka protocol guide (kafka.apache.org/protocol); flexible versions with compact fields: KIP-482; the handshake of
// versions: KIP-511.

/// The beginning of a request: the same in every version.
struct RequestHeader: Equatable {
    let apiKey: Int16
    let apiVersion: Int16
    /// The reply begins with it.
    let correlation: Int32

    static let produce: Int16 = 0
    static let metadata: Int16 = 3
    static let findCoordinator: Int16 = 10
    static let apiVersions: Int16 = 18

    /// Reads a frame without its length; nil where it is too short for a request.
    init?(frame: ArraySlice<UInt8>) {
        var reader = ProtocolReader(frame)
        guard let key = reader.int16(), let version = reader.int16(), let correlation = reader.int32() else { return nil }
        (apiKey, apiVersion, self.correlation) = (key, version, correlation)
    }

    init(apiKey: Int16, apiVersion: Int16, correlation: Int32) {
        (self.apiKey, self.apiVersion, self.correlation) = (apiKey, apiVersion, correlation)
    }
}

/// Replies that the relay changes or gives itself. Frames are without their lengths.
enum RelayedReply {
    /// The newest ApiVersions that the embedded broker answers well. A Java client takes its reply to a newer one for
    /// an order to wait 20 minutes.
    static let newestApiVersions: Int16 = 2

    private static let unsupportedVersion: UInt8 = 35

    /// The answer to an ApiVersions that is too new, in version 0 as KIP-511 has it: the client asks again in version 0.
    static func unsupportedApiVersions(_ request: RequestHeader) -> [UInt8] {
        bytes(of: request.correlation) + [0, unsupportedVersion] + [0, 0, 0, 0]
    }

    /// The reply with each broker's address replaced; nil where nothing is to be changed, or its form is not known.
    static func withAddress(_ host: String, _ port: Int32, in frame: ArraySlice<UInt8>, to request: RequestHeader) -> [UInt8]? {
        switch request.apiKey {
        case RequestHeader.metadata: metadata(host, port, frame, request.apiVersion)
        case RequestHeader.findCoordinator: coordinator(host, port, frame, request.apiVersion)
        default: nil
        }
    }

    private static func metadata(_ host: String, _ port: Int32, _ frame: ArraySlice<UInt8>, _ version: Int16) -> [UInt8]? {
        guard (0...12).contains(version) else { return nil }
        let isFlexible = version >= 9
        var reader = ProtocolReader(frame)
        guard reader.int32() != nil, !isFlexible || reader.skipTags(), version < 3 || reader.int32() != nil else { return nil }
        guard let count = isFlexible ? reader.varint().map({ Int($0) - 1 }) : reader.int32().map({ Int($0) }), count >= 0 else { return nil }
        var changed = Array(frame[frame.startIndex..<reader.position])
        for _ in 0..<count {
            guard let node = reader.int32(), reader.skipString(isFlexible), reader.int32() != nil else { return nil }
            changed += bytes(of: node) + string(host, isFlexible) + bytes(of: port)
            let rest = reader.position
            guard version < 1 || reader.skipString(isFlexible), !isFlexible || reader.skipTags() else { return nil }
            changed += frame[rest..<reader.position]
        }
        return changed + frame[reader.position...]
    }

    private static func coordinator(_ host: String, _ port: Int32, _ frame: ArraySlice<UInt8>, _ version: Int16) -> [UInt8]? {
        guard (0...3).contains(version) else { return nil }
        let isFlexible = version >= 3
        var reader = ProtocolReader(frame)
        guard reader.int32() != nil, !isFlexible || reader.skipTags(), version < 1 || reader.int32() != nil,
            let error = reader.int16(), version < 1 || reader.skipString(isFlexible), reader.int32() != nil
        else { return nil }
        // Where there is none to be found, there is no address.
        guard error == 0 else { return nil }
        let head = frame[frame.startIndex..<reader.position]
        guard reader.skipString(isFlexible), reader.int32() != nil else { return nil }
        return head + string(host, isFlexible) + bytes(of: port) + frame[reader.position...]
    }

    static func bytes(of number: Int32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

    /// A host's name is below 127 bytes: one byte tells a compact string's length.
    private static func string(_ text: String, _ isFlexible: Bool) -> [UInt8] {
        let count = text.utf8.count
        precondition(count < 127)
        return (isFlexible ? [UInt8(count + 1)] : [0, UInt8(count)]) + Array(text.utf8)
    }
}

/// Reads Kafka's primitive types; nil and false where the frame ends too early.
struct ProtocolReader {
    private let frame: ArraySlice<UInt8>
    private(set) var position: Int

    init(_ frame: ArraySlice<UInt8>) {
        self.frame = frame
        position = frame.startIndex
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, frame.endIndex - position >= count else { return nil }
        defer { position += count }
        return frame[position..<position + count]
    }

    mutating func int16() -> Int16? { take(2).map { $0.reduce(0) { $0 << 8 | Int16($1) } } }
    mutating func int32() -> Int32? { take(4).map { $0.reduce(0) { $0 << 8 | Int32($1) } } }

    /// An unsigned varint of at most 32 bits.
    mutating func varint() -> UInt32? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 28, by: 7) {
            guard let byte = take(1)?.first else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return UInt32(exactly: value) }
        }
        return nil
    }

    /// A nullable string, in either form.
    mutating func skipString(_ isCompact: Bool) -> Bool {
        guard let count = isCompact ? varint().map({ Int($0) - 1 }) : int16().map({ Int($0) }) else { return false }
        return count < 0 || take(count) != nil
    }

    mutating func skipTags() -> Bool {
        guard let count = varint() else { return false }
        for _ in 0..<count {
            guard varint() != nil, let size = varint(), take(Int(size)) != nil else { return false }
        }
        return true
    }
}
