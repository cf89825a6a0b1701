import Measurement
import Testing
import Workload

@testable import Reporting

/// Points whose figures are made up, so that it is known where more workers stop paying.
@Suite struct WorkersThatPayTests {
    /// A result with a 95th percentile and a number of answers in ten seconds.
    private func result(_ swept: [(String, String)], point: Int, repeat number: Int, p95: Double, answers: Int) -> RunResult {
        var recorder = RunRecorder(.init(threshold: 0, callCapacity: 1))
        let identity = RunIdentity(
            scenario: "made-up", seed: 1, mode: .simulated, point: point, replication: number, swept: swept.map { .init(key: $0.0, value: $0.1) })
        for question in 0...answers {
            let at = Instant(nanoseconds: Int64(question) * 10_000_000_000 / Int64(answers))
            recorder.asked(UInt64(question), intendedAt: at)
            var row = QuestionRow(inFlight: UInt64(question), key: 1, intendedAt: at)
            row.outcome = .accepted
            row.latency = Int64(p95 * 1e6)
            recorder.settled(row, at: at)
        }
        return recorder.finish(at: Instant(nanoseconds: 20_000_000_000), identity: identity)
    }

    /// - Parameter points: workers, judges, and p95 in ms by repeat.
    private func report(_ points: [(workers: Int, judges: Int, p95: [Double], answers: Int)]) -> Report {
        let keys = ["pipeline.workers.llm", "pipeline.workers.judge"]
        let results = points.enumerated().flatMap { index, point in
            point.p95.enumerated().map { number, p95 in
                result([(keys[0], "\(point.workers)"), (keys[1], "\(point.judges)")], point: index, repeat: number, p95: p95, answers: point.answers)
            }
        }
        return Report(plan: RunPlan(scenario: "made-up", seed: 1, mode: .simulated, sweptKeys: keys, repeats: points[0].p95.count), results: results)
    }

    @Test func theSmallestNumberThatIsShownToBeEnough() {
        let pay = WorkersThatPay(report([
            (1, 2, [1000, 1020, 980], 100), (2, 2, [500, 510, 490], 100), (4, 2, [490, 499.8, 480.2], 100), (8, 2, [485, 494.7, 475.3], 100),
            (4, 1, [800, 820, 810], 100),
        ]))
        #expect(pay.lines.map(\.what) == ["LLM workers", "judges"])
        #expect(pay.lines[0].steps.map(\.value) == ["1", "2", "4", "8"])
        #expect(pay.lines[0].steps.map(\.answer) == [.fallsShort, .enough, .enough, .enough])
        #expect(pay.lines[0].enough == 1)
        #expect(pay.sentences[0].hasPrefix("2 LLM workers are enough at judge 2: from 1 to 2, the 95th percentile of the latency falls by 50.0 %"), "\(pay.sentences[0])")
        #expect(pay.sentences[0].contains("from 2 to 4, the 95th percentile of the latency falls by 2.0 %"))
        #expect(pay.lines[1].place == "llm 4" && pay.lines[1].steps.map(\.answer) == [.fallsShort, .enough])
        #expect(pay.sentences[1].hasPrefix("More judges pay up to the most that were tried at llm 4: from 1 to 2, the 95th percentile of the latency falls by"))
    }

    /// Twice as many that bring 30 % in one repeat and nothing in another prove nothing.
    @Test func noiseDecidesNothing() {
        let pay = WorkersThatPay(report([(1, 1, [1000, 1000, 1000], 100), (2, 1, [700, 1010, 860], 100)]))
        #expect(pay.lines[0].steps.map(\.answer) == [.undecided, .enough] && pay.lines[0].enough == nil)
        #expect(pay.sentences[0].hasPrefix("Whether 1 LLM workers are enough, these repeats do not tell, but more repeats would: from 1 to 2, the 95th percentile of the latency falls by 14.3 % ("), "\(pay.sentences[0])")
    }

    /// Where latency says nothing, throughput does.
    @Test func throughputPays() {
        let pay = WorkersThatPay(report([(1, 1, [1000, 1001, 1002], 100), (2, 1, [1000, 1001, 1002], 150), (3, 1, [1000, 1001, 1002], 151)]))
        #expect(pay.lines[0].steps.map(\.answer) == [.fallsShort, .enough, .enough])
        #expect(pay.sentences[0].contains("from 1 to 2, the 95th percentile of the latency stays as it is and the throughput rises by 50.0 %"), "\(pay.sentences[0])")
    }

    @Test func aSingleRepeatIsTakenAsItIs() {
        let pay = WorkersThatPay(report([(1, 1, [1000], 100), (2, 1, [500], 100), (3, 1, [499], 100)]))
        #expect(pay.lines[0].steps.map(\.answer) == [.fallsShort, .enough, .enough])
    }

    /// Keys of one zipped group are one line's axis.
    @Test func keysThatVaryTogetherAreTakenTogether() {
        let pay = WorkersThatPay(report([(1, 1, [1000, 1001], 100), (2, 2, [500, 501], 100), (4, 4, [499, 500], 100)]))
        #expect(pay.lines.map(\.place) == [""] && pay.lines[0].what == "LLM workers and judges" && pay.lines[0].steps.count == 3)
        #expect(pay.sentences.count == 1 && pay.sentences[0].hasPrefix("2 LLM workers with 2 judges are enough: from 1 with 1 to 2 with 2, the 95th"), "\(pay.sentences)")
    }
}
