/// Where questions and their reference answers come from.
package enum CorpusSource: Equatable, Sendable {
    /// This many generated pairs.
    case synthetic(Int)
    /// The pairs that are built in, English and Spanish.
    case builtin
    case csv(path: String, format: CSVFormat)
    /// An object a line, with texts under these two keys.
    case jsonl(path: String, question: String, answer: String)

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        switch self {
        case .synthetic(let count):
            count >= 1 && count <= SyntheticCorpus.largest
                ? nil : "a synthetic corpus has from 1 to \(SyntheticCorpus.largest) items, not \(count)"
        case .builtin: nil
        case .csv(let path, _), .jsonl(let path, _, _): path.isEmpty ? "the path of the corpus must not be empty" : nil
        }
    }
}

/// How the columns of a corpus file are to be read.
package enum CSVFormat: String, CaseIterable, Sendable {
    /// Class index, question title, question content, best answer; no header.
    case yahooAnswers = "yahoo-answers"
}

/// A row that could not be used.
package struct BadRow: Equatable, Sendable {
    /// The file's line on which the row begins, from 1.
    package var line: Int
    package var reason: String

    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }
}

/// What loading a corpus met.
package struct CorpusReport: Equatable, Sendable {
    /// Rows of the file, bad ones included; for other sources the number of items.
    package var rows = 0
    package var badRows = 0
    /// The first `Corpus.badRowsKept` of the bad rows.
    package var firstBadRows: [BadRow] = []
    /// Items whose question was there before, after normalisation. They are kept, for they are part
    /// of the data's traffic: equal questions share one key.
    package var duplicates = 0
}

/// Why a corpus or a trace could not be loaded, or cannot serve.
package struct CorpusError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        /// The file is not there or cannot be read.
        case missing
        /// Too many bad rows, or no good one.
        case badData
    }
    package var kind: Kind
    package var path: String
    package var description: String
    package var report: CorpusReport

    package init(kind: Kind, path: String, description: String, report: CorpusReport) {
        self.kind = kind
        self.path = path
        self.description = description
        self.report = report
    }

    /// The process's exit code: 66 for a missing file, 65 for bad data.
    package var exitCode: Int32 { kind == .missing ? 66 : 65 }
}
