import Foundation

/// Starts the run's services, each on a thread of its own or in a process of its own, and can let one crash and start
/// it anew.
///
/// Belongs to the thread that runs the run.
package final class Supervisor {
    private struct Hosted {
        let name: String
        /// What runs there.
        let plans: [ServiceHost.Plan]
        let launch: () -> HostControl
        var control: HostControl
    }

    private let gauges: Gauges
    private var hosted: [Hosted] = []
    private var hasProcesses = false

    init(_ gauges: Gauges) { self.gauges = gauges }

    var plans: [ServiceHost.Plan] { hosted.flatMap(\.plans) }

    /// The replicas' names, such as `llm-worker.2`.
    package var names: [String] { hosted.map(\.name) }

    /// Runs a host on a thread.
    func start(_ plan: ServiceHost.Plan, _ context: LiveContext) {
        start(plan.name, [plan]) {
            let control = HostControl()
            let thread = Thread { ServiceHost.run(plan, context, control) }
            thread.name = plan.name
            thread.stackSize = 4 << 20
            thread.start()
            return control
        }
    }

    /// Runs one replica of a service in a process.
    func start(_ child: ChildService, running plans: [ServiceHost.Plan]) {
        hasProcesses = true
        start(child.name, plans) { child.launch() }
    }

    /// Runs what `launch` starts, now and again after it was let die.
    func start(_ name: String, _ plans: [ServiceHost.Plan], _ launch: @escaping () -> HostControl) {
        hosted.append(Hosted(name: name, plans: plans, launch: launch, control: launch()))
    }

    /// Waits until every host reads its topics or has failed.
    func waitUntilReady() {
        for host in hosted { host.control.waitUntilReady() }
    }

    /// Waits for one whose address others need.
    func waitUntilReady(_ name: String) throws {
        let control = host(name).control
        control.waitUntilReady()
        if case .failed(let reason) = control.ended {
            stop()
            throw HostFailure(description: reason)
        }
    }

    /// Starts the run's clock, in all processes before this returns.
    func start(_ clock: LiveClock) {
        guard hasProcesses else { return clock.start() }
        // Ahead, so that it is known everywhere when it comes; set again where a slow machine took longer.
        while true {
            clock.start(in: 200_000_000)
            let number = clock.starts
            while hosted.contains(where: { $0.control.clockStart.load(ordering: .acquiring) < number && $0.control.ended == nil }) {
                LiveClock.sleep(1_000_000)
            }
            if clock.now() < .zero || failure != nil { break }
        }
        LiveClock.sleep(clock.startedAt - LiveClock.monotonic())
    }

    /// Lets a replica die after so many more steps of its own work (0: at its next, see `HostControl.step`): no commit,
    /// no farewell, its state is gone.
    package func crash(_ name: String, afterSteps steps: Int = 0) {
        gauges.crashes.add(1, ordering: .relaxed)
        host(name).control.crash(afterSteps: steps)
    }

    /// Lets a replica die now, whatever it is doing.
    package func kill(_ name: String) {
        gauges.crashes.add(1, ordering: .relaxed)
        host(name).control.kill()
    }

    /// Whether the replica has crashed and not been started again.
    package func hasCrashed(_ name: String) -> Bool { host(name).control.ended == .crashed }

    /// Starts a replica that dies or has died anew, as soon as it is dead, with nothing but what broker and store hold.
    package func restart(_ name: String) {
        guard let index = hosted.firstIndex(where: { $0.name == name }) else { return }
        hosted[index].control.waitUntilFinished()
        hosted[index].control = hosted[index].launch()
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
        guard let found = hosted.first(where: { $0.name == name }) else {
            preconditionFailure("no replica is called \(name); there are \(names.joined(separator: ", "))")
        }
        return found
    }
}
