import Foundation
import Glibc
import TestServers
import Testing
import Workload

@testable import KafkaClient

@Suite struct RelayTests {
    // MARK: What is changed in replies

    private static func number(_ value: Int32) -> [UInt8] { RelayedReply.bytes(of: value) }
    private static func text(_ value: String) -> [UInt8] { [0, UInt8(value.utf8.count)] + Array(value.utf8) }
    private static func compact(_ value: String) -> [UInt8] { [UInt8(value.utf8.count + 1)] + Array(value.utf8) }
    private static let null: [UInt8] = [0xFF, 0xFF]

    /// Replies as the protocol guide lays them out, with an address each, and the request that they answer.
    private static func replies(_ host: String, _ port: Int32) -> [(key: Int16, version: Int16, frame: [UInt8])] {
        let topics: [UInt8] = [9, 8, 7, 6, 5]
        return [
            (3, 0, number(5) + number(1) + number(1) + text(host) + number(port) + topics),
            (3, 1, number(5) + number(2) + number(1) + text(host) + number(port) + text("rack")
                + number(2) + text(host) + number(port) + null + topics),
            (3, 5, number(5) + number(0) + number(1) + number(1) + text(host) + number(port) + null + topics),
            (3, 9, number(5) + [0] + number(0) + [2] + number(1) + compact(host) + number(port) + [0] + [1, 3, 2, 0xAA, 0xBB] + topics),
            (10, 0, number(5) + [0, 0] + number(1) + text(host) + number(port)),
            (10, 2, number(5) + number(0) + [0, 0] + null + number(1) + text(host) + number(port)),
            (10, 3, number(5) + [0] + number(0) + [0, 0] + [0] + number(1) + compact(host) + number(port) + [0]),
        ]
    }

    @Test func addressesAreReplacedAndAllElseStays() {
        for (old, new) in zip(Self.replies("10.1.2.3", 4444), Self.replies("127.0.0.1", 9092)) {
            let request = RequestHeader(apiKey: old.key, apiVersion: old.version, correlation: 5)
            let changed = RelayedReply.withAddress("127.0.0.1", 9092, in: old.frame[...], to: request)
            #expect(changed == new.frame, "api \(old.key) version \(old.version)")
        }
    }

