import Pipeline
import Provider
import Workload

/// What happens when a pending moment comes.
enum Event: BitwiseCopyable {
    /// A message reaches its topic's consumer (only where `simulation.topic_delay` is not zero).
    case delivered(Role, Envelope<SimulatedTexts>)
    /// An LLM call of this worker ends.
    case replied(worker: Int32, Envelope<SimulatedTexts>, Reply, startedAt: Instant)
    /// This judge has scored.
    case scored(judge: Int32, Envelope<SimulatedTexts>, score: Double)
    /// The store has written.
    case stored(Envelope<SimulatedTexts>)
    /// The store has looked a key up.
    case lookedUp(Envelope<SimulatedTexts>, found: Bool)
    /// A retry's wait is over.
    case due(Envelope<SimulatedTexts>)

    /// The question that the event is about.
    var question: Envelope<SimulatedTexts> {
        switch self {
        case .delivered(_, let question), .replied(worker: _, let question, _, startedAt: _), .scored(judge: _, let question, score: _),
            .stored(let question), .lookedUp(let question, found: _), .due(let question):
            question
        }
    }
}

/// Slots for what the pending events carry, so that the event queue moves only 16 bytes each.
struct PendingEvents {
    private var slots: [Event] = []
    private var free: [UInt32] = []

    func forEach(_ body: (Envelope<SimulatedTexts>) -> Void) {
        var isFree = Array(repeating: false, count: slots.count)
        for slot in free { isFree[Int(slot)] = true }
        for slot in slots.indices where !isFree[slot] { body(slots[slot].question) }
    }

    @inline(__always)
    mutating func put(_ event: Event) -> UInt32 {
        if let slot = free.popLast() {
            slots[Int(slot)] = event
            return slot
        }
        precondition(slots.count < EventQueue.maxSlots, "more pending events than an event queue can tell apart")
        slots.append(event)
        return UInt32(slots.count - 1)
    }

    /// Takes an event out. What is left in its slot is overwritten by the next one.
    @inline(__always)
    mutating func take(_ slot: UInt32) -> Event {
        free.append(slot)
        return slots[Int(slot)]
    }
}

/// A first-in first-out queue in a ring that grows. Places that are not in use hold what was there before.
struct Ring<Element: BitwiseCopyable> {
    private var buffer: [Element] = []
    private var head = 0
    private(set) var count = 0

    init() {}

    @inline(__always)
    mutating func append(_ element: Element) {
        if count == buffer.count { grow(element) }
        buffer[(head + count) & (buffer.count - 1)] = element
        count += 1
    }

    @inline(__always)
    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = buffer[head]
        head = (head + 1) & (buffer.count - 1)
        count -= 1
        return element
    }

    func forEach(_ body: (Element) -> Void) {
        for index in 0..<count { body(buffer[(head + index) & (buffer.count - 1)]) }
    }

    /// `element` fills the places that are not in use yet.
    private mutating func grow(_ element: Element) {
        var larger = Array(repeating: element, count: max(16, buffer.count * 2))
        for index in 0..<count { larger[index] = buffer[(head + index) & (buffer.count - 1)] }
        buffer = larger
        head = 0
    }
}
