import Pipeline
import Testing

@testable import Live

@Suite struct WireFrontTests {
    private func front(_ text: String) -> WireFront? { Array(text.utf8).withUnsafeBytes { WireFront($0) } }

    @Test(arguments: Kind.allCases, Outcome.allCases)
    func `the front of what is written tells kind and outcome`(_ kind: Kind, _ outcome: Outcome) {
        var message = Envelope(kind: kind, question: 7, key: 1, payload: LiveTexts(questionID: "q-000000007", question: "?"), intendedAt: .zero)
        message.outcome = outcome
        var writer = WireWriter()
        Wire(runStartedUnixNanoseconds: 0, metric: "jaccard").encode(message, at: .zero, into: &writer)
        let front = writer.withUnsafeBytes { WireFront($0) }
        #expect(front?.kind == kind && front?.outcome == (outcome == .pending ? nil : outcome))
    }

    @Test func `what begins otherwise must be read`() {
        for text in ["", "{", #"{"kind":""#, #"{"kind":"asked"#, #"{"kind": "asked"}"#, #"{"question_id":"x","kind":"asked"}"#, #"{"kind":"askedx"}"#] {
            #expect(front(text) == nil, "\(text)")
        }
        let asked = front(#"{"kind":"asked","outcome":"no such outcome"}"#)
        #expect(asked?.kind == .asked && asked?.outcome == nil)
    }
}
