import ArgumentParser
import Glibc
import KafkaClient
import Live
import Scenarios

/// `crisol broker`: the embedded broker by itself, for other programs and other processes.
struct BrokerCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "broker",
            abstract: "Run the embedded Kafka broker on a port of your choice, until Ctrl-C.",
            discussion: """
                Everything is kept in memory: of each partition the newest 5 MiB, or 100,000 batches; older messages are dropped. \
                Topics are those of the scenario and of --topic; one that a client asks for and that is not there is made \
                with 4 partitions. Clients in Java are served as well. Listens on 127.0.0.1 only, and writes its address to \
                standard output once it does.
                """)
    }

    @Argument(help: "A scenario whose topics are made.")
    var scenario: String?

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: UInt16 = 9092

    @Option(help: ArgumentHelp("A topic to make; may be repeated.", valueName: "name:partitions"))
    var topic: [NewTopic] = []

    struct NewTopic: ExpressibleByArgument {
        let name: String
        let partitions: Int

        init?(argument: String) {
            let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let partitions = Int(parts[1]), (1...1000).contains(partitions),
                (1...249).contains(parts[0].utf8.count), parts[0] != ".", parts[0] != "..",
                parts[0].utf8.allSatisfy({ byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                    default: false
                    }
                })
            else { return nil }
            (name, self.partitions) = (String(parts[0]), partitions)
        }
    }

    func validate() throws {
        for (index, one) in topic.enumerated() where topic[..<index].contains(where: { $0.name == one.name }) {
            throw ValidationError("--topic \(one.name) is there twice")
        }
    }

    func run() throws {
        Interruption.watch()
        do {
            var topics = topic.map { (name: $0.name, partitions: $0.partitions) }
            if let scenario {
                let file = try ScenarioFile.load(path: scenario, overrides: [], seed: nil, repeats: nil)
                for route in Routes(file.scenario.pipeline).topics where !topics.contains(where: { $0.name == route.name }) {
                    topics.append((route.name, route.partitions))
                }
            }
            let broker = try EmbeddedBroker()
            for topic in topics { try broker.createTopic(topic.name, partitions: topic.partitions) }
            let relay = try BrokerRelay(port: port, broker: broker)
            try Terminal.show("\(relay.bootstrapServers)\n")
            for topic in topics { Terminal.say("topic \(topic.name), \(topic.partitions) partitions") }
            while !Interruption.isAsked { usleep(50_000) }
            relay.stop()
        } catch {
            throw Failure.exit(error)
        }
    }
}
