import Foundation
import Pipeline
import SeededChance
import Testing
import Workload

@testable import Live

/// Numbers go by short ways of their own, eight digits at a time: each is held against the standard library.
@Suite struct WireNumberTests {
    private func read<Value>(_ text: String, _ body: (inout WireReader) throws(WireError) -> Value) throws(WireError) -> Value {
        try WireReader.reading(Array(text.utf8)) { reader throws(WireError) in try body(&reader) }
    }

    private static func written(_ body: (inout WireWriter) -> Void) -> String {
        var writer = WireWriter()
        writer.begin()
        body(&writer)
        writer.end()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Around each power of ten and of two, where lengths change, and some between.
    private static let magnitudes: [UInt64] = {
        var random = SplitMix(state: 21)
        var found: Set<UInt64> = [0, .max]
        var power: UInt64 = 1
        for _ in 0..<20 {
            for offset in 0...2 as ClosedRange<UInt64> { found.formUnion([power &+ offset, power &- offset, power &* 5 &+ offset]) }
            power &*= 10
        }
        for shift in 0..<64 as Range<UInt64> {
            found.formUnion([1 << shift, (1 << shift) - 1, random.next() >> shift, random.next() >> shift])
        }
        return found.sorted()
    }()

    @Test func `whole numbers of every length, whatever stands behind them`() throws {
        for value in Self.magnitudes {
            for tail in [",", "}", " ,", "", ",\"padding\":0", "}padding ", " \n } padding"] {
                #expect(try read("\(value)\(tail)") { r throws(WireError) in try r.integer(0...UInt64.max) } == value)
                for bound in [UInt64(UInt16.max), UInt64(UInt32.max), 9] {
                    let small = try? read("\(value)\(tail)") { r throws(WireError) in try r.integer(0...bound) }
                    #expect(small == (value <= bound ? value : nil))
                }
                guard value < 1 << 63 else { continue }
                #expect(try read("-\(value)\(tail)") { r throws(WireError) in try r.integer(Int64.min...Int64.max) } == -Int64(value))
                for wrong in ["0\(value)", "\(value).5", "\(value)e1", "-", "+\(value)"] {
                    #expect(throws: WireError.self, "\(wrong)\(tail)") { try read(wrong + tail) { r throws(WireError) in try r.integer(Int64.min...Int64.max) } }
                }
            }
            #expect(Self.written { $0.field("a", value) } == "{\"a\":\(value)}")
            let signed = Int64(bitPattern: value)
            #expect(Self.written { $0.field("a", signed) } == "{\"a\":\(signed)}")
        }
    }

    @Test func `doubles are rounded as strtod does, and written as Swift does`() throws {
        var random = SplitMix(state: 22)
        func check(_ text: String) throws {
            #expect(try read(text) { r throws(WireError) in try r.double() } == strtod(text, nil), "\(text)")
        }
        for _ in 0..<30_000 {
            let value = Double.random(in: 0...1, using: &random)
            try check("\(value)")
            // Halfway between two doubles, and a digit beside it.
            let middle = Decimal(random.next() >> UInt64.random(in: 0...11, using: &random))
            let digits = "\(middle)", point = Int.random(in: 0...digits.count, using: &random)
            try check(digits.prefix(point) + (point == 0 ? "0." : ".") + digits.dropFirst(point) + "0")
            try check("\(random.next() >> UInt64.random(in: 0...63, using: &random))e-\(Int.random(in: 0...40, using: &random))")
        }
        // 2⁵³ + 1 and its neighbours are ties once the point has moved no value.
        for mantissa in (UInt64(1) << 53 - 3)...(UInt64(1) << 53 + 9) { for zeros in 0...3 { try check("\(mantissa).\(String(repeating: "0", count: zeros + 1))") } }
        for value in [0.1, 1, 1e300, .leastNonzeroMagnitude, 0.30000000000000004, 1 / 3.0] {
            let twice = Self.written { $0.field("a", value); $0.field("b", value); $0.field("c", 0.5); $0.field("d", value); $0.field("e", Double.nan) }
            #expect(twice == "{\"a\":\(value),\"b\":\(value),\"c\":0.5,\"d\":\(value)}")
        }
    }

    @Test func `hexadecimal digits, and nothing beside them`() throws {
        for value in Self.magnitudes {
            let text = "\"\(QuestionKey.printed(value))\""
            #expect(Self.written { $0.field("a", hexadecimal: value) } == "{\"a\":\(text)}")
            #expect(try read(text) { r throws(WireError) in try r.hexadecimal() } == value)
        }
        for place in 0..<16 {
            for byte in 0...255 as ClosedRange<UInt8> {
                var digits = Array("0123456789abcdef".utf8)
                digits[place] = byte
                let value = try? WireReader.reading([0x22] + digits + [0x22]) { r throws(WireError) in try r.hexadecimal() }
                #expect(value == UInt64(String(decoding: digits, as: UTF8.self), radix: 16).flatMap { (0x41...0x46).contains(byte) || byte == 0x2B ? nil : $0 })
            }
        }
    }

    @Test func `spans in larger units and moments as texts`() {
        for magnitude in Self.magnitudes.map({ Int64(truncatingIfNeeded: $0) }) {
            for (unit, places) in [(1_000_000, 6), (1_000_000_000, 9)] as [(UInt64, Int)] {
                let (whole, rest) = magnitude.magnitude.quotientAndRemainder(dividingBy: unit)
                var fraction = String(String(rest + unit).dropFirst())
                while fraction.last == "0" { fraction.removeLast() }
                let text = (magnitude < 0 ? "-" : "") + "\(whole)" + (fraction.isEmpty ? "" : ".") + fraction
                #expect(Self.written { $0.field("a", nanoseconds: magnitude, places: places) } == "{\"a\":\(text)}")
            }
            // One writer, so that a day that it keeps would show.
            let text = Self.written { writer in for moment in [magnitude, 0, magnitude, -1] { writer.field("a", unixNanoseconds: moment) } }
            let own = [magnitude, 0, magnitude, -1].map { "\"a\":\"\(UTC.text(unixNanoseconds: $0))\"" }
            #expect(text == "{\(own.joined(separator: ","))}")
        }
    }

    @Test func `texts of every length with an escape at every place`() throws {
        for length in 0...70 {
            for place in 0...length {
                for inner in ["", "\"", "\\", "\n", "\u{1F}", "é", "日本", "\u{1F600}"] {
                    let text = String(repeating: "x", count: place) + inner + String(repeating: "y", count: length - place)
                    let object = Self.written { $0.field("a", text) }
                    let back = try read(String(object.dropFirst(5))) { r throws(WireError) in try r.string() }
                    #expect(Array(back.utf8) == Array(text.utf8))
                }
            }
        }
        #expect(Self.written { _ in } == "{}")
        #expect(Self.written { $0.field("a", String(repeating: "\u{1}", count: 5000)) } == "{\"a\":\"" + String(repeating: "\\u0001", count: 5000) + "\"}")
    }

    @Test func `figures without texts, and messages without spent texts`() throws {
        var samples = WireSamples(seed: 23)
        for _ in 0..<200 {
            let e = samples.envelope()
            var writer = WireWriter()
            wire.encode(e, at: Instant(nanoseconds: 15_000_000_000), into: &writer)
            let whole = try wire.decode(writer.bytes)
            let (figures, sentAt) = try writer.withUnsafeBytes { bytes throws(WireError) in try wire.decodeFigures(bytes) }
            var expected = whole
            expected.payload = LiveTexts(questionID: whole.payload.questionID, traceID: whole.payload.traceID, question: "")
            #expect(everything(in: figures) == everything(in: expected))
            if abs(e.intendedAt.nanoseconds) < 1 << 40, e.intendedAt.nanoseconds <= 15_000_000_000 { #expect(sentAt == Instant(nanoseconds: 15_000_000_000)) }
            wire.encode(e, at: .zero, into: &writer, withSpentTexts: false)
            expected = whole
            if e.kind == .validated || e.kind == .answered { (expected.payload.reference, expected.payload.bestResponse) = ("", "") }
            #expect(everything(in: try wire.decode(writer.bytes)) == everything(in: expected))
        }
        // The texts that it does not want are checked all the same.
        for wrong in [#""llm_response":7"#, #""llm_response":"\q""#, "\"llm_response\":\"\u{1}\""] {
            let message = #"{"kind":"answered","question_id":"a","question_text":"t","#
            #expect(throws: WireError.self) { try Array((message + wrong + "}").utf8).withUnsafeBytes { try wire.decodeFigures($0) } }
            #expect(throws: WireError.self) { try (Array((message + #""llm_response":"x"#).utf8) + [0xC3, 0x28, 0x22, 0x7D]).withUnsafeBytes { try wire.decodeFigures($0) } }
        }
    }
}
