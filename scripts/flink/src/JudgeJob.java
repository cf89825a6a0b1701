import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.util.retryable.AsyncRetryStrategies;
import org.apache.flink.streaming.util.retryable.RetryPredicates;
import org.apache.flink.util.Collector;
import org.apache.flink.util.ParameterTool;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The judge as a Flink job: reads answers from the topic of the llm-responses role, asks Crisol's judge for its decisions in
 * batches, and writes what the judge says to the topics that it says.
 *
 * <p>The rules are Crisol's own machine behind {@code POST /decide}; the job has none. At least once: a batch that is asked
 * again after a failure gives the same messages under the same names, which whoever reads them recognises.
 */
public final class JudgeJob {
  public static void main(String[] arguments) throws Exception {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    describe(environment, ParameterTool.fromArgs(arguments));
    environment.execute("crisol judge");
  }

  /** Adds the job to an environment, so that it can be run here or sent to a cluster. */
  static void describe(StreamExecutionEnvironment environment, ParameterTool options) {
    String servers = options.getRequired("bootstrap-servers");
    environment.setParallelism(options.getInt("parallelism", 1));
    environment.enableCheckpointing(options.getLong("checkpoint-ms", 1000), CheckpointingMode.AT_LEAST_ONCE);
    // Kept when the job ends otherwise than by a stop: what was read and not yet judged stands there alone.
    environment.getCheckpointConfig().setExternalizedCheckpointRetention(ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);

    Properties settings = new Properties();
    // Against Crisol's embedded broker an empty fetch sleeps its whole wait; Kafka's own default elsewhere.
    settings.setProperty("fetch.max.wait.ms", options.get("fetch-max-wait-ms", "500"));
    KafkaSource<Answer> source =
        KafkaSource.<Answer>builder()
            .setBootstrapServers(servers)
            .setTopics(options.getRequired("topic"))
            .setGroupId(options.get("group", "crisol-judge"))
            .setStartingOffsets(beginning(options))
            .setDeserializer(new AnswerReader())
            .setProperties(settings)
            .build();

    // Event time is when the answer was written; partitions that are idle hold no watermark back.
    WatermarkStrategy<Answer> eventTime =
        WatermarkStrategy.<Answer>forBoundedOutOfOrderness(Duration.ofMillis(options.getLong("out-of-order-ms", 200)))
            .withTimestampAssigner((answer, recordTime) -> answer.time > 0 ? answer.time : recordTime)
            .withIdleness(Duration.ofSeconds(1));

    var answers = environment.fromSource(source, eventTime, "llm-responses");
    var retries =
        new AsyncRetryStrategies.ExponentialBackoffDelayRetryStrategyBuilder<Decision>(
                options.getInt("retries", 1_000_000), 20, 1000, 2)
            .ifException(RetryPredicates.HAS_EXCEPTION_PREDICATE)
            .build();
    var decisions =
        AsyncDataStream.unorderedWaitWithRetry(
            answers,
            new AskJudge(options.getRequired("judge"), options.getInt("batch", 100), options.getLong("batch-delay-ms", 5), options.get("token-env", "")),
            Duration.ofHours(1).toMillis(),
            TimeUnit.MILLISECONDS,
            options.getInt("in-flight", 1000),
            retries);
    KafkaSink<Message> sink =
        KafkaSink.<Message>builder()
            .setBootstrapServers(servers)
            .setRecordSerializer(
                (KafkaRecordSerializationSchema<Message>)
                    (message, context, timestamp) -> new ProducerRecord<>(message.topic, null, message.key, message.value))
            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .build();
    decisions.flatMap(new Count()).name("decisions").sinkTo(sink).name("answers judged");
  }

  /** Where partitions begin that no checkpoint tells of; never at the end. */
  private static OffsetsInitializer beginning(ParameterTool options) {
    if (!options.has("begin")) return OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
    Map<TopicPartition, Long> offsets = new HashMap<>();
    String[] given = options.get("begin").split(",");
    for (int partition = 0; partition < given.length; partition++) {
      offsets.put(new TopicPartition(options.getRequired("topic"), partition), Long.parseLong(given[partition]));
    }
    return OffsetsInitializer.offsets(offsets, OffsetResetStrategy.EARLIEST);
  }

  /**
   * Counts what was decided, and passes on what is to be written. The counts are part of the checkpoints; the job's
   * accumulators have them, too, for whoever asks once the job has ended and has no metrics any more.
   */
  private static final class Count extends RichFlatMapFunction<Decision, Message> implements CheckpointedFunction {
    private static final long serialVersionUID = 1;

    private final LongCounter allAccepted = new LongCounter();
    private final LongCounter allRegenerated = new LongCounter();
    private transient Counter accepted;
    private transient Counter regenerated;
    private transient ListState<Long> keptAccepted;
    private transient ListState<Long> keptRegenerated;

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
      var metrics = getRuntimeContext().getMetricGroup();
      accepted = metrics.counter("responses_accepted");
      regenerated = metrics.counter("responses_regenerated");
      getRuntimeContext().addAccumulator("responses_accepted", allAccepted);
      getRuntimeContext().addAccumulator("responses_regenerated", allRegenerated);
      // Whoever reads the counters elsewhere sees how old they are, in milliseconds since 1970.
      metrics.gauge("read_at", System::currentTimeMillis);
      var store = context.getOperatorStateStore();
      keptAccepted = store.getListState(new ListStateDescriptor<>("responses_accepted", Long.class));
      keptRegenerated = store.getListState(new ListStateDescriptor<>("responses_regenerated", Long.class));
      for (long count : keptAccepted.get()) countAccepted(count);
      for (long count : keptRegenerated.get()) countRegenerated(count);
    }

    private void countAccepted(long count) {
      accepted.inc(count);
      allAccepted.add(count);
    }

    private void countRegenerated(long count) {
      regenerated.inc(count);
      allRegenerated.add(count);
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
      keptAccepted.update(List.of(accepted.getCount()));
      keptRegenerated.update(List.of(regenerated.getCount()));
    }

    @Override
    public void flatMap(Decision decision, Collector<Message> out) {
      if (decision.accepted) countAccepted(1);
      if (decision.regenerated) countRegenerated(1);
      decision.messages.forEach(out::collect);
    }
  }

  private JudgeJob() {}
}
