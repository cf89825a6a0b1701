/// Waiting times that theory knows exactly; times in any unit, the results in the same.
package enum QueueingTheory {
    /// Erlang's C formula: the probability that an arrival finds all of `servers` busy in M/M/c.
    /// `offered` is arrival rate × mean service time (in Erlangs); 1 where it is not below `servers`.
    /// Source: A. K. Erlang, 1917; by the recursion of Erlang B, which cannot overflow.
    package static func erlangC(servers: Int, offered: Double) -> Double {
        precondition(servers >= 1 && offered >= 0, "a queue has servers and a load")
        guard offered < Double(servers) else { return 1 }
        var blocking = 1.0
        for n in 1...servers { blocking = offered * blocking / (Double(n) + offered * blocking) }
        return blocking / (1 - offered / Double(servers) * (1 - blocking))
    }

    /// Mean time in the queue of M/M/c; infinite where it is overloaded.
    package static func meanWait(servers: Int, offered: Double, meanService: Double) -> Double {
        guard offered < Double(servers) else { return .infinity }
        return erlangC(servers: servers, offered: offered) * meanService / (Double(servers) - offered)
    }

    /// Mean time in the queue of M/G/1 by Pollaczek (1930) and Khinchine (1932); infinite where it is overloaded.
    package static func meanWait(utilisation: Double, meanService: Double, serviceVariance: Double) -> Double {
        guard utilisation < 1 else { return .infinity }
        let squaredVariation = serviceVariance / (meanService * meanService)
        return utilisation * meanService * (1 + squaredVariation) / (2 * (1 - utilisation))
    }

    /// Mean time in the queue of M/G/c: M/M/c's, scaled by (1 + C²)/2. Exact for one server and for
    /// exponential service. Source: A. M. Lee, P. A. Longton, "Queueing Processes Associated with Airline
    /// Passenger Check-in", OR 10(1), 1959.
    package static func meanWait(servers: Int, offered: Double, meanService: Double, serviceVariance: Double) -> Double {
        guard meanService > 0 else { return 0 }
        let squaredVariation = serviceVariance / (meanService * meanService)
        return meanWait(servers: servers, offered: offered, meanService: meanService) * (1 + squaredVariation) / 2
    }
}
