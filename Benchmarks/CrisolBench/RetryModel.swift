import Simulation
import Workload

/// The bare M/M/64 queue of which every fifth service is in vain, on Simulation's own event queue.
///
/// Poisson arrivals at 43.52/s, 64 servers with exponential services of mean 1 s, a common first-come
/// first-served queue; after one service in five the customer waits an exponential time of mean 1 s and
/// joins the queue again. The servers are 85 % busy. `peers/mmc.cpp` and `peers/mmc.py` are the same
/// model with the same parameters. Events are arrivals, ends of services and ends of waits.
struct RetryModel: ~Copyable {
    static let servers = 64
    private static let meanGap = 1e9 / 43.52
    private static let meanService = 1e9
    private static let meanWait = 1e9

    private var events = EventQueue()
    private var random: Xoshiro
    private var now: Int64 = 0
    private var idle = Self.servers
    // Pointers, as in the event queue and for the same reason: indices are customers' numbers below
    // `capacity` and positions under a mask.
    private let bornAt: UnsafeMutablePointer<Int64>
    private let free: UnsafeMutablePointer<UInt32>
    private let queue: UnsafeMutablePointer<UInt32>
    private static let capacity = 1 << 16
    private var freeCount = Self.capacity
    private var head = 0
    private var waiting = 0
    private var served = 0
    private var timeInSystem = 0.0

    init(seed: UInt64) {
        random = Xoshiro(seed: seed)
        bornAt = .allocate(capacity: Self.capacity)
        free = .allocate(capacity: Self.capacity)
        queue = .allocate(capacity: Self.capacity)
        for index in 0..<Self.capacity { free[index] = UInt32(Self.capacity - 1 - index) }
    }

    deinit {
        bornAt.deallocate()
        free.deallocate()
        queue.deallocate()
    }

    /// Simulates so many events; the mean time in the system in seconds is the check against the peers.
    mutating func run(events limit: Int) -> Double {
        var nextArrival = exponential(Self.meanGap)
        for _ in 0..<limit {
            if nextArrival <= events.nextTime {
                now = nextArrival
                nextArrival = now &+ exponential(Self.meanGap)
                precondition(freeCount > 0, "more customers than the model has room for")
                freeCount &-= 1
                let customer = free[freeCount]
                bornAt[Int(customer)] = now
                join(customer)
            } else {
                let (slot, time) = events.pop()
                now = time
                let customer = slot >> 1
                if slot & 1 == 0 { served(customer) } else { join(customer) }
            }
        }
        return timeInSystem / Double(served) / 1e9
    }

    @inline(__always)
    private mutating func join(_ customer: UInt32) {
        if idle > 0 {
            idle &-= 1
            serve(customer)
        } else {
            queue[(head &+ waiting) & (Self.capacity - 1)] = customer
            waiting &+= 1
        }
    }

    @inline(__always)
    private mutating func serve(_ customer: UInt32) {
        events.push(slot: customer << 1, at: now &+ exponential(Self.meanService))
    }

    @inline(__always)
    private mutating func served(_ customer: UInt32) {
        if waiting > 0 {
            let next = queue[head]
            head = (head &+ 1) & (Self.capacity - 1)
            waiting &-= 1
            serve(next)
        } else {
            idle &+= 1
        }
        if random.next().unitUniform < 0.2 {
            events.push(slot: customer << 1 | 1, at: now &+ exponential(Self.meanWait))
        } else {
            timeInSystem += Double(now &- bornAt[Int(customer)])
            served &+= 1
            free[freeCount] = customer
            freeCount &+= 1
        }
    }

    @inline(__always)
    private mutating func exponential(_ mean: Double) -> Int64 {
        Int64(-mean * ExactMath.log(random.next().openUniform))
    }
}

/// The generator xoshiro256** (D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number
/// Generators", 2021), which the C++ program uses too, seeded by SplitMix64.
struct Xoshiro {
    private var s: (UInt64, UInt64, UInt64, UInt64)

    init(seed: UInt64) {
        var state = seed
        func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }
        s = (next(), next(), next(), next())
    }

    @inline(__always)
    mutating func next() -> UInt64 {
        let product = s.1 &* 5
        let result = (product &<< 7 | product &>> 57) &* 9
        let t = s.1 &<< 17
        s.2 ^= s.0
        s.3 ^= s.1
        s.1 ^= s.2
        s.0 ^= s.3
        s.2 ^= t
        s.3 = s.3 &<< 45 | s.3 &>> 19
        return result
    }
}
