import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;

/**
 * Sends the judge's job to a JobManager ({@code --jobmanager http://host:port}) with its jar ({@code --jar}), and prints the
 * job's id. {@code --from} names a checkpoint or savepoint to go on from. All other options are the job's.
 */
public final class SubmitJob {
  private static final String BOUNDARY = "crisol-judge-job-0b6c1f3e";
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    ParameterTool options = ParameterTool.fromArgs(arguments);
    var environment = StreamExecutionEnvironment.getExecutionEnvironment();
    JudgeJob.describe(environment, options);
    var stream = environment.getStreamGraph();
    stream.setJobName(options.get("name", "crisol judge"));
    JobGraph graph = stream.getJobGraph();
    if (options.has("from")) graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(options.get("from"), false));
    System.out.println(submit(options.getRequired("jobmanager"), graph, Path.of(options.getRequired("jar"))));
  }

  /** The job's id. */
  private static String submit(String manager, JobGraph graph, Path jar) throws IOException, InterruptedException {
    var serialised = new ByteArrayOutputStream();
    try (var objects = new ObjectOutputStream(serialised)) {
      objects.writeObject(graph);
    }
    var body = new ByteArrayOutputStream();
    String request = "{\"jobGraphFileName\":\"job.graph\",\"jobJarFileNames\":[\"job.jar\"],\"jobArtifactFileNames\":[]}";
    part(body, "request", "", "application/json", request.getBytes(StandardCharsets.UTF_8));
    part(body, "file_0", "job.graph", "application/octet-stream", serialised.toByteArray());
    part(body, "file_1", "job.jar", "application/java-archive", Files.readAllBytes(jar));
    body.write(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.US_ASCII));
    var response =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10)).build()
            .send(
                HttpRequest.newBuilder(URI.create(manager + "/jobs")).timeout(Duration.ofSeconds(60))
                    .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())).build(),
                HttpResponse.BodyHandlers.ofString());
    String url = response.statusCode() == 202 ? JSON.readTree(response.body()).path("jobUrl").asText() : "";
    if (url.isEmpty()) throw new IOException("the JobManager at " + manager + " answered HTTP " + response.statusCode() + ": " + response.body());
    return url.substring(url.lastIndexOf('/') + 1);
  }

  private static void part(ByteArrayOutputStream body, String name, String file, String type, byte[] content) throws IOException {
    String head = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\""
        + (file.isEmpty() ? "" : "; filename=\"" + file + "\"") + "\r\nContent-Type: " + type + "\r\n\r\n";
    body.write(head.getBytes(StandardCharsets.US_ASCII));
    body.write(content);
    body.write("\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  private SubmitJob() {}
}
