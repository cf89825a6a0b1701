/** A message with an answer, as it stands in the topic. */
public final class Answer {
  public byte[] value;
  /** When it was written, in milliseconds since 1970; 0 where it does not say. */
  public long time;

  public Answer() {}

  Answer(byte[] value, long time) {
    this.value = value;
    this.time = time;
  }
}
