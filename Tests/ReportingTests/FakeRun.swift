import Measurement
import Pipeline
import Workload
@testable import Reporting

/// Made-up runs that look like real ones: only to have something to report.
enum FakeRun {
    struct Shape {
        var hitRatio = 0.35
        var threshold = 0.2
        var seconds = 60
        var rate = 50
        var faults: [RunPlan.FaultWindow] = []
        var warmup = Instant.zero
        var deadLetters = true
    }

    static func result(
        _ identity: RunIdentity, _ character: Shape = Shape(), sink: QuestionSink? = nil, invalid: [String] = [], lose: Int = 0
    ) -> RunResult {
        var random = Random(state: identity.seed &* 7919 &+ UInt64(identity.replication) &* 104_729 &+ 17)
        var recorder = RunRecorder(.init(
            warmup: character.warmup, threshold: character.threshold, callCapacity: 64, price: .init(prompt: 0.15, completion: 0.6), sink: sink))
        var events: [(at: Int64, apply: (inout RunRecorder) -> Void)] = []
        func at(_ moment: Int64, _ apply: @escaping (inout RunRecorder) -> Void) { events.append((moment, apply)) }

        let count = character.seconds * character.rate
        var arrival: Int64 = 0
        for question in 0..<UInt64(count) {
            arrival += Int64(2e9 / Double(character.rate) * random.next())
            let intended = Instant(nanoseconds: arrival)
            at(arrival) { $0.asked(question, intendedAt: intended) }
            if question < UInt64(lose) { continue }
            var row = QuestionRow(inFlight: question, key: question % 977 &* 0x9E37_79B9_7F4A_7C15, intendedAt: intended)
            if random.next() < character.hitRatio {
                row.outcome = random.next() < 0.15 ? .coalesced : .cacheHit
                row.latency = row.outcome == .cacheHit ? 40_000 : Int64(4e8 * random.next())
                let settled = row
                at(arrival + row.latency) { $0.settled(settled, at: Instant(nanoseconds: arrivalOf(settled))) }
                continue
            }
            var now = arrival + Int64(2e6 * random.next())
            var generation: UInt16 = 0, retries: UInt16 = 0
            row.finalScore = .nan
            while true {
                let isFaulty = character.faults.contains { $0.from.nanoseconds <= now && now < $0.until.nanoseconds } && random.next() < 0.6
                let start = now
                let isRetry = retries > 0
                at(start) { $0.callStarted(isRetry: isRetry, intendedAt: intended, at: Instant(nanoseconds: start)) }
                let span = isFaulty ? 20_000_000 : Int64(3e8 + 9e8 * random.next() * random.next() * (1 + 3 * random.next() * random.next()))
                now += span
                row.providerTime += span
                let end = now, number = generation
                at(end) {
                    $0.callEnded(
                        isFaulty ? .overload : .none, generation: number, intendedAt: intended, promptTokens: isFaulty ? 0 : 40,
                        completionTokens: isFaulty ? 0 : 120, at: Instant(nanoseconds: end))
                }
                if isFaulty {
                    if retries == 3 {
                        row.outcome = .deadLetterOverload
                        break
                    }
                    let wait = Int64(2e9) << Int64(retries)
                    retries += 1
                    row.overloadRetries += 1
                    row.backoffTime += wait
                    at(end) { $0.waitStarted(at: Instant(nanoseconds: end)) }
                    now += wait
                    let due = now
                    at(due) { $0.waitEnded(at: Instant(nanoseconds: due)) }
                    continue
                }
                row.generations += 1
                let score = min(1, max(0, 0.17 + 0.25 * (random.next() + random.next() - 1)))
                if row.generations == 1 { row.firstScore = score }
                row.finalScore = row.finalScore.isNaN ? score : max(row.finalScore, score)
                at(end) { $0.scored(score, at: Instant(nanoseconds: end)) }
                if score >= character.threshold {
                    row.outcome = .accepted
                    break
                }
                generation += 1
                retries = 0
                if generation > 3 {
                    row.outcome = character.deadLetters ? .deadLetterScore : .acceptedBestEffort
                    break
                }
            }
            row.storageTime = 1_000_000
            row.latency = now + 1_000_000 - arrival
            let settled = row
            at(now + 1_000_000) { $0.settled(settled, at: Instant(nanoseconds: arrivalOf(settled))) }
        }
        for (_, event) in events.enumerated().sorted(by: { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }) { event.apply(&recorder) }
        return recorder.finish(at: Instant(nanoseconds: events.map(\.at).max() ?? 0), identity: identity, invalid: invalid)
    }

    private static func arrivalOf(_ row: QuestionRow) -> Int64 { row.intendedAt.nanoseconds + row.latency }

    struct Random {
        var state: UInt64
        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
    }

    static let record = RunRecord(
        version: "0.1", commit: "abc1234", commandLine: ["crisol", "run", "quickstart.yaml"], startedAt: 1_735_689_600_000_000_000,
        endedAt: 1_735_689_601_500_000_000)
}
