import Foundation
import Workload

/// Writes draws to standard output as raw 64-bit words, without an end, for programs that test generators.
///
/// In the order `questions`, the first words of one purpose, question after question. In the order `simulator`, what
/// a run draws: for each question its arrival, both words of its popularity, and for each of three calls those of
/// its purposes, the generation growing with the call.
func writeDraws(inOrder order: String, seed: UInt64) throws {
    let draws = Draws(seed: seed, repeat: 0)
    var words: [UInt64] = []
    let words64KB = 8192
    words.reserveCapacity(words64KB + 32)
    var question: UInt64 = 0
    while true {
        words.removeAll(keepingCapacity: true)
        while words.count < words64KB {
            switch order {
            case "questions": words.append(draws.bits(.latency, question: question))
            case "simulator":
                words.append(draws.bits(.arrival, question: question))
                let (a, b) = draws.block(.popularity, question: question)
                words.append(a)
                words.append(b)
                for call in 0..<3 {
                    words.append(draws.bits(.error, question: question, generation: call, call: call))
                    words.append(draws.bits(.tokens, question: question, generation: call))
                    words.append(draws.bits(.latency, question: question, generation: call, call: call))
                    words.append(draws.bits(.quality, question: question, generation: call))
                }
            default: throw Usage()
            }
            question &+= 1
        }
        // Where nobody reads any more, SIGPIPE ends the program here.
        let isWritten = words.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(1, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
        guard isWritten else { throw CocoaError(.fileWriteUnknown) }
    }
}
