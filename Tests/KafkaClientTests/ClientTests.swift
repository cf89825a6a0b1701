import Foundation
import TestServers
import Testing
import Workload

@testable import KafkaClient

@Suite struct ClientTests {
    @Test func messagesArriveWithTheirBytesAndEveryOneIsAcknowledged() throws {
        let bench = try Bench()
        let producer = try bench.producer()
        let topic = producer.topic(bench.topic, partitions: bench.partitions)
        var values: [String: [UInt8]] = [
            "nul": [1, 0, 2, 0], "empty": [], "large": [UInt8](repeating: 7, count: 1_000_000), "": [9],
        ]
        for (token, key) in values.keys.sorted().enumerated() {
            #expect(producer.send(topic, key, values[key]!, token: UInt64(token + 1)) == .queued)
        }
        var tokens: Set<UInt64> = []
        let open = producer.flush(timeoutMilliseconds: 10_000) { delivery in
            #expect(delivery.problem == nil)
            tokens.insert(delivery.token)
        }
        #expect(open == 0)
        #expect(tokens == [1, 2, 3, 4])

        try bench.consumer().read(4) { record in
            let key = String(decoding: record.key, as: UTF8.self)
            #expect(record.partition == Partitioner.partition(of: record.key, count: bench.partitions))
            #expect(values.removeValue(forKey: key)?.elementsEqual(record.value) == true)
        }
        #expect(values.isEmpty)
        #expect(bench.broker.retention.reconcile() == .ok)
    }

    @Test func aMessageThatIsTooLargeIsRefusedByName() throws {
        let bench = try Bench()
        let producer = try bench.producer()
        let topic = producer.topic(bench.topic, partitions: bench.partitions)
        guard case .refused(let problem) = producer.send(topic, "k", [UInt8](repeating: 0, count: 5_000_000)) else {
            Issue.record("a message of 5 MB was taken")
            return
        }
        #expect(problem.name == "MSG_SIZE_TOO_LARGE")
        #expect(bench.broker.retention.reconcile() == .ok)
    }

    @Test func messagesThatWaitForCompanyGoWhenTheyAreReleased() throws {
        let bench = try Bench()
        let producer = try Producer(bootstrapServers: bench.broker.bootstrapServers, profile: .embeddedBusy)
        let topic = producer.topic(bench.topic, partitions: bench.partitions)
        #expect(producer.nextRelease == nil)
        for number in 1...100 { #expect(producer.send(topic, "key \(number)", [1], token: UInt64(number)) == .queued) }
        #expect(producer.nextRelease != nil)
        var tokens: Set<UInt64> = []
        // One is enough as a rule; a thread that the machine leaves waiting may need more.
        for _ in 0..<20 where producer.nextRelease != nil {
            producer.release(timeoutMilliseconds: 1000) { tokens.insert($0.token) }
        }
        #expect(tokens == Set(1...100))
        #expect(producer.nextRelease == nil)
        #expect(producer.outstanding == 0)
    }

    @Test func readingGoesOnAtTheCommittedOffset() throws {
        let bench = try Bench(partitions: 1)
        let producer = try bench.producer()
        let topic = producer.topic(bench.topic, partitions: 1)
        for number in 0..<10 { producer.send(topic, "k", [UInt8(number)]) }
        #expect(producer.flush(timeoutMilliseconds: 10_000) { _ in } == 0)
        do {
            let consumer = try bench.consumer()
            var seen: [UInt8] = []
            try consumer.read(10) { seen.append($0.value[0]) }
            #expect(seen == Array(0..<10))
            #expect(consumer.position.map(\.offset) == [10])
            #expect(consumer.commit([PartitionOffset(topic: bench.topic, partition: 0, offset: 4)], wait: true) == nil)
            consumer.abandon()
        }
        let consumer = try bench.consumer()
        #expect(try consumer.committed([PartitionOffset(topic: bench.topic, partition: 0)]).get().map(\.offset) == [4])
        var seen: [UInt8] = []
        try consumer.read(6) { seen.append($0.value[0]) }
        #expect(seen == Array(4..<10))
        #expect(try consumer.watermarks(topic: bench.topic, partition: 0).get() == (0, 10))
        #expect(bench.broker.retention.reconcile() == .ok)
    }

    @Test func aPausedPartitionWaitsAndLosesNothing() throws {
        let bench = try Bench(partitions: 2)
        let producer = try bench.producer()
        let topic = producer.topic(bench.topic, partitions: 2)
        let consumer = try bench.consumer()
        let all = [0, 1].map { PartitionOffset(topic: bench.topic, partition: $0) }
        consumer.pause([all[0]])
        for number in 0..<100 { producer.send(topic, "key \(number)", []) }
        #expect(producer.flush(timeoutMilliseconds: 10_000) { _ in } == 0)
        let high = try consumer.watermarks(topic: bench.topic, partition: 1).get().high
        var partitions: Set<Int32> = []
        try consumer.read(Int(high)) { partitions.insert($0.partition) }
        #expect(partitions == [1])
        consumer.resume([all[0]])
        try consumer.read(100 - Int(high)) { partitions.insert($0.partition) }
        #expect(bench.broker.retention.reconcile() == .ok)
    }

    @Test func twoMembersShareAndOneTakesOverWhatTheOtherDidNotCommit() throws {
        let bench = try Bench(partitions: 4)
        let producer = try bench.producer()
        let topic = producer.topic(bench.topic, partitions: 4)
        let first = try bench.consumer(membership: .subscribe)
        var second: Consumer? = try bench.consumer(membership: .subscribe)
        var shares = [Set<Int32>(), Set<Int32>()]
        try until("both have two partitions") {
            for (index, consumer) in [first, second!].enumerated() {
                consumer.consumeBatch(max: 10, timeoutMilliseconds: 5) { _ in }
                for change in consumer.takeRebalances() {
                    guard case .assigned(let partitions) = change else { continue }
                    shares[index] = Set(partitions.map(\.partition))
                }
            }
            return shares[0].count == 2 && shares[1].count == 2
        }
        #expect(shares[0].isDisjoint(with: shares[1]))

        for number in 0..<200 { producer.send(topic, "key \(number)", [UInt8(number)]) }
        #expect(producer.flush(timeoutMilliseconds: 10_000) { _ in } == 0)
        var values: Set<UInt8> = []
        var secondRead = 0
        try until("all 200 are read") {
            first.consumeBatch(max: 100, timeoutMilliseconds: 5) { values.insert($0.value[0]) }
            secondRead += second!.consumeBatch(max: 100, timeoutMilliseconds: 5) { values.insert($0.value[0]) }
            return values.count == 200
        }
        // The second commits nothing; closing hands its partitions over at once.
        second!.close()
        second = nil
        var again = 0
        try until("the first reads what the second did not commit") {
            again += first.consumeBatch(max: 100, timeoutMilliseconds: 5) { record in
                if shares[1].contains(record.partition) { values.remove(record.value[0]) }
            }
            return values.count == 200 - secondRead
        }
        #expect(bench.broker.retention.reconcile() == .ok)
    }

    @Test func aBrokerThatIsDownForAWhileCostsNoMessage() throws {
        let bench = try Bench(partitions: 2)
        let producer = try bench.producer()
        let topic = producer.topic(bench.topic, partitions: 2)
        let consumer = try bench.consumer()
        var values: [Int: Int] = [:]
        var delivered = 0
        func read() {
            consumer.consumeBatch(max: 1000, timeoutMilliseconds: 5) { record in
                values[Int(String(decoding: record.value, as: UTF8.self))!, default: 0] += 1
            }
        }
        for number in 0..<3000 {
            if number == 1000 { bench.broker.setDown() }
            if number == 2000 { bench.broker.setUp() }
            #expect(producer.send(topic, "key \(number)", Array(String(number).utf8)) == .queued)
            if number % 100 == 0 {
                producer.poll { _ in delivered += 1 }
                read()
            }
        }
        try until("everything is delivered and read") {
            producer.poll { delivery in
                #expect(delivery.problem == nil)
                delivered += 1
            }
            read()
            return delivered == 3000 && values.count == 3000
        }
        // What the broker took and could not acknowledge is sent again, and the mock cluster does not tell it apart.
        #expect(Set(values.keys) == Set(0..<3000))
        #expect(bench.broker.retention.reconcile() == .ok)
    }

    @Test func aServerThatIsNotThereIsNamed() throws {
        #expect {
            _ = try Admin(bootstrapServers: "127.0.0.1:1", timeoutMilliseconds: 300).createTopics([("t", 1)])
        } throws: { error in
            let problem = error as? KafkaProblem
            return problem?.reason == .serverMissing && problem?.text.contains("127.0.0.1:1") == true
        }
    }

