/// The pairs that come with Crisol.
enum BuiltinCorpus {
    static let pairs: [(question: String, reference: String)] = [
        ("What is the capital of Peru?", "Lima is the capital of Peru. It lies on the Pacific coast and is home to about a third of the country's people."),
        ("¿Cuál es la capital de Perú?", "La capital de Perú es Lima, una ciudad de la costa del Pacífico donde vive cerca de un tercio de la población del país."),
    ]
}
