import Caching
import Scenarios
import Workload

/// A question as somebody is going to ask it.
struct Asking: BitwiseCopyable {
    var at: Instant
    var key: UInt64
    /// Rank of the popularity, from 0, and the entry of the corpus that has it.
    var rank: UInt32
    var item: UInt32
    /// Words of the question.
    var words: UInt32
    /// Bytes of text that the question holds from its arrival on, counted as live intake counts them: question,
    /// reference answer, and the two names that go with them.
    var bytes: UInt32
}

/// The questions in the order in which they are asked.
///
/// Who asks what and when depends on nothing that the system does, so it is drawn for many questions at once: the
/// corpus and the popularity are tables far larger than the processor's caches, and what one question waits for
/// there is waited for together with the next ones'.
struct Traffic {
    private static let blockSize = 64

    private let corpus: Corpus
    private var arrivals: Arrivals
    private var popularity: Popularity
    /// Questions are asked while their number is below, and before this moment.
    private let count: UInt64
    let end: Instant

    private(set) var block: [Asking] = []
    private var position = 0
    private var drawn: UInt64 = 0
    private var isOver = false
    private var entries: Entries

    init(_ arrivals: Arrivals, _ popularity: Popularity, corpus: Corpus, of scenario: Scenario) {
        switch scenario.length {
        case .questions(let count): (self.count, end) = (UInt64(count), .never)
        case .duration(let nanoseconds): (count, end) = (.max, Instant(nanoseconds: nanoseconds))
        }
        self.corpus = corpus
        self.arrivals = arrivals
        self.popularity = popularity
        entries = Entries(of: corpus)
        block.reserveCapacity(Self.blockSize)
    }

    /// When the next question is asked; `.never` after the last one.
    @inline(__always)
    var nextArrival: Instant { position < block.count ? block[position].at : .never }

    /// The next question, which there must be.
    @inline(__always)
    mutating func next() -> Asking {
        defer { position += 1 }
        return block[position]
    }

    /// Whether all that were drawn are asked, and there may be more.
    @inline(__always)
    var needsDrawing: Bool { position == block.count && !isOver }

    /// Draws the next questions, as far as there are any.
    @inline(never)
    mutating func draw() {
        block.removeAll(keepingCapacity: true)
        position = 0
        while block.count < Self.blockSize, drawn < count {
            let moment = arrivals.next()
            // A process that has come to its end says `.never`, which no end is later than.
            guard moment < end else { break }
            let rank = popularity.rank(ofQuestion: drawn)
            let item = popularity.item(ofRank: rank, at: moment)
            entries.prefetch(item)
            block.append(
                Asking(
                    at: moment, key: 0, rank: UInt32(truncatingIfNeeded: rank), item: UInt32(truncatingIfNeeded: item), words: 0,
                    bytes: 0))
            drawn += 1
        }
        isOver = block.isEmpty
        for index in block.indices { entries.look(&block[index]) }
        for index in block.indices where block[index].bytes == 0 { entries.complete(&block[index]) }
    }
}

/// What is known of the corpus's entries, side by side: one look instead of three.
private struct Entries {
    private struct Entry: BitwiseCopyable {
        var key: UInt64 = 0
        /// 0 where nobody has asked yet.
        var bytes: UInt32 = 0
        var words: UInt32 = 0
    }

    /// `question_id` and `trace_id`: `q-` and nine digits each.
    private static let names = 22
    /// Corpora of up to this many items keep what was counted once.
    private static let largestTable = 1 << 24

    private let corpus: Corpus
    private var known: [Entry]

    init(of corpus: Corpus) {
        self.corpus = corpus
        known = Array(repeating: Entry(), count: corpus.count <= Self.largestTable ? corpus.count : 0)
    }

    // A pointer for as long as the call lasts: there is no other way to name an address.
    @inline(__always)
    func prefetch(_ item: Int) {
        known.withUnsafeBufferPointer { if item < $0.count { Caching.prefetch($0.baseAddress! + item) } }
    }

    /// Fills in what is known of the item.
    @inline(__always)
    func look(_ asking: inout Asking) {
        guard asking.item < known.count else { return }
        let entry = known[Int(asking.item)]
        (asking.key, asking.bytes, asking.words) = (entry.key, entry.bytes, entry.words)
    }

    /// Fills in what is not known yet.
    @inline(never)
    mutating func complete(_ asking: inout Asking) {
        let item = Int(asking.item)
        let entry = Entry(
            key: corpus.key(item), bytes: UInt32(clamping: corpus.textBytes(item) + Self.names),
            words: UInt32(clamping: corpus.words(item)))
        (asking.key, asking.bytes, asking.words) = (entry.key, entry.bytes, entry.words)
        if item < known.count { known[item] = entry }
    }
}
