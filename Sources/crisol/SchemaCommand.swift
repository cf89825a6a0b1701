import ArgumentParser
import Scenarios

/// `crisol schema`: the scenario format for editors.
struct SchemaCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "schema",
            abstract: "Print the JSON Schema of scenario files.",
            discussion: """
                Every key with its meaning, unit, default and allowed values, as JSON Schema draft 2020-12. An editor \
                with a YAML language server completes and checks scenarios with it:

                    crisol schema > scenario.schema.json
                    # yaml-language-server: $schema=scenario.schema.json      (the scenario's first line)
                """)
    }

    func run() throws {
        do { try Terminal.show(JSONSchema.text) } catch { throw Failure.exit(error) }
    }
}
