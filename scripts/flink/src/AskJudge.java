import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;

/**
 * Asks Crisol's judge for decisions: {@code POST /decide} with one message a line, answered by one decision a line.
 *
 * <p>Answers that come close after each other share a request, {@code most} of them at most, and none waits for company longer
 * than {@code delay}.
 */
final class AskJudge extends RichAsyncFunction<Answer, Decision> {
  private static final long serialVersionUID = 1;
  private static final ObjectMapper JSON = new ObjectMapper();
  /** Bytes of a request: half of what the judge takes at once. */
  private static final int MOST_BYTES = 8 << 20;
  /** Of a longer answer no more is sent than shows that it is too long: the judge takes it for no message. */
  private static final int LONGEST = (1 << 20) + 1;
  /** Longer than the judge's own: a batch that was given up here is not asked for twice at the same time. */
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final String[] judges;
  private final int most;
  private final long delay;
  private final String tokenVariable;

  private transient HttpClient client;
  private transient int asked;
  private transient ScheduledExecutorService timer;
  private transient List<Asked> waiting;
  private transient int bytes;
  private transient ScheduledFuture<?> release;

  private record Asked(Answer answer, ResultFuture<Decision> result) {}

  /**
   * @param judges where Crisol's judges listen: {@code http://127.0.0.1:8081}; several, between commas, take turns
   * @param delay in milliseconds
   * @param tokenVariable the environment variable that holds the judge's bearer token; empty: it wants none
   */
  AskJudge(String judges, int most, long delay, String tokenVariable) {
    this.judges = judges.split(",");
    this.most = most;
    this.delay = delay;
    this.tokenVariable = tokenVariable;
  }

  @Override
  public void open(OpenContext context) {
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
    timer = Executors.newSingleThreadScheduledExecutor(task -> {
      Thread thread = new Thread(task, "crisol-judge");
      thread.setDaemon(true);
      return thread;
    });
    waiting = new ArrayList<>();
  }

  @Override
  public void close() {
    if (timer != null) timer.shutdownNow();
  }

  @Override
  public synchronized void asyncInvoke(Answer answer, ResultFuture<Decision> result) {
    int size = Math.min(answer.value.length, LONGEST) + 1;
    if (bytes + size > MOST_BYTES) ask();
    bytes += size;
    waiting.add(new Asked(answer, result));
    if (waiting.size() >= most) ask();
    else if (release == null) release = timer.schedule(this::ask, delay, TimeUnit.MILLISECONDS);
  }

  private synchronized void ask() {
    if (release != null) release.cancel(false);
    release = null;
    if (waiting.isEmpty()) return;
    List<Asked> batch = waiting;
    waiting = new ArrayList<>();
    bytes = 0;
    client.sendAsync(request(batch), HttpResponse.BodyHandlers.ofInputStream())
        .whenComplete((response, problem) -> {
          try {
            if (problem != null) throw problem;
            settle(batch, response);
          } catch (Throwable failure) {
            // Each is asked again by itself, after a while.
            batch.forEach(asked -> asked.result.completeExceptionally(failure));
          }
        });
  }

  private HttpRequest request(List<Asked> batch) {
    var body = new ByteArrayOutputStream();
    for (Asked asked : batch) {
      // A line is a message: what stands between lines in it is white space.
      byte[] value = asked.answer.value;
      for (int place = 0; place < Math.min(value.length, LONGEST); place++) body.write(value[place] == '\n' || value[place] == '\r' ? ' ' : value[place]);
      body.write('\n');
    }
    var request = HttpRequest.newBuilder(URI.create(judges[Math.floorMod(asked++, judges.length)] + "/decide")).timeout(PATIENCE)
        .header("Content-Type", "application/x-ndjson").POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()));
    String token = tokenVariable.isEmpty() ? null : System.getenv(tokenVariable);
    if (token != null) request.header("Authorization", "Bearer " + token);
    return request.build();
  }

  private static void settle(List<Asked> batch, HttpResponse<java.io.InputStream> response) throws IOException {
    byte[] body;
    try (var stream = response.body()) {
      body = stream.readAllBytes();
    }
    if (response.statusCode() != 200) {
      throw new IOException("the judge answered HTTP " + response.statusCode() + ": " + new String(body, 0, Math.min(body.length, 300), StandardCharsets.UTF_8));
    }
    List<Decision> decisions = new ArrayList<>();
    try (var values = JSON.readerFor(JsonNode.class).<JsonNode>readValues(body)) {
      while (values.hasNext()) decisions.add(decision(values.next()));
    }
    if (decisions.size() != batch.size()) throw new IOException("the judge gave " + decisions.size() + " decisions for " + batch.size() + " answers");
    for (int index = 0; index < batch.size(); index++) batch.get(index).result.complete(Collections.singleton(decisions.get(index)));
  }

  private static Decision decision(JsonNode line) {
    var decision = new Decision();
    decision.accepted = "accepted".equals(line.path("decision").asText());
    decision.regenerated = "regenerated".equals(line.path("decision").asText());
    for (JsonNode send : line.path("messages")) {
      decision.messages.add(new Message(
          send.path("topic").asText(), send.path("key").asText().getBytes(StandardCharsets.UTF_8), send.path("value").asText().getBytes(StandardCharsets.UTF_8)));
    }
    return decision;
  }
}
