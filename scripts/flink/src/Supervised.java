import java.io.IOException;

/**
 * Runs another main class until its own process's standard input ends: whoever started it keeps that open, and however he
 * dies, this dies with him.
 */
public final class Supervised {
  public static void main(String[] arguments) throws ReflectiveOperationException {
    Thread watch = new Thread(Supervised::waitForTheEnd, "crisol-supervised");
    watch.setDaemon(true);
    watch.start();
    String[] rest = java.util.Arrays.copyOfRange(arguments, 1, arguments.length);
    Class.forName(arguments[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
  }

  private static void waitForTheEnd() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException closed) {
      // As good as its end.
    }
    Runtime.getRuntime().halt(143);
  }

  private Supervised() {}
}
