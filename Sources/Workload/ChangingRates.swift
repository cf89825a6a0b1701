/// A rate given stage by stage, integrated and inverted: the rate is linear in each segment, so its integral
/// is a parabola there.
@usableFromInline
struct StagedRate: Sendable {
    /// A span of time with a straight rate; the last one has no end.
    private struct Segment: Sendable {
        var start: Int64
        /// In nanoseconds; of the last one infinite.
        var length: Double
        /// Arrivals per nanosecond at the beginning.
        var rate: Double
        /// By how much the rate grows per nanosecond.
        var slope: Double

        var mass: Double { length.isInfinite ? (rate > 0 ? .infinity : 0) : mass(until: length) }
        func mass(until offset: Double) -> Double { offset * (rate + slope / 2 * offset) }

        /// The offset at which the integral reaches `mass`. Written so that nothing cancels, and a slope of 0 needs no case of its own.
        func offset(of mass: Double) -> Double {
            if mass <= 0 { return 0 }
            let root = max(0, rate * rate + 2 * slope * mass).squareRoot()
            return 2 * mass / (rate + root)
        }
    }

    private var segments: [Segment] = []
    private var current = 0
    /// How much of the current segment's integral lies behind.
    private var behind = 0.0

    init(_ stages: [ArrivalProcess.Stage]) {
        var start: Int64 = 0
        var rate = 0.0
        for stage in stages {
            let next = stage.ratePerSecond / 1e9
            if stage.ramp > 0 {
                segments.append(Segment(start: start, length: Double(stage.ramp), rate: rate, slope: (next - rate) / Double(stage.ramp)))
            }
            if stage.length > stage.ramp {
                segments.append(Segment(start: start + stage.ramp, length: Double(stage.length - stage.ramp), rate: next, slope: 0))
            }
            start = min(start + stage.length, Arrivals.latest)
            rate = next
        }
        segments.append(Segment(start: start, length: .infinity, rate: rate, slope: 0))
    }

    /// The moment at which the integral has grown by `mass`; nil where it never does.
    mutating func advance(by mass: Double) -> Int64? {
        behind += mass
        while behind >= segments[current].mass {
            behind -= segments[current].mass
            guard current < segments.count - 1 else { return nil }
            current += 1
        }
        let offset = min(segments[current].offset(of: behind), segments[current].length)
        return segments[current].start &+ Int64(min(offset, 0x1p61))
    }

    /// Arrivals expected from the start until a moment.
    func mass(until moment: Nanoseconds) -> Double {
        segments.reduce(0) { sum, segment in
            let offset = min(Double(moment - segment.start), segment.length)
            return offset > 0 ? sum + segment.mass(until: offset) : sum
        }
    }
}

/// Two rates in turn, each for a span of time, the first one first.
@usableFromInline
struct BurstRate: Sendable {
    private let burst: ArrivalProcess.Burst
    private let draws: Draws
    private var isOn = true
    private var span: UInt64 = 0
    private var start: Int64 = 0
    private var length: Int64 = 0
    /// How far the clock has come in the current span, in nanoseconds.
    private var offset = 0.0

    init(_ burst: ArrivalProcess.Burst, draws: Draws) {
        self.burst = burst
        self.draws = draws
        length = drawnLength()
    }

    mutating func advance(by mass: Double) -> Int64? {
        var left = mass
        while start < Arrivals.latest {
            let rate = (isOn ? burst.onRatePerSecond : burst.offRatePerSecond) / 1e9
            let room = (Double(length) - offset) * rate
            if left < room {
                offset = min(offset + left / rate, Double(length))
                return start &+ Int64(offset)
            }
            left -= room
            start &+= length
            offset = 0
            isOn.toggle()
            span &+= 1
            length = drawnLength()
        }
        return Arrivals.latest
    }

    /// Call 1 of the arrivals' draws, by the span's number: the arrivals themselves have no call.
    private func drawnLength() -> Int64 {
        let mean = isOn ? burst.on : burst.off
        switch burst.spans {
        case .constant: return mean
        case .exponential:
            var stream = draws.stream(.arrival, question: span, call: 1)
            return max(1, Distribution.wholeNanoseconds(Double(mean) * stream.exponential()))
        }
    }
}

/// A rate that follows a sine about its mean.
///
/// Time is kept as whole periods and a share u of the current one. Within a period the integral, as a share of
/// a period's arrivals, is u + a/2π · (cos 2πφ − cos 2π(u + φ)), which grows from 0 to 1; it is inverted by
/// Newton's method, kept between bounds.
@usableFromInline
struct DiurnalRate: Sendable {
    private let amplitude: Double
    private let phase: Double
    private let period: Int64
    private let arrivalsPerPeriod: Double
    private let startCosine: Double
    private var periods: Int64 = 0
    /// The share of the period's arrivals, and of its time, that lies behind.
    private var share = 0.0
    private var time = 0.0

    init(_ diurnal: ArrivalProcess.Diurnal) {
        amplitude = diurnal.amplitude
        period = diurnal.period
        phase = Double(diurnal.phase % diurnal.period) / Double(diurnal.period)
        arrivalsPerPeriod = diurnal.meanRatePerSecond * Double(diurnal.period) / 1e9
        startCosine = ExactMath.sineAndCosine(turns: phase).cosine
    }

    mutating func advance(by mass: Double) -> Int64? {
        share += mass / arrivalsPerPeriod
        if share >= 1 {
            let whole = share.rounded(.down)
            guard whole < 0x1p62 / Double(period) else { return Arrivals.latest }
            periods += Int64(whole)
            share -= whole
            time = 0
        }
        guard Double(periods) * Double(period) < 0x1p62 else { return Arrivals.latest }
        time = inverse(of: share, from: time)
        return periods * period + Int64(time * Double(period))
    }

    /// Arrivals expected from the start until a moment.
    func mass(until moment: Nanoseconds) -> Double {
        let periods = Double(moment) / Double(period)
        let cosine = ExactMath.sineAndCosine(turns: (periods + phase).truncatingRemainder(dividingBy: 1)).cosine
        return arrivalsPerPeriod * (periods + amplitude / (2 * Double.pi) * (startCosine - cosine))
    }

    private func inverse(of share: Double, from start: Double) -> Double {
        var low = start
        var high = 1.0
        var time = start
        // A quarter of a nanosecond, or what a Double can tell apart.
        let enough = max(0.25 / Double(period), 0x1p-52)
        for _ in 0..<100 {
            let (sine, cosine) = ExactMath.sineAndCosine(turns: time + phase)
            let error = time + amplitude / (2 * Double.pi) * (startCosine - cosine) - share
            if error > 0 { high = min(high, time) } else { low = max(low, time) }
            let slope = 1 + amplitude * sine
            var next = time - error / slope
            if !(next >= low && next <= high) { next = (low + high) / 2 }
            let step = abs(next - time)
            time = next
            if step <= enough || high - low <= enough { break }
        }
        return time
    }
}
