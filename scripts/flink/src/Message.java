/** A message to be written. */
public final class Message {
  public String topic;
  public byte[] key;
  public byte[] value;

  public Message() {}

  Message(String topic, byte[] key, byte[] value) {
    this.topic = topic;
    this.key = key;
    this.value = value;
  }
}
