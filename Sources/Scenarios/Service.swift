/// The services of a pipeline that can be processes of their own, as `crisol serve` names them.
package enum Service: String, CaseIterable, Sendable {
    case storageAPI = "storage-api"
    case cache
    case llmWorker = "llm-worker"
    case retryOverload = "retry-overload"
    case retryQuota = "retry-quota"
    case judge
    case recorder
    case mockLLM = "mock-llm"

    /// Those that a pipeline with the Kafka entry consists of.
    package static let pipeline: [Service] = [.cache, .llmWorker, .retryOverload, .retryQuota, .judge, .recorder]
}
