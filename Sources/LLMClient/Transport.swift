/// What carries requests to a server, and tells `OpenCalls` what becomes of them.
protocol Transport: Sendable {
    /// Posts a request's body.
    func post(_ body: [UInt8], headers: [(name: String, value: String)], as call: Int)
    /// Lets go of a call; does nothing for one that has ended.
    func cancel(_ call: Int)
    /// Lets go of all. No call may be begun afterwards.
    func close()
    /// Why nobody can be reached; nil where somebody is.
    func findServer() -> String?
}
