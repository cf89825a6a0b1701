import Pipeline
import Synchronization
import Workload

/// The pipeline's door as its host's thread and the HTTP threads of the same process share it: one cache, one lock.
///
/// The lock is held for one step of the machine or one look into the cache, some hundred nanoseconds, and never
/// across I/O.
package final class SharedIntake: Sendable {
    private let configuration: IntakeConfiguration
    private let intake: Mutex<Intake<LiveTexts>>

    package init(_ configuration: IntakeConfiguration) {
        self.configuration = configuration
        intake = Mutex(Intake(configuration))
    }

    /// Forgets everything: what a crash of the host costs.
    func restart() { intake.withLock { $0 = Intake(configuration) } }

    func withLock<R>(_ body: (inout Intake<LiveTexts>) -> R) -> R {
        intake.withLock { intake in body(&intake) }
    }

    /// The answer that the cache has, which counts as a hit. A miss changes nothing, so that the question, which then
    /// goes the way of all others, is looked up as if for the first time.
    func cachedAnswer(to key: UInt64, at now: Instant) -> (text: String, score: Double)? {
        intake.withLock { intake in
            intake.cachedAnswer(to: key, at: now).map { ($0.payload.response, $0.score) }
        }
    }

    /// Keeps an answer that was found in the store, as intake does with one that it finds there itself.
    func keep(_ answer: String, score: Double, question: String, questionID: String, for key: UInt64, at now: Instant) {
        let texts = LiveTexts(questionID: questionID, question: question, response: answer)
        intake.withLock { $0.keep(CachedAnswer(payload: texts, score: score), for: key, at: now) }
    }
}
