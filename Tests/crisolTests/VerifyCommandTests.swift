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
}
