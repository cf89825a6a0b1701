import Provider
import Workload

/// One question to an LLM server.
package struct CallRequest: Sendable, Equatable {
    package var prompt: String
    /// What only a mock is told.
    package var forMock: MockCall?

    package init(prompt: String, forMock: MockCall? = nil) {
        self.prompt = prompt
        self.forMock = forMock
    }
}

/// Which call of a run this is, so that a mock over HTTP draws for it what the model inside the process would.
///
/// Travels as the member `crisol` of the request's body.
package struct MockCall: Sendable, Equatable {
    /// The run's start on the wall clock, nanoseconds since 1970. It names the run, and is its scenario time 0.
    package var runStartedUnixNanoseconds: Int64
    package var seed: UInt64
    package var replication: Int
    package var question: UInt64
    package var generation: Int
    /// LLM calls so far over the question's life.
    package var call: Int
    /// The answer that is known to be right; empty where there is none.
    package var reference: String

    package init(
        runStartedUnixNanoseconds: Int64, seed: UInt64, replication: Int, question: UInt64, generation: Int, call: Int, reference: String
    ) {
        self.runStartedUnixNanoseconds = runStartedUnixNanoseconds
        self.seed = seed
        self.replication = replication
        self.question = question
        self.generation = generation
        self.call = call
        self.reference = reference
    }

    package static let name = "crisol"
    /// What a refusal asks to wait in nanoseconds of scenario time: Retry-After knows whole seconds of real time only.
    package static let retryAfterHeader = "Crisol-Retry-After"

    /// 64-bit numbers travel as texts: a double does not hold them all.
    package var json: JSONValue {
        .object([
            "run": .text(String(runStartedUnixNanoseconds)), "seed": .text(String(seed)), "repeat": .number(Double(replication)),
            "question": .text(String(question)), "generation": .number(Double(generation)), "call": .number(Double(call)),
            "reference": .text(reference),
        ])
    }

    /// Nil where a member is missing or out of range.
    package init?(_ json: JSONValue) {
        guard let run = json["run"]?.text.flatMap({ Int64($0) }), let seed = json["seed"]?.text.flatMap({ UInt64($0) }),
            let replication = json["repeat"]?.integer, (0...1_000_000).contains(replication),
            let question = json["question"]?.text.flatMap({ UInt64($0) }), let generation = json["generation"]?.integer,
            (0...Int(UInt16.max)).contains(generation), let call = json["call"]?.integer, (0...Int(UInt16.max)).contains(call),
            let reference = json["reference"]?.text
        else { return nil }
        self.init(
            runStartedUnixNanoseconds: run, seed: seed, replication: replication, question: question, generation: generation, call: call,
            reference: reference)
    }
}