    @Test func brokenRepliesAreLeftAlone() {
        var random = Draws(seed: 3, repeat: 0).stream(.jitter, question: 0)
        for reply in Self.replies("10.1.2.3", 4444) {
            let request = RequestHeader(apiKey: reply.key, apiVersion: reply.version, correlation: 5)
            for length in 0..<reply.frame.count { _ = RelayedReply.withAddress("h", 1, in: reply.frame[..<length], to: request) }
            for _ in 0..<2000 {
                var frame = reply.frame
                for _ in 0..<3 { frame[Int.random(in: 0..<frame.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
                _ = RelayedReply.withAddress("h", 1, in: frame[...], to: request)
            }
        }
        // No coordinator: no address.
        let none = Self.number(5) + [0, 15] + Self.number(-1) + Self.text("") + Self.number(-1)
        #expect(RelayedReply.withAddress("h", 1, in: none[...], to: RequestHeader(apiKey: 10, apiVersion: 0, correlation: 5)) == nil)
    }

    @Test func framesAreCutWhereverTheStreamIsTorn() {
        let stream: [UInt8] = [0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 5, 5, 6, 7, 8, 9]
        for tear in 0...stream.count {
            var reader = FrameReader(longest: 100)
            var frames: [[UInt8]] = []
            for part in [stream[..<tear], stream[tear...]] {
                reader.append(part)
                while case .frame(let frame) = reader.next() { frames.append(Array(frame)) }
            }
            #expect(frames == [[1, 2, 3, 4], [5, 6, 7, 8, 9]])
        }
        for impossible: [UInt8] in [[0, 0, 0, 3], [0, 0, 0, 101], [0xFF, 0, 0, 0]] {
            var reader = FrameReader(longest: 100)
            reader.append(impossible[...])
            guard case .impossible = reader.next() else {
                Issue.record("a frame of length \(impossible)")
                continue
            }
        }
    }

    // MARK: Through the relay

    /// A broker behind a relay; the relay ends with the test.
    private final class Relayed {
        let broker: EmbeddedBroker
        let relay: BrokerRelay

        init(_ topics: [(String, Int)]) throws {
            broker = try EmbeddedBroker()
            for (name, partitions) in topics { try broker.createTopic(name, partitions: partitions) }
            relay = try BrokerRelay(port: 0, broker: broker)
        }
        deinit { relay.stop() }

        func connect() throws -> Int32 { try #require(LoopbackSocket.connect(relay.port)) }
    }

    /// What comes until the other side closes, or the first frame where `one` is set.
    private func read(_ descriptor: Int32, one: Bool) -> [UInt8] {
        var time = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let got = Glibc.read(descriptor, &chunk, chunk.count)
            if got < 0 { Issue.record("nothing came for 20 s") }
            guard got > 0 else { return bytes }
            bytes += chunk[..<got]
            guard one, bytes.count >= 4 else { continue }
            let length = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
            if bytes.count >= 4 + length { return bytes }
        }
    }

    @Test func aNewerApiVersionsIsToldToAskAgain() throws {
        let relayed = try Relayed([])
        let client = try relayed.connect()
        defer { close(client) }
        // ApiVersions 3, correlation 77, client id "j".
        let request: [UInt8] = [0, 0, 0, 11, 0, 18, 0, 3, 0, 0, 0, 77, 0, 1, 0x6A]
        #expect(request.withUnsafeBytes { write(client, $0.baseAddress!, $0.count) } == request.count)
        #expect(read(client, one: true) == [0, 0, 0, 10, 0, 0, 0, 77, 0, 35, 0, 0, 0, 0])
        let again: [UInt8] = [0, 0, 0, 11, 0, 18, 0, 0, 0, 0, 0, 78, 0, 1, 0x6A]
        #expect(again.withUnsafeBytes { write(client, $0.baseAddress!, $0.count) } == again.count)
        #expect(read(client, one: true)[4..<10] == [0, 0, 0, 78, 0, 0])
    }

    @Test func garbageEndsItsOwnConnectionOnly() throws {
        let relayed = try Relayed([("questions", 2)])
        var random = Draws(seed: 4, repeat: 0).stream(.jitter, question: 0)
        for _ in 0..<20 {
            let client = try relayed.connect()
            // A length that no frame has, or a frame that is no request.
            let garbage = [UInt8](repeating: 0, count: 3).map { _ in UInt8.random(in: 2...255, using: &random) }
                + (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = garbage.withUnsafeBytes { write(client, $0.baseAddress!, $0.count) }
            #expect(read(client, one: false) == [])
            close(client)
        }
        let admin = try Admin(bootstrapServers: relayed.relay.bootstrapServers)
        #expect(try admin.topics() == ["questions": 2])
    }

    @Test func aPortThatIsTakenIsNamed() throws {
        let relayed = try Relayed([])
        #expect {
            _ = try BrokerRelay(port: relayed.relay.port, broker: relayed.broker)
        } throws: { ($0 as? KafkaProblem)?.text.contains("127.0.0.1:\(relayed.relay.port)") == true }
    }

    @Test func messagesPassInBothDirectionsAndTheBrokerMayGoAwayForAWhile() throws {
        let relayed = try Relayed([("questions", 3)])
        let producer = try Producer(bootstrapServers: relayed.relay.bootstrapServers, profile: .embedded)
        let topic = producer.topic("questions", partitions: 3)
        let consumer = try Consumer(
            bootstrapServers: relayed.relay.bootstrapServers, profile: .embedded, group: "g", topics: [("questions", 3)],
            membership: .fixed(replica: 0, of: 1))
        var values: [Int: Int] = [:]
        for number in 0..<3000 {
            if number == 1000 { relayed.broker.setDown() }
            if number == 2000 { relayed.broker.setUp() }
            producer.send(topic, "key \(number)", Array("\(number) \(String(repeating: "x", count: 500))".utf8))
        }
        try until("all 3000 are read") {
            producer.poll { #expect($0.problem == nil) }
            consumer.consumeBatch(max: 1000, timeoutMilliseconds: 5) { record in
                values[Int(String(decoding: record.value, as: UTF8.self).split(separator: " ")[0])!, default: 0] += 1
            }
            return values.count == 3000
        }
        // What the broker took and could not acknowledge is sent again, and the mock cluster does not tell it apart.
        #expect(Set(values.keys) == Set(0..<3000))
    }

    /// Debian's kcat, as a group of two: both get a part, and when one goes the other takes over.
    @Test func kcatProducesConsumesAndFormsAGroupOfTwo() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/kcat") else {
            print("kcat is not installed: skipped (apt-get install kcat)")
            return
        }
        let relayed = try Relayed([("questions", 4)])
        let common = ["-b", relayed.relay.bootstrapServers, "-G", "readers", "-u", "-f", "%p %s\\n", "-X", "session.timeout.ms=6000",
                      "-X", "heartbeat.interval.ms=500", "-X", "auto.offset.reset=earliest", "-X", "fetch.wait.max.ms=5"]
        // The first leaves in order when it has read so many.
        let members = try [Kcat(common + ["-c", "1000", "questions"]), Kcat(common + ["questions"])]
        defer { for member in members { member.process.end() } }
        var number = 0
        func produce(_ count: Int) throws {
            let lines = (0..<count).map { "key \(number + $0):message \(number + $0)\n" }.joined()
            number += count
            let producer = try Kcat(["-b", relayed.relay.bootstrapServers, "-P", "-t", "questions", "-K", ":", "-l"], input: lines)
            #expect(producer.process.wait() == 0)
        }
        try until(seconds: 60, "each member has two partitions") { members.allSatisfy { $0.partitions == 2 } }
        try produce(400)
        try until(seconds: 60, "all 400 are read") { members.reduce(0) { $0 + $1.lines.count } >= 400 }
        let shares = members.map { member in Set(member.lines.map { $0.prefix(1) }) }
        #expect(shares.allSatisfy { $0.count == 2 } && shares[0].isDisjoint(with: shares[1]))
        try until(seconds: 60, "the first leaves") {
            try produce(500)
            return !members[0].process.isRunning
        }
        let before = members[1].lines.count
        try until(seconds: 60, "the other reads all four") {
            try produce(20)
            return Set(members[1].lines.dropFirst(before).map { $0.prefix(1) }).count == 4
        }
        try until(seconds: 60, "nothing is missing") {
            let read = Set(members.flatMap(\.lines).compactMap { line in line.split(separator: " ").last.flatMap { Int($0) } })
            return read == Set(0..<number)
        }
    }
}

/// A running kcat and the lines that it has written.
private final class Kcat {
    let process: Command
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-kcat-\(UUID().uuidString)")

    /// - Parameter input: written into a file whose name becomes the last argument.
    init(_ arguments: [String], input: String? = nil) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var arguments = arguments
        if let input {
            let file = folder.appendingPathComponent("in")
            try input.write(to: file, atomically: false, encoding: .utf8)
            arguments.append(file.path)
        }
        process = try Command(
            "/usr/bin/kcat", arguments, output: folder.appendingPathComponent("out").path, errors: folder.appendingPathComponent("err").path)
    }

    deinit {
        process.end()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Whole lines only.
    var lines: [String] { wholeLines("out") }

    /// How many partitions the group gave it last, as it says itself.
    var partitions: Int {
        guard let line = wholeLines("err").last(where: { $0.contains("rebalanced") }), let assigned = line.components(separatedBy: "assigned: ").dropFirst().first
        else { return 0 }
        return assigned.components(separatedBy: ", ").count
    }

    private func wholeLines(_ file: String) -> [String] {
        let text = (try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)) ?? ""
        return text.components(separatedBy: "\n").dropLast()
    }
}
