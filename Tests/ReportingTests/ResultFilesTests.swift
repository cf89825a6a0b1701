import Measurement
import Pipeline
import Testing
import Workload
@testable import Reporting

@Suite struct ResultFilesTests {
    private func text(_ write: (inout [UInt8]) -> Void) -> String {
        var bytes: [UInt8] = []
        write(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func cellsAreQuotedAsRFC4180Says() {
        #expect(text { $0.cell("plain") } == "plain")
        #expect(text { $0.cell("a,b") } == "\"a,b\"")
        #expect(text { $0.cell("say \"hi\"\nplease") } == "\"say \"\"hi\"\"\nplease\"")
        #expect(text { $0.cell("ñandú €") } == "ñandú €")
    }

    @Test func numbersReadBackAsTheyWere() {
        #expect(text { $0.cell(-12) } == "-12")
        #expect(text { $0.cell(Int.min) } == "-9223372036854775808")
        #expect(text { $0.cell(Double.nan) } == "")
        #expect(text { $0.cell(3.0) } == "3")
        #expect(text { $0.cell(-0.25) } == "-0.25")
        #expect(text { $0.cell(1.0 / 3) } == "0.3333333333333333")
        #expect(text { $0.cell(1e-7) } == "1e-07")
        #expect(text { $0.milliseconds(0) } == "0")
        #expect(text { $0.milliseconds(-1) } == "")
        #expect(text { $0.milliseconds(1_500_000) } == "1.5")
        #expect(text { $0.milliseconds(1) } == "0.000001")
        #expect(text { $0.milliseconds(12_345_678_901) } == "12345.678901")
        #expect(text { $0.hexadecimal(0xAB) } == "00000000000000ab")
        #expect(text { $0.digits(7, atLeast: 9) } == "000000007")
        #expect(text { $0.digits(.max, atLeast: 9) } == "18446744073709551615")
        #expect(text { $0.digits(0, atLeast: 1) } == "0")
    }

    @Test func aQuestionsRow() {
        var row = QuestionRow(inFlight: 17, key: 0xDEAD_BEEF, intendedAt: Instant(nanoseconds: 1_250_000))
        #expect(text { ResultFiles.questionRow(row, place: Array("0,2".utf8), into: &$0) }
            == "0,2,q-000000017,00000000deadbeef,1.25,in_flight,0,0,0,,,,,0,0,0,0,0\n")
        row.outcome = .acceptedBestEffort
        row.generations = 2
        row.overloadRetries = 1
        row.firstScore = 0.125
        row.finalScore = 0.5
        row.latency = 10_000_000
        row.providerTime = 6_000_000
        row.backoffTime = 3_000_000
        row.scoringTime = 250_000
        row.storageTime = 500_000
        #expect(text { ResultFiles.questionRow(row, place: Array("0,2".utf8), into: &$0) }
            == "0,2,q-000000017,00000000deadbeef,1.25,accepted_best_effort,2,1,0,0.125,0.5,10,0.25,6,3,0.25,0.5,0\n")
    }

