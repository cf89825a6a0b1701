import Testing
@testable import Provider
