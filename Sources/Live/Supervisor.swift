import Foundation

/// Starts the run's service hosts, each on a thread of its own, and can let one crash and start it anew.
///
/// Belongs to the thread that runs the run.
package final class Supervisor {
    private struct Hosted {
        let plan: ServiceHost.Plan
        var control: HostControl
    }

    private let context: LiveContext
    private var hosted: [Hosted] = []

    init(_ context: LiveContext) { self.context = context }

    var plans: [ServiceHost.Plan] { hosted.map(\.plan) }

    /// The replicas' names, such as `llm-worker.2`.
    package var names: [String] { hosted.map(\.plan.name) }

    func start(_ plan: ServiceHost.Plan) {
        hosted.append(Hosted(plan: plan, control: launch(plan)))
    }

    /// Waits until every host reads its topics or has failed.
    func waitUntilReady() {
        for host in hosted { host.control.waitUntilReady() }
    }

    /// Lets a replica die after so many more steps of its own work (0: at its next, see `HostControl.step`): no commit,
    /// no farewell, its state is gone.
    package func crash(_ name: String, afterSteps steps: Int = 0) {
        context.gauges.crashes.add(1, ordering: .relaxed)
        host(name).control.crash(afterSteps: steps)
    }

    /// Whether the replica has crashed and not been started again.
    package func hasCrashed(_ name: String) -> Bool { host(name).control.ended == .crashed }

    /// Starts a crashed replica anew, with nothing but what broker and store hold.
    package func restart(_ name: String) {
        guard let index = hosted.firstIndex(where: { $0.plan.name == name }) else { return }
        precondition(hosted[index].control.ended != nil, "only a replica that has ended is started anew")
        hosted[index].control.waitUntilFinished()
        hosted[index].control = launch(hosted[index].plan)
    }

    /// The first host that could not go on, in its own words.
    var failure: String? {
        for host in hosted {
            if case .failed(let reason) = host.control.ended { return reason }
        }
        return nil
    }

    /// Ends all hosts in order.
    func stop() {
        for host in hosted { host.control.stop() }
        for host in hosted { host.control.waitUntilFinished() }
    }

    private func host(_ name: String) -> Hosted {
        guard let found = hosted.first(where: { $0.plan.name == name }) else {
            preconditionFailure("no replica is called \(name); there are \(names.joined(separator: ", "))")
        }
        return found
    }

    private func launch(_ plan: ServiceHost.Plan) -> HostControl {
        let control = HostControl()
        let context = context
        let thread = Thread { ServiceHost.run(plan, context, control) }
        thread.name = plan.name
        thread.stackSize = 4 << 20
        thread.start()
        return control
    }
}
