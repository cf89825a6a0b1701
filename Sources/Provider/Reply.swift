import Workload

/// What becomes of one call to the provider: all of it is decided when the call begins.
package struct Reply: Sendable, BitwiseCopyable, Equatable {
    /// HTTP status; 200 for an answer.
    package var status: Int
    package var completesAt: Instant
    /// What a refusal asks to wait, in whole seconds as in the header; −1 where it says nothing.
    package var retryAfter: Nanoseconds
    /// Tokens billed; 0 unless there is an answer.
    package var promptTokens: Int
    package var completionTokens: Int
    /// The score that this generation's answer is to have; not a number unless there is an answer.
    package var quality: Double
    /// Whether the call occupies the provider until `completesAt`: it was admitted, not refused.
    package var holdsSlot: Bool
    /// The fault by which no reply comes that could be used; nil where there is a status.
    package var fault: Fault.Kind?

    @inlinable package var isAnswer: Bool { status == 200 }
}