    /// Three questions, spelt out: a hit, an accepted answer and a dead letter.
    private func smallRun() -> RunResult {
        func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }
        var recorder = RunRecorder(.init(threshold: 0.5, callCapacity: 2, price: .init(prompt: 1, completion: 2)))
        var rows = (0..<3 as Range<UInt64>).map { QuestionRow(inFlight: $0, key: $0, intendedAt: at(Int64($0) * 500)) }
        rows[0].outcome = .accepted
        rows[0].generations = 1
        rows[0].firstScore = 0.75
        rows[0].finalScore = 0.75
        rows[0].latency = 200_000_000
        rows[0].providerTime = 150_000_000
        rows[1].outcome = .cacheHit
        rows[1].latency = 0
        rows[2].outcome = .deadLetterOverload
        rows[2].latency = 100_000_000
        recorder.asked(0, intendedAt: at(0))
        recorder.callStarted(isRetry: false, intendedAt: at(0), at: at(0))
        recorder.callEnded(.none, generation: 0, intendedAt: at(0), promptTokens: 10, completionTokens: 20, at: at(150))
        recorder.scored(0.75, at: at(150))
        recorder.settled(rows[0], at: at(200))
        recorder.asked(1, intendedAt: at(500))
        recorder.settled(rows[1], at: at(500))
        recorder.asked(2, intendedAt: at(1000))
        recorder.callStarted(isRetry: false, intendedAt: at(1000), at: at(1000))
        recorder.callEnded(.overload, generation: 0, intendedAt: at(1000), promptTokens: 0, completionTokens: 0, at: at(1100))
        recorder.settled(rows[2], at: at(1100))
        return recorder.finish(at: at(1100), identity: RunIdentity(
            scenario: "small, but whole", seed: .max, mode: .simulated, point: 0, replication: 0,
            swept: [.init(key: "pipeline.cache.policy", value: "lru")]))
    }

    @Test func summaryToTheByte() {
        let keys = ["pipeline.cache.policy"]
        #expect(ResultFiles.header(ResultFiles.summaryHeader(sweptKeys: keys)).hasPrefix(
            "point,repeat,scenario,seed,mode,pipeline.cache.policy,asked,cache_hit,store_hit,coalesced,accepted,accepted_best_effort,dead_letter_score,"))
        #expect(text { ResultFiles.summaryRow(smallRun(), verdict: .passed, into: &$0) } == """
            0,0,"small, but whole",18446744073709551615,sim,lru,3,1,0,0,1,0,0,1,0,0,0,0,0,\
            0.3333333333333333,0.3333333333333333,2,1,0,0,1,0,0,0,0,0.75,0.75,0,,10,20,5e-05,\
            100,0,200,200,200,200,200,200,200,200,200,200,200,200,100,100,100,100,100,100,100,\
            2,2,0.075,0,0,3,0.6666666666666666,0.3333333333333333,1,0,1,1,0,0.6666666666666666,0.016666666666666666,50,150,0,0,0,2,0,,,\
            0,0,0,0,,,,0,0,0,,,,,,,,0,0,,0,0,0,,0,0,,,,,,,,,,,,,,,,passed

            """)
    }

    @Test func secondsToTheByte() {
        let run = smallRun()
        let rows = text { bytes in
            for (number, second) in run.seconds.enumerated() { ResultFiles.timeseriesRow(second, number: number, of: run, into: &bytes) }
        }
        #expect(rows == """
            0,0,0,2,2,0,1,1,0,0,0,0,0,0,0,0.75,0,200
            0,0,1,1,0,1,0,0,0,1,0,0,0,0,0,,,

            """)
    }

    @Test func latenciesOfEveryPopulation() {
        let lines = text { ResultFiles.latencyRows(smallRun(), into: &$0) }.split(separator: "\n")
        #expect(lines.count == 3 * ResultFiles.percentiles.count)
        #expect(lines.first == "0,0,latency,0,0" && lines.contains("0,0,latency,99.9,200") && lines.last == "0,0,failed,100,100")
    }

    @Test func everyRowHasAsManyCellsAsItsHeader() {
        let point = PointResult(repeats: [smallRun()])
        // The scenario's name holds a comma within quotes.
        let summary = text { ResultFiles.summaryRow(smallRun(), verdict: .passed, into: &$0) }.replacing("small, but whole", with: "small")
        let keys = ["pipeline.cache.policy"]
        #expect(summary.filter { $0 == "," }.count + 1 == ResultFiles.summaryHeader(sweptKeys: keys).count)
        #expect(text { ResultFiles.pointsRow(point, into: &$0) }.filter { $0 == "," }.count + 1 == ResultFiles.pointsHeader(sweptKeys: keys).count)
        #expect(text { ResultFiles.questionRow(QuestionRow(inFlight: 0, key: 0, intendedAt: .zero), place: Array("0,0".utf8), into: &$0) }
            .filter { $0 == "," }.count + 1 == ResultFiles.questionsHeader.count)
        #expect(text { ResultFiles.timeseriesRow(SecondRow(), number: 0, of: smallRun(), into: &$0) }.filter { $0 == "," }.count + 1
            == ResultFiles.timeseriesHeader.count)
    }
}
