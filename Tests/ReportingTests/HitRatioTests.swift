import Foundation
import Testing

@testable import Reporting

@Suite struct HitRatioTests {
    private let report = HitRatioReport([
        .init(policy: "clairvoyant", capacity: 8, requests: 1000, hits: 500, che: nil),
        .init(policy: "clairvoyant", capacity: 16, requests: 1000, hits: 750, che: nil),
        .init(policy: "lru", capacity: 8, requests: 1000, hits: 333, che: 0.25),
        .init(policy: "lru", capacity: 16, requests: 1000, hits: 666, che: 0.6251),
    ])

    @Test func tableHasALinePerCapacity() {
        #expect(
            report.table == """
                capacity  clairvoyant      lru    (Che)
                       8      50.00 %  33.30 %  25.00 %
                      16      75.00 %  66.60 %  62.51 %

                """)
    }

    @Test func filesAreWrittenAndTheScriptDraws() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hit-ratios-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let notes = try report.write(to: .use(folder))
        #expect(
            try String(contentsOfFile: "\(folder)/hit-ratios.csv", encoding: .utf8) == """
                policy,capacity,requests,hits,misses,hit_ratio,che
                clairvoyant,8,1000,500,500,0.500000,
                clairvoyant,16,1000,750,250,0.750000,
                lru,8,1000,333,667,0.333000,0.250000
                lru,16,1000,666,334,0.666000,0.625100

                """)
        #expect(FileManager.default.fileExists(atPath: "\(folder)/plots/hit-ratios.gp"))
        // Either drawn, or told why not.
        #expect(FileManager.default.fileExists(atPath: "\(folder)/plots/hit-ratios.svg") == notes.isEmpty)
        #expect(notes.allSatisfy { $0.contains("gnuplot is not installed") }, "\(notes)")
    }
}
