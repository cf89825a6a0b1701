import Foundation
import Testing

@testable import crisol

@Suite struct VerifyCommandTests {
    /// Whoever runs a thousand scenarios must learn which one a trap was in.
    @Test func aTrapTellsWhatWasUnderWay() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            LastWords.watch()
            LastWords.are("scenario 17 ended the process\n")
            preconditionFailure("a bug")
        }
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("scenario 17 ended the process"))
    }

    @Test func nothingIsToldWhereNothingWasUnderWay() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            LastWords.watch()
            LastWords.are("scenario 17 ended the process\n")
            LastWords.are("")
            preconditionFailure("a bug")
        }
        #expect(!String(decoding: result.standardErrorContent, as: UTF8.self).contains("scenario 17"))
    }

    /// With several threads at work, the words are those of the one that trapped.
    @Test func theThreadThatTrappedHasTheLastWord() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            LastWords.watch()
            LastWords.are("scenario 17 ended the process\n")
            Thread {
                LastWords.are("scenario 18 ended the process\n", speaker: 1)
                preconditionFailure("a bug")
            }.start()
            while true { pause() }
        }
        let told = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(told.contains("scenario 18 ended the process"))
        #expect(!told.contains("scenario 17"))
    }

    /// Whichever thread is done first, findings are told in the order of the scenarios' numbers.
    @Test(arguments: [false, true]) func findingsKeepTheirOrder(isInterrupted: Bool) async throws {
        let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) { [isInterrupted] in
            let verification = Verification(first: 5, count: 200)
            var batches: [Range<UInt64>] = []
            while let batch = verification.take() { batches.append(batch) }
            // An interrupted run never gives its first batch back.
            for batch in batches.dropFirst(isInterrupted ? 1 : 0).reversed() {
                for _ in batch { verification.isDone(broken: true) }
                #expect(verification.give(batch.map { "scenario \($0)\n" }, of: batch))
            }
            let counts = try verification.finish()
            #expect(counts.done == counts.broken && counts.done == (isInterrupted ? 200 - UInt64(batches[0].count) : 200))
        }
        let told = String(decoding: result.standardOutputContent, as: UTF8.self).split(separator: "\n").compactMap { line in
            line.hasPrefix("scenario ") ? UInt64(line.dropFirst(9)) : nil
        }
        #expect(told == Array((isInterrupted ? 37 : 5)..<205))
    }
}
