import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Takes answers out of a topic that may carry other kinds of messages, too. */
final class AnswerReader implements KafkaRecordDeserializationSchema<Answer> {
  private static final long serialVersionUID = 1;
  private static final JsonFactory JSON = new JsonFactory();

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Answer> out) throws IOException {
    if (record.value() == null) return;
    String kind = null;
    long time = 0;
    try (JsonParser parser = JSON.createParser(record.value())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) return;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals("kind") && value == JsonToken.VALUE_STRING) kind = parser.getText();
        else if (name.equals("timestamp") && value == JsonToken.VALUE_STRING) time = milliseconds(parser.getText());
        else parser.skipChildren();
      }
    } catch (IOException damaged) {
      // The judge says what is wrong with it, and to whom.
      kind = "responded";
    }
    if ("responded".equals(kind)) out.collect(new Answer(record.value(), time));
  }

  private static long milliseconds(String text) {
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (DateTimeException wrong) {
      return 0;
    }
  }

  @Override
  public TypeInformation<Answer> getProducedType() {
    return TypeInformation.of(Answer.class);
  }
}
