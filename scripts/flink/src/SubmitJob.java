import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;

/** Writes the job's graph to a file, which {@code POST /jobs} of a JobManager takes beside the job's jar. */
public final class SubmitJob {
  public static void main(String[] arguments) throws Exception {
    ParameterTool options = ParameterTool.fromArgs(arguments);
    var environment = StreamExecutionEnvironment.getExecutionEnvironment();
    JudgeJob.describe(environment, options);
    var graph = environment.getStreamGraph();
    graph.setJobName(options.get("name", "crisol judge"));
    try (var file = new ObjectOutputStream(Files.newOutputStream(Path.of(options.getRequired("graph"))))) {
      file.writeObject(graph.getJobGraph());
    }
  }

  private SubmitJob() {}
}
