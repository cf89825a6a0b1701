/// What is written of a history: tables and pictures.
extension History {
    /// Writes history.csv, changes.csv, otava.csv, otava.yaml and plots; gives what there is to say of the pictures.
    package func writeFiles(_ changes: [Change], to directory: RunDirectory) throws(OutputError) -> [String] {
        try write(to: directory.file("history.csv"))
        try writeTables(changes, to: directory)
        return try drawn(changes, in: directory).notes
    }

    /// Writes the pictures' scripts, and draws them where gnuplot is to be had.
    func drawn(_ changes: [Change], in directory: RunDirectory) throws(OutputError) -> (pictures: [Pictures.Drawn], notes: [String]) {
        var pictures: [Pictures.Drawn] = [], notes: [String] = []
        for (script, height) in HistoryPlot.scripts(self, changes) {
            try OutputFile.write(script.text(height: height), to: directory.file("plots/\(script.name).gp"))
            var svg: String?
            if notes.isEmpty {
                let (picture, note) = Pictures.draw(script, in: directory)
                svg = picture
                if let note { notes.append(note) }
            }
            pictures.append(Pictures.Drawn(script: script, svg: svg))
        }
        return (pictures, notes)
    }
}
