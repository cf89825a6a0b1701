import Testing

@testable import Scenarios

@Suite struct UnitsOfMeasure {
    @Test(arguments: [
        ("800ms", 800_000_000), ("1h", 3_600_000_000_000), ("2m", 120_000_000_000), ("90s", 90_000_000_000), ("1.5s", 1_500_000_000),
        ("500us", 500_000), ("250ns", 250), ("0.1us", 100), ("0s", 0), ("1d", 86_400_000_000_000), ("0.000000001s", 1),
    ] as [(String, Int64)]) func durations(_ text: String, _ nanoseconds: Int64) {
        #expect(Units.duration(text) == nanoseconds)
    }

    @Test(arguments: ["", "s", "5", "5 s", "-5s", "+5s", "1.s", ".5s", "1.2.3s", "1e3s", "0.1ns", "5S", "5sec", "99999999d", "99999999999999999999s", "５s"])
    func whatIsNoDuration(_ text: String) {
        #expect(Units.duration(text) == nil)
    }

    @Test func rates() {
        #expect(Units.rate("50/s") == 50)
        #expect(Units.rate("600/min") == 10)
        #expect(Units.rate("3/h") == 3.0 / 3600)
        #expect(Units.rate("0.5/s") == 0.5)
        for text in ["50", "/s", "50/", "50/d", "50 /s", "50/S", "x/s"] { #expect(Units.rate(text) == nil) }
    }

    @Test func sizes() {
        #expect(Units.size("4MiB") == 4 << 20)
        #expect(Units.size("10kB") == 10_000)
        #expect(Units.size("1.5KiB") == 1536)
        for text in ["4", "4mb", "0.3B", "-1B", "MiB"] { #expect(Units.size(text) == nil) }
    }

    @Test func numbers() {
        #expect(Units.number("0.20") == 0.2)
        #expect(Units.number("1e-3") == 0.001)
        #expect(Units.number(".5") == 0.5)
        for text in ["", "nan", ".inf", "0x10", "1_000", "1e999", "--1", "1 ", "e", "½"] { #expect(Units.number(text) == nil) }
        #expect(Units.integer("10") == 10)
        for text in ["", "+1", "1.0", "1e3", "99999999999999999999", "0b1"] { #expect(Units.integer(text) == nil) }
    }

    @Test func theNearestWordIsTheOneWithTheFewestEdits() {
        #expect(Hint.edits(Array("kitten".utf8), Array("sitting".utf8)) == 3)
        #expect(Hint.edits(Array("ab".utf8), Array("ba".utf8)) == 1)
        #expect(Hint.edits([], Array("abc".utf8)) == 3)
        #expect(Hint.nearest(to: "polcy", in: ["capacity", "policy"]) == "policy")
        #expect(Hint.nearest(to: "colour", in: ["capacity", "policy"]) == nil)
    }
}

@Suite struct Checks {
    private func check(_ text: String) throws -> Check { try Check.parse(text).get() }

    @Test func grammar() throws {
        let p95 = try check("p95(latency) < 5s")
        #expect((p95.scope, p95.function, p95.metric, p95.comparison, p95.value) == (.each, "p95", "latency", .below, 5000))
        #expect(p95.column == "latency_p95_ms")
        let hit = try check("  any :  hit_ratio>=30% ")
        #expect((hit.scope, hit.function, hit.column, hit.comparison, hit.value) == (.any, nil, "hit_ratio", .atLeast, 0.3))
        #expect(hit.text == "any :  hit_ratio>=30%")
        #expect(try check("mean: max( failed_latency ) <= 800ms").column == "failed_latency_max_ms")
        #expect(try check("latency_p99_ms < 1500").value == 1500)
        #expect(try check("latency_p99_ms < 1.5s").value == 1500)
        #expect(try check("score_gain > -0.01").value == -0.01)
        #expect(try check("each: cost != 1e-3").scope == .each)
    }

    @Test func everyColumnAndEveryFunctionCanBeChecked() throws {
        for name in MetricNames.figures { #expect(try check("\(name) >= 0").column == name) }
        for population in MetricNames.populations {
            for function in MetricNames.functions {
                #expect(MetricNames.figures.contains(try check("\(function)(\(population)) < 1s").column))
            }
        }
    }

    @Test func comparisonsAndMissingFigures() throws {
        #expect(try check("lost == 0").holds(for: 0))
        #expect(try !check("lost == 0").holds(for: 1))
        #expect(try check("lost != 0").holds(for: 1))
        #expect(try check("lost <= 1").holds(for: 1))
        #expect(try check("lost >= 1").holds(for: 1))
        #expect(try !check("lost > 1").holds(for: 1))
        // What cannot be measured never passes.
        #expect(try !check("score_gain != 0").holds(for: .nan))
        #expect(try !check("score_gain < 1").holds(for: nil))
    }
}
