import Pipeline
import Workload

/// What a service's process tells the one that started it, frame by frame over a pipe.
///
/// A frame is a byte that says what it is and eight-byte little-endian integers, as many as that kind has; texts
/// are their length in bytes and those bytes. A process that is killed may leave half a frame behind; it is dropped.
enum ReportFrame: Equatable, Sendable {
    /// The service reads its topics; it listens on a port, or 0.
    case ready(port: Int)
    /// It goes by the run's start that it was told; `number` counts how often it was told one.
    case clockStarted(number: Int)
    case observed(Observation, at: Instant)
    /// It cannot go on.
    case failed(String)

    private enum Tag: UInt8 {
        case ready = 1, clockStarted, failed, callStarted, callEnded, callRefused, retryDenied, scored, waitStarted, waitEnded, queue, malformed, storeMissing
    }

    func encode(into bytes: inout [UInt8]) {
        func put(_ tag: Tag, _ fields: Int64...) {
            bytes.append(tag.rawValue)
            for field in fields { withUnsafeBytes(of: field.littleEndian) { bytes.append(contentsOf: $0) } }
        }
        switch self {
        case .ready(let port): put(.ready, Int64(port))
        case .clockStarted(let number): put(.clockStarted, Int64(number))
        case .failed(let text):
            let text = text.utf8.prefix(Self.longestText)
            put(.failed, Int64(text.count))
            bytes.append(contentsOf: text)
        case .observed(let observation, let now):
            let at = now.nanoseconds
            switch observation {
            case .callStarted(let isRetry, let intendedAt): put(.callStarted, at, isRetry ? 1 : 0, intendedAt.nanoseconds)
            case .callEnded(let errorClass, let generation, let intendedAt, let promptTokens, let completionTokens):
                put(
                    .callEnded, at, Int64(ErrorClass.allCases.firstIndex(of: errorClass)!), Int64(generation), intendedAt.nanoseconds,
                    Int64(promptTokens), Int64(completionTokens))
            case .callRefused(let intendedAt): put(.callRefused, at, intendedAt.nanoseconds)
            case .retryDenied(let intendedAt): put(.retryDenied, at, intendedAt.nanoseconds)
            case .scored(let score, let took): put(.scored, at, Int64(bitPattern: score.bitPattern), took)
            case .waitStarted: put(.waitStarted, at)
            case .waitEnded(let asked, let slept, let intendedAt): put(.waitEnded, at, asked, slept, intendedAt.nanoseconds)
            case .queue(let stage, let change): put(.queue, at, stage.rawValue, Int64(change))
            case .malformed: put(.malformed, at)
            case .storeMissing: put(.storeMissing, at)
            }
        }
    }

    private static let longestText = 4096

    /// Takes frames from the bytes of a pipe as they come.
    struct Reader {
        private var bytes: [UInt8] = []
        private var head = 0

        mutating func append(_ more: some Sequence<UInt8>) {
            bytes.removeFirst(head)
            head = 0
            bytes.append(contentsOf: more)
        }

        /// The next whole frame; nil until more bytes come.
        /// - Throws: where the bytes are no frame: somebody else wrote to the pipe.
        mutating func next() throws(HostFailure) -> ReportFrame? {
            guard head < bytes.count else { return nil }
            guard let tag = Tag(rawValue: bytes[head]) else {
                throw HostFailure(description: "a service's report cannot be read: unknown frame \(bytes[head])")
            }
            let count = switch tag {
            case .ready, .clockStarted, .failed, .waitStarted, .malformed, .storeMissing: 1
            case .callRefused, .retryDenied: 2
            case .callStarted, .scored, .queue: 3
            case .waitEnded: 4
            case .callEnded: 6
            }
            guard bytes.count - head > 8 * count else { return nil }
            let start = head + 1
            func field(_ index: Int) -> Int64 {
                (0..<8).reduce(0) { $0 | Int64(bytes[start + 8 * index + $1]) << Int64(8 * $1) }
            }
            func instant(_ index: Int) -> Instant { Instant(nanoseconds: field(index)) }
            var end = start + 8 * count
            let frame: ReportFrame
            switch tag {
            case .ready: frame = .ready(port: Int(field(0)))
            case .clockStarted: frame = .clockStarted(number: Int(field(0)))
            case .failed:
                let length = field(0)
                guard length >= 0, length <= ReportFrame.longestText else {
                    throw HostFailure(description: "a service's report cannot be read: a text of \(length) bytes")
                }
                guard bytes.count - end >= Int(length) else { return nil }
                frame = .failed(String(decoding: bytes[end..<end + Int(length)], as: UTF8.self))
                end += Int(length)
            case .callStarted: frame = .observed(.callStarted(isRetry: field(1) != 0, intendedAt: instant(2)), at: instant(0))
            case .callEnded:
                let number = Int(field(1))
                guard ErrorClass.allCases.indices.contains(number) else {
                    throw HostFailure(description: "a service's report cannot be read: class of errors \(number)")
                }
                let errorClass = ErrorClass.allCases[number]
                frame = .observed(
                    .callEnded(
                        errorClass, generation: Int(field(2)), intendedAt: instant(3), promptTokens: Int(field(4)),
                        completionTokens: Int(field(5))), at: instant(0))
            case .callRefused: frame = .observed(.callRefused(intendedAt: instant(1)), at: instant(0))
            case .retryDenied: frame = .observed(.retryDenied(intendedAt: instant(1)), at: instant(0))
            case .scored: frame = .observed(.scored(Double(bitPattern: UInt64(bitPattern: field(1))), took: field(2)), at: instant(0))
            case .waitStarted: frame = .observed(.waitStarted, at: instant(0))
            case .waitEnded: frame = .observed(.waitEnded(asked: field(1), slept: field(2), intendedAt: instant(3)), at: instant(0))
            case .queue:
                guard let stage = Stage(rawValue: field(1)) else {
                    throw HostFailure(description: "a service's report cannot be read: stage \(field(1))")
                }
                frame = .observed(.queue(stage, change: Int(field(2))), at: instant(0))
            case .malformed: frame = .observed(.malformed, at: instant(0))
            case .storeMissing: frame = .observed(.storeMissing, at: instant(0))
            }
            head = end
            return frame
        }
    }
}
