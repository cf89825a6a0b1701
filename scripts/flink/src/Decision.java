import java.util.ArrayList;
import java.util.List;

/** What the judge makes of an answer. */
public final class Decision {
  public boolean accepted;
  public boolean regenerated;
  public List<Message> messages = new ArrayList<>();
}
