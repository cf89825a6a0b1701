import Pipeline
import Workload

extension Wire {
    /// Reads a message that was kept until `notBefore`, as `encode` wrote it.
    ///
    /// Scenario time counts from the run's start, and whoever kept the message may have gone by another one: a service that
    /// is started again by hand goes by its own. Then the wall clock tells when the wait ends, to the millisecond.
    func decodeKept(_ body: [UInt8]) throws(WireError) -> Envelope<LiveTexts> {
        var message = try decode(body)
        let value = try WireReader.reading(body) { reader throws(WireError) in
            reader.skipSpace()
            return try reader.value()
        }
        guard case .object(let fields) = value, case .string(let text)? = fields.first(where: { $0.name == "not_before" })?.value,
            let unix = UTC.unixNanoseconds(of: Array(text.utf8)[...])
        else { return message }
        let moment = scenario(unixNanoseconds: unix)
        let (ahead, overflow) = moment.nanoseconds.subtractingReportingOverflow(message.notBefore.nanoseconds)
        // What the text leaves out is no other start.
        guard overflow || ahead.magnitude > UInt64(max(1, timeScale) * 2e6) else { return message }
        message.notBefore = moment
        message.waitingSince = Instant(nanoseconds: message.waitingSince.nanoseconds &+ ahead)
        return message
    }
}