    @Test func topicsAreListedAndAPresentOneMustFit() throws {
        let bench = try Bench(partitions: 3)
        let admin = try Admin(bootstrapServers: bench.broker.bootstrapServers)
        #expect(try admin.topics() == ["questions": 3])
        try admin.createTopics([("questions", 3)])
        #expect(throws: KafkaProblem.self) { try admin.createTopics([("questions", 5)]) }
    }

    @Test func anUnknownSettingIsNamed() throws {
        var profile = BrokerProfile.embedded
        profile.producer.append(("linger", "0"))
        #expect {
            _ = try Producer(bootstrapServers: "127.0.0.1:1", profile: profile)
        } throws: { ($0 as? KafkaProblem)?.text.contains("linger=0") == true }
    }

    /// Values from Kafka's own UtilsTest.testMurmur2.
    @Test(arguments: [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ])
    func partitionsAreThoseOfKafkasJavaClient(key: String, hash: Int) {
        let bytes = Array(key.utf8)
        #expect(Int32(bitPattern: bytes.withUnsafeBytes { Partitioner.murmur2($0) }) == Int32(hash))
    }

    /// Debian's kcat is another program with another client: it must be able to look in.
    @Test func kcatListsAndReads() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/kcat") else {
            print("kcat is not installed: skipped (apt-get install kcat)")
            return
        }
        let bench = try Bench(partitions: 2)
        let producer = try bench.producer()
        let topic = producer.topic(bench.topic, partitions: 2)
        producer.send(topic, "key", Array("hello from Crisol".utf8))
        #expect(producer.flush(timeoutMilliseconds: 10_000) { _ in } == 0)
        func kcat(_ arguments: [String]) throws -> String {
            try Command.run("/usr/bin/kcat", ["-b", bench.broker.bootstrapServers] + arguments).output
        }
        #expect(try kcat(["-L"]).contains("topic \"questions\" with 2 partitions"))
        #expect(try kcat(["-C", "-t", "questions", "-e", "-q", "-f", "%k=%s\n"]) == "key=hello from Crisol\n")
    }
}
