import HTTPServer

/// A JSON object that a client sent, read with the same strictness as a message, and errors that say what to change.
struct JSONBody {
    enum Value: Sendable, Equatable {
        case string(String)
        case number(Double)
        case bool(Bool)
        case null
        case array([Value])
        case object([(name: String, value: Value)])

        static func == (a: Value, b: Value) -> Bool {
            switch (a, b) {
            case (.string(let a), .string(let b)): a == b
            case (.number(let a), .number(let b)): a == b
            case (.bool(let a), .bool(let b)): a == b
            case (.null, .null): true
            case (.array(let a), .array(let b)): a == b
            case (.object(let a), .object(let b)): a.elementsEqual(b) { $0.name == $1.name && $0.value == $1.value }
            default: false
            }
        }

        var kind: String {
            switch self {
            case .string: "a string"
            case .number: "a number"
            case .bool: "true or false"
            case .null: "null"
            case .array: "an array"
            case .object: "an object"
            }
        }
    }

    private let fields: [(name: String, value: Value)]
    /// How errors call the object: empty for the body itself, else such as `pairs[3].`
    private let place: String

    /// The body of a request, which must be an object with these fields and no others.
    init(_ request: Request, fields known: [String]) throws(RequestProblem) {
        try request.requireType("application/json", "JSON")
        let value: Value
        do throws(WireError) {
            value = try WireReader.reading(request.body) { reader throws(WireError) in
                reader.skipSpace()
                let value = try reader.value()
                reader.skipSpace()
                if reader.next != nil { throw reader.error(.trailingBytes) }
                return value
            }
        } catch {
            throw RequestProblem(400, "malformed_json", "\(error)".replacing("message not understood", with: "JSON not understood"))
        }
        try self.init(value, place: "", fields: known)
    }

    /// A part of a body.
    init(_ value: Value, place: String, fields known: [String]) throws(RequestProblem) {
        guard case .object(let fields) = value else {
            throw Self.invalid("\(place.isEmpty ? "the body" : String(place.dropLast())) is \(value.kind), not an object")
        }
        for (index, field) in fields.enumerated() {
            guard known.contains(field.name) else {
                throw Self.invalid("\(place)\(field.name.prefix(40)) is unknown; there are \(known.joined(separator: ", "))")
            }
            guard !fields[..<index].contains(where: { $0.name == field.name }) else { throw Self.invalid("\(place)\(field.name) stands there twice") }
        }
        self.fields = fields
        self.place = place
    }

    /// nil where the field is absent; null is a value, and none that a field here takes.
    func value(_ name: String) -> Value? { fields.first { $0.name == name }?.value }

    /// - Parameter count: of Unicode scalars.
    func string(_ name: String, count: ClosedRange<Int>) throws(RequestProblem) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { throw Self.invalid("\(place)\(name) is \(value.kind), not a string") }
        // As JSON Schema counts; every character has a byte, and few texts are near a bound.
        guard count.contains(text.utf8.count) || count.contains(text.unicodeScalars.count) else {
            throw Self.invalid("\(place)\(name) has \(text.unicodeScalars.count) characters, allowed are \(count.lowerBound) to \(count.upperBound)")
        }
        return text
    }

    func number(_ name: String, _ range: ClosedRange<Double>) throws(RequestProblem) -> Double? {
        guard let value = value(name) else { return nil }
        guard case .number(let number) = value else { throw Self.invalid("\(place)\(name) is \(value.kind), not a number") }
        guard range.contains(number) else { throw Self.invalid("\(place)\(name) is \(number), allowed are \(range.lowerBound) to \(range.upperBound)") }
        return number
    }

    func integer(_ name: String, _ range: ClosedRange<Int>) throws(RequestProblem) -> Int? {
        guard let number = try number(name, Double(range.lowerBound)...Double(range.upperBound)) else { return nil }
        guard number == number.rounded() else { throw Self.invalid("\(place)\(name) is \(number), not a whole number") }
        return Int(number)
    }

    func required<V>(_ name: String, _ value: V?) throws(RequestProblem) -> V {
        guard let value else { throw Self.invalid("\(place)\(name) is missing") }
        return value
    }

    static func invalid(_ message: String) -> RequestProblem { RequestProblem(400, "invalid_request", message) }
}

extension WireReader {
    /// Any value, whole.
    mutating func value(depth: Int = 1) throws(WireError) -> JSONBody.Value {
        guard let byte = next else { throw error(.endsEarly) }
        guard depth <= Wire.maximumDepth else { throw error(.tooDeep) }
        switch byte {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"):
            _ = take(byte)
            var fields: [(name: String, value: JSONBody.Value)] = []
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object([]) }
            while true {
                let name = try string()
                skipSpace()
                try expect(UInt8(ascii: ":"), "a colon")
                skipSpace()
                fields.append((name, try value(depth: depth + 1)))
                skipSpace()
                if take(UInt8(ascii: "}")) { return .object(fields) }
                try expect(UInt8(ascii: ","), "a comma or }")
                skipSpace()
            }
        case UInt8(ascii: "["):
            _ = take(byte)
            var values: [JSONBody.Value] = []
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array([]) }
            while true {
                values.append(try value(depth: depth + 1))
                skipSpace()
                if take(UInt8(ascii: "]")) { return .array(values) }
                try expect(UInt8(ascii: ","), "a comma or ]")
                skipSpace()
            }
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            try skipValue()
            return .bool(byte == UInt8(ascii: "t"))
        case UInt8(ascii: "n"):
            try skipValue()
            return .null
        default: return .number(try double())
        }
    }
}

extension Request {
    /// Refuses a body of another media type. A browser's plain forms, which any page may send anywhere, have none of those
    /// that are asked for here.
    func requireType(_ type: String, _ what: String) throws(RequestProblem) {
        let given = header("content-type") ?? ""
        guard given == type || given.split(separator: ";").first?.lowercased().trimmingSpaces() == type else {
            throw RequestProblem(415, "unsupported_media_type", "send \(what), with the header Content-Type: \(type)")
        }
    }
}

extension String {
    fileprivate func trimmingSpaces() -> String {
        var text = self[...]
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
