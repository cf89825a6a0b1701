import Testing

@testable import Measurement

@Suite struct CalibrationTheoryTests {
    @Test func wilsonsIntervalIsSciPys() {
        for (successes, trials, low, high) in wilsonOracle {
            let interval = WilsonInterval(successes: successes, trials: trials)
            #expect(abs(interval.low - low) < 1e-12 && abs(interval.high - high) < 1e-12, "\(successes) of \(trials): \(interval)")
        }
    }

    /// An answer in two passes, and two regenerations are allowed: 1 + 1/2 + 1/4 generations, 1/8 used up.
    @Test func independentAnswersByHand() {
        let theory = GenerationTheory(correlation: 0)
        #expect(theory.expectation(passing: 0.5, maxRegenerations: 2) == .init(generations: 1.75, usedUp: 0.125))
        #expect(theory.expectation(passing: 0.5, maxRegenerations: 0) == .init(generations: 1, usedUp: 0.5))
    }

    /// None and all pass, whatever joins the answers.
    @Test(arguments: [-1, -0.5, 0, 0.3, 0.999, 1]) func theEndsAreExact(correlation: Double) {
        let theory = GenerationTheory(correlation: correlation)
        #expect(theory.expectation(passing: 1, maxRegenerations: 7) == .init(generations: 1, usedUp: 0))
        #expect(theory.expectation(passing: 0, maxRegenerations: 7) == .init(generations: 8, usedUp: 1))
        // So rare that a double hardly tells it from never or always.
        for passing in [1e-16, 1e-12, 1 - 1e-12, 1 - 1e-16] {
            let expected = theory.expectation(passing: passing, maxRegenerations: 3)
            let edge = passing < 0.5 ? 1.0 : 0
            #expect(abs(expected.usedUp - edge) < 1e-10 && abs(expected.generations - (edge == 1 ? 4 : 1)) < 1e-10, "\(passing): \(expected)")
        }
    }

    /// Equal answers fail together; opposite ones fail alternately, at 3/4 in half of the cases.
    @Test func perfectCorrelationByHand() {
        for (correlation, generations, usedUp) in [(1.0, 2.5, 0.75), (-1, 2.25, 0.5)] {
            let expected = GenerationTheory(correlation: correlation).expectation(passing: 0.25, maxRegenerations: 2)
            #expect(abs(expected.generations - generations) < 1e-12 && abs(expected.usedUp - usedUp) < 1e-12, "\(correlation): \(expected)")
        }
    }

    /// Many regenerations: the share that fails once more settles and is taken on from there.
    @Test func longRunsAreNumPys() {
        for (passing, correlation, regenerations, generations, usedUp) in manyOracle {
            let expected = GenerationTheory(correlation: correlation).expectation(passing: passing, maxRegenerations: regenerations)
            #expect(
                abs(expected.generations / generations - 1) < 1e-8 && abs(expected.usedUp - usedUp) < 1e-8,
                "pass \(passing), correlation \(correlation), \(regenerations): \(expected)")
        }
    }

    @Test func correlatedAnswersFailTogetherAsSciPySays() {
        for (passing, correlation, two, three, four) in failuresOracle {
            let theory = GenerationTheory(correlation: correlation)
            // SciPy's own four-dimensional integral is less exact than its others.
            for (regenerations, failing, tolerance) in [(1, two, 1e-9), (2, three, 1e-9), (3, four, 2e-6)] {
                let expected = theory.expectation(passing: passing, maxRegenerations: regenerations)
                #expect(abs(expected.usedUp - failing) < tolerance, "pass \(passing), correlation \(correlation), \(regenerations): \(expected)")
            }
            let expected = theory.expectation(passing: passing, maxRegenerations: 2)
            #expect(abs(expected.generations - (1 + (1 - passing) + two)) < 1e-9, "pass \(passing), correlation \(correlation): \(expected)")
        }
    }
}
