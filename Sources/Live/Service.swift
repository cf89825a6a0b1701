import KafkaClient
import Pipeline
import Provider
import Scenarios
import Workload

extension Service {
    /// The hosts of one service that a scenario asks for, over all its processes.
    package func hosts(_ pipeline: PipelineConfiguration) -> Int {
        switch self {
        case .llmWorker: pipeline.llmWorkers
        case .judge: pipeline.judges
        case .storageAPI, .cache, .retryOverload, .retryQuota, .recorder, .mockLLM: 1
        }
    }
}

/// Which share of a service one process is.
package struct Replica: Equatable, Sendable {
    package let number: Int
    package let count: Int

    package static let only = Replica(number: 0, of: 1)

    package init(number: Int, of count: Int) {
        precondition(number >= 0 && number < count, "replica \(number) of \(count)")
        self.number = number
        self.count = count
    }
}

extension Service {
    /// What this replica runs: one host, or where the scenario has more workers than processes, its share of them.
    /// - Parameter intake: where others look into the cache of this process's intake.
    func plans(
        _ scenario: Scenario, draws: Draws, replica: Replica = .only, isGroup: Bool = false, intake: SharedIntake? = nil
    ) throws -> [ServiceHost.Plan] {
        let pipeline = scenario.pipeline
        let scoring = scenario.scoring
        let isNumbered = self == .llmWorker || self == .judge
        func plan(
            _ name: String, _ roles: [Role], hosts: Int = replica.count, _ machine: @escaping @Sendable () -> any Machine,
            _ complete: (inout ServiceHost.Plan) -> Void = { _ in }
        ) -> [ServiceHost.Plan] {
            stride(from: replica.number, to: hosts, by: replica.count).map { number in
                let membership: Consumer.Membership = isGroup ? .subscribe : .fixed(replica: number, of: hosts)
                var plan = ServiceHost.Plan(
                    name: hosts == 1 && !isNumbered ? name : "\(name).\(number)", roles: roles, membership: membership, machine: machine)
                complete(&plan)
                return plan
            }
        }
        switch self {
        case .storageAPI, .cache:
            let intake = intake ?? SharedIntake(pipeline.intake.share(of: replica.count))
            return plan("intake", IntakeMachine.roles, { IntakeMachine(intake) }) {
                $0.usesStore = pipeline.intake.storeLookup
                $0.isDoor = true
            }
        case .llmWorker:
            let writer = scoring.isComputedLive ? AnswerWriter(for: try scoring.scorer(over: .load(scenario.traffic.corpus)), draws: draws) : nil
            return plan("llm-worker", LLMWorkerMachine.roles, hosts: max(replica.count, pipeline.llmWorkers), { LLMWorkerMachine(pipeline) }) {
                $0.writer = writer
                $0.answersAgainst = scoring.against
                $0.classify = pipeline.classify
                $0.concurrency = pipeline.concurrency
            }
        case .judge:
            let scorer = try AnswerScorer(scenario, draws: draws)
            return plan(
                "judge", JudgeMachine.roles, hosts: max(replica.count, pipeline.judges), { JudgeMachine(pipeline.acceptance, retry: pipeline.retry, takesTime: scoring.time > 0) }
            ) {
                $0.scorer = scorer
                $0.scoringTime = scoring.time
            }
        case .retryOverload, .retryQuota:
            let isForQuota = self == .retryQuota
            return plan(rawValue, [isForQuota ? .errorsQuota : .errorsOverload], {
                RetryMachine(pipeline.retry, acceptance: pipeline.acceptance, draws: draws, isForQuota: isForQuota)
            }) { $0.usesStore = true }
        case .recorder:
            return plan("recorder", RecorderMachine.roles, { RecorderMachine() }) { $0.usesStore = true }
        case .mockLLM:
            return []
        }
    }
}

extension IntakeConfiguration {
    /// What one of several replicas has: capacities and credits are totals over all of them.
    func share(of replicas: Int) -> IntakeConfiguration {
        guard replicas > 1 else { return self }
        var share = self
        share.cache.capacity = max(1, cache.capacity / replicas)
        share.maxInFlight = max(1, maxInFlight / replicas)
        share.maxInFlightBytes = max(1, maxInFlightBytes / replicas)
        return share
    }
}
