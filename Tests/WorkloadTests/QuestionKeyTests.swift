import Testing

@testable import Workload

struct QuestionKeyTests {
    @Test(arguments: xxHashOracle)
    func xxHashAgreesWithItsReference(count: Int, seed: UInt64, hash: UInt64) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        #expect(bytes.withUnsafeBytes { XXHash64.hash($0, seed: seed) } == hash)
    }

    @Test(arguments: questionKeyOracle)
    func keysAgreeWithPython(text: String, key: UInt64) {
        #expect(QuestionKey.of(text) == key, "normalised: \(QuestionKey.normalised(text))")
    }

    /// Up to Unicode 14, which is what the oracle's Python has; it leaves later characters alone.
    @Test func everyCharacterFoldsAsInPython() {
        var folded = String.UnicodeScalarView()
        for code in 0..<0x20000 as Range<UInt32> {
            // NFC never leaves U+1FBE, and without its decomposition its folding cannot be had.
            guard let scalar = Unicode.Scalar(code), code != 0x1FBE else { continue }
            if let age = scalar.properties.age, age.major <= 14 {
                QuestionKey.appendFolded(scalar, to: &folded)
            } else {
                folded.append(scalar)
            }
        }
        let bytes = Array(String(folded).utf8)
        #expect(bytes.withUnsafeBytes { XXHash64.hash($0) } == allFoldingsHash)
    }

    /// The fast way from bytes to bytes and the general one agree on every character, alone and in company.
    @Test func theFastWayAgreesWithTheGeneralOne() {
        for code in Array(0..<0x180) + Array(0x2000..<0x2070) as [UInt32] {
            guard let scalar = Unicode.Scalar(code) else { continue }
            for text in ["\(scalar)", "Aé \(scalar)\(scalar) Ñ", " \(scalar)\u{301}x", "x \(scalar) "] {
                let bytes = Array(QuestionKey.normalised(text).utf8)
                #expect(QuestionKey.of(text) == bytes.withUnsafeBytes { XXHash64.hash($0) }, "U+\(String(code, radix: 16))")
            }
        }
    }

    @Test func equalQuestionsHaveOneKey() {
        let key = QuestionKey.of("¿Cuál es la capital?")
        #expect(QuestionKey.of("  ¿CUÁL es\n la   capital? ") == key)
        #expect(QuestionKey.of("¿Cua\u{301}l es la capital?") == key)
        #expect(QuestionKey.of("¿Cual es la capital?") != key)
    }

    @Test func printedKeysHaveSixteenDigits() {
        #expect(QuestionKey.printed(0) == "0000000000000000")
        #expect(QuestionKey.printed(0xABC) == "0000000000000abc")
        #expect(QuestionKey.printed(.max) == "ffffffffffffffff")
    }
}
