import Testing
@testable import crisol
