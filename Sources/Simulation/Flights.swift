import Caching
import Pipeline
import Provider
import Workload

/// What happens to a question when its pending moment comes.
enum Event: BitwiseCopyable {
    /// A message reaches its topic's consumer (only where `simulation.topic_delay` is not zero).
    case delivered(Role)
    /// An answer has come through the batches in front of the judge (only where `simulation.batch_delay` is not zero).
    case gathered
    /// The LLM call ends, and gives back the provider's slot where it held one.
    case replied(CallResult, heldSlot: Bool)
    /// The judge has scored.
    case scored(Double)
    /// The store has written.
    case stored
    /// The store has looked the key up.
    case lookedUp(found: Bool)
    /// A retry's wait is over.
    case due
}

/// A question under way. It is in one place at a time: in a topic's queue, at a service, or before a pending moment.
struct Flight: BitwiseCopyable {
    /// What happens at its pending moment, where there is one.
    var event = Event.due
    /// The replicas that read the key's partition.
    var worker: UInt16 = 0
    var judge: UInt16 = 0
    var isUnderWay = true
    var question: Envelope<SimulatedTexts>
}

/// The questions under way, by number: queues, events and effects carry the number, and no message is copied.
struct Flights: ~Copyable {
    /// Whole cache lines for each.
    private static let stride = (MemoryLayout<Flight>.size + 63) & ~63

    // A pointer, since an array tests for uniqueness and bounds at each of the dozens of accesses a question, and begins
    // its elements anywhere in a cache line. Numbers come from `take` only, which stays below `capacity`.
    private var base: UnsafeMutableRawPointer
    private var capacity = 1024
    private var used = 0
    private var free: [UInt32] = []

    init() { base = Self.memory(for: capacity) }

    deinit { base.deallocate() }

    private static func memory(for capacity: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: capacity * stride, alignment: 64)
    }

    /// Where the question with this number is, until the next `take`.
    @inline(__always)
    subscript(number: UInt32) -> UnsafeMutablePointer<Flight> {
        (base + Int(number) &* Self.stride).assumingMemoryBound(to: Flight.self)
    }

    /// Takes a question in.
    @inline(__always)
    mutating func take(_ question: Envelope<SimulatedTexts>) -> UInt32 {
        let number: UInt32
        if let last = free.popLast() {
            number = last
        } else {
            if used == capacity { grow() }
            number = UInt32(used)
            used += 1
        }
        self[number].initialize(to: Flight(question: question))
        return number
    }

    /// The question has ended, or somebody else keeps it; its number is given out again.
    @inline(__always)
    mutating func drop(_ number: UInt32) {
        self[number].pointee.isUnderWay = false
        free.append(number)
    }

    /// Asks for the memory of a question whose turn will soon come.
    @inline(__always)
    func prefetch(_ number: UInt32) {
        let flight = base + Int(number) &* Self.stride
        for line in 0..<Self.stride / 64 { Caching.prefetch(flight + 64 &* line) }
    }

    func forEach(_ body: (Envelope<SimulatedTexts>) -> Void) {
        for number in 0..<UInt32(used) where self[number].pointee.isUnderWay { body(self[number].pointee.question) }
    }

    @inline(never)
    private mutating func grow() {
        precondition(capacity < EventQueue.maxSlots, "more questions under way than an event queue can tell apart")
        let larger = Self.memory(for: capacity * 2)
        larger.copyMemory(from: base, byteCount: used * Self.stride)
        base.deallocate()
        base = larger
        capacity *= 2
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

    /// `element` fills the places that are not in use yet.
    private mutating func grow(_ element: Element) {
        var larger = Array(repeating: element, count: max(16, buffer.count * 2))
        for index in 0..<count { larger[index] = buffer[(head + index) & (buffer.count - 1)] }
        buffer = larger
        head = 0
    }
}
