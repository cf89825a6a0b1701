import ArgumentParser
import Testing

@testable import crisol

@Suite struct CacheReplaying {
    @Test func capacitiesAreEntriesOrShares() throws {
        #expect(try CacheCapacity.list("100,2.5%,100%") == [.entries(100), .percent(2.5), .percent(100)])
        #expect(CacheCapacity.percent(2.5).entries(distinct: 1000) == 25)
        #expect(CacheCapacity.percent(1).entries(distinct: 3) == 1)
        for text in ["", "0", "1,", "-5", "0%", "101%", "many", "1e3"] {
            #expect(throws: ValidationError.self, "\(text)") { try CacheCapacity.list(text) }
        }
    }

    @Test(arguments: [
        [], ["trace", "--keys", "5"], ["--zipf", "1"], ["--zipf", "1", "--keys", "0", "--requests", "5"],
        ["trace", "--zipf", "1", "--keys", "5", "--requests", "5"], ["--zipf", "-1", "--keys", "5", "--requests", "5"],
        ["trace", "--policies", "lru,best"], ["trace", "--capacities", "0"], ["trace", "--column", "0"], ["trace", "--warmup", "-1"],
    ])
    func wrongUsageIs64(_ arguments: [String]) {
        do {
            _ = try Crisol.parseAsRoot(["cache-replay"] + arguments)
            Issue.record("\(arguments) was accepted")
        } catch {
            #expect(Crisol.exitCode(for: error).rawValue == 64)
        }
    }

    @Test func everyWayToNameATraceIsAccepted() throws {
        for arguments in [["-"], ["trace", "--column", "3"], ["trace", "--column", "key"], ["--zipf", "1", "--keys", "5", "--requests", "9"]] {
            _ = try Crisol.parseAsRoot(["cache-replay"] + arguments)
        }
    }
}
