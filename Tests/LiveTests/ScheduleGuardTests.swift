import Measurement
import Testing
import Workload

@testable import Live

@Suite struct ScheduleGuardTests {
    private func delays(_ milliseconds: [Double]) -> Histogram {
        var histogram = Histogram()
        for delay in milliseconds { histogram.record(Nanoseconds(delay * 1e6)) }
        return histogram
    }

    private func seconds(_ value: Double) -> Instant { Instant(nanoseconds: Nanoseconds(value * 1e9)) }

    @Test func aLoadThatIsReachedIsNoReason() {
        let schedule = ScheduleGuard()
        for second in 1...100 { schedule.sent(intendedAt: seconds(Double(second)), at: seconds(Double(second) + 0.002)) }
        #expect(schedule.reasons(delays: delays(Array(repeating: 2, count: 100)), sent: 100) == [])
    }

    /// One question in a hundred may be late; the 99th percentile is the next one's.
    @Test func latenessAtThe99thPercentileIsAReason() {
        let schedule = ScheduleGuard()
        schedule.sent(intendedAt: seconds(1000), at: seconds(1000.02))
        #expect(schedule.reasons(delays: delays([20] + Array(repeating: 1, count: 99)), sent: 100) == [])
        let reasons = schedule.reasons(delays: delays([20, 20] + Array(repeating: 1, count: 98)), sent: 100)
        #expect(reasons.count == 1)
        #expect(reasons.first?.contains("late at the 99th percentile (limit 10 ms)") == true, "\(reasons)")
    }

    @Test func aRateThatIsNotReachedIsAReason() {
        let schedule = ScheduleGuard()
        // In whatever order threads tell of it.
        schedule.sent(intendedAt: seconds(10), at: seconds(10.2))
        schedule.sent(intendedAt: seconds(9), at: seconds(9.1))
        let reasons = schedule.reasons(delays: delays([1, 1]), sent: 500)
        #expect(reasons == ["the traffic source reached 98.0 % of the rate that was asked for (49.02/s of 50.0/s; at least 99 %): lower the rate or time_scale, or give the machine less to do"])
    }

    @Test func nothingSentIsNoReason() {
        #expect(ScheduleGuard().reasons(delays: Histogram(), sent: 0) == [])
    }
}
