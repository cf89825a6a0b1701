"""Runs crisol-live-bench, and python-live in turn with it, and prints figures beside what is wanted. See scripts/bench-live."""
import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
arguments = argparse.ArgumentParser(description=__doc__)
for name in ("bench", "work", "postgres", "peer", "python", "out", "only"):
    arguments.add_argument(f"--{name}", required=True)
arguments.add_argument("--rounds", type=int, required=True)
options = arguments.parse_args()
out = open(options.out, "w", encoding="utf-8")
sys.dont_write_bytecode = True
runs = {}


def note(name, figures):
    runs.setdefault(name, []).append(figures)
    out.write(json.dumps({"run": name, **figures}) + "\n")
    out.flush()


def write_pairs(folder, pairs):
    """A folder with its scenario and its corpus, where the scenario looks for it."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "pairs.jsonl"), "w", encoding="utf-8") as file:
        for question, answer in pairs:
            file.write(json.dumps({"question": question, "answer": answer}) + "\n")
    return folder


def distinct_pairs(count, seed=1):
    """Questions that are all different, and answers of some 500 bytes."""
    dice = random.Random(seed)
    syllables = [c + v for c in "bcdfglmnprstv" for v in "aeiou"]
    words = sorted({"".join(dice.choices(syllables, k=dice.randint(2, 4))) for _ in range(6000)})
    for number in range(count):
        answer = " ".join(dice.choices(words, k=110))[:500].rsplit(" ", 1)[0]
        yield f"{' '.join(dice.choices(words, k=8))} {number}?", answer


def ours(scenario, store, window, *overrides):
    path = os.path.join(options.work, "store.sqlite")
    for name in os.listdir(options.work):
        if name.startswith("store.sqlite"):
            os.remove(os.path.join(options.work, name))
    ours.number += 1
    store = f"{options.postgres}&crisol_run=r{ours.number}" if store == "postgres" else path
    done = subprocess.run([options.bench, scenario, store, window, *overrides], capture_output=True, text=True)
    if done.returncode != 0:
        return print(f"crisol-live-bench failed: {done.stderr.strip()}", file=sys.stderr)
    return json.loads(done.stdout)


ours.number = 0


def peers(*words):
    work = os.path.join(options.work, "peer")
    command = [options.python, os.path.join(options.peer, "run.py"), "--work", work, *words]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
    shutil.rmtree(work, ignore_errors=True)
    if done.returncode != 0:
        return print(f"python-live failed: {done.stderr.strip()[-300:]}", file=sys.stderr)
    return json.loads(done.stdout)


def median(name, value):
    return statistics.median(value(figures) for figures in runs[name])


def goal(text, value, wanted, at_most=False):
    met = value <= wanted if at_most else value >= wanted
    print(f"  {text:58}{value:12.3g}  wanted {'at most' if at_most else 'at least'} {wanted:g}: {'met' if met else 'NOT MET'}")


def parts(name):
    latest = runs[name][-1]
    each = sorted(latest["cpu_s_by_part"].items(), key=lambda part: -part[1])
    print("  CPU µs a question: " + ", ".join(f"{part} {seconds / latest['questions'] * 1e6:.1f}" for part, seconds in each if seconds > 0.01))


stores = ["sqlite"] + (["postgres"] if options.postgres else [])
if options.only != "peer":
    folder = write_pairs(os.path.join(options.work, "worst"), distinct_pairs(100_000))
    scenario = shutil.copy(os.path.join(here, "worst-case.yaml"), folder)
    for _ in range(options.rounds):
        for store in stores:
            if figures := ours(scenario, store, "4000r"):
                note(f"worst {store}", figures)
has_peer = options.only != "worst" and os.path.isdir(options.peer)
if has_peer:
    sys.path.insert(0, options.peer)
    from peer import dataset

    folder = write_pairs(os.path.join(options.work, "python"), ((question, answer) for _, question, answer in dataset.synthetic()))
    scenario = shutil.copy(os.path.join(here, "python-live.yaml"), folder)
    tfidf = ("pipeline.score.metric=tfidf-cosine", "pipeline.score.threshold=0.65", "provider.quality.mean=0.715")
    for _ in range(options.rounds):
        for name, figures in (
            ("ours jaccard", ours(scenario, "sqlite", "2000")), ("peer jaccard", peers("--total", "200000")),
            ("ours tfidf", ours(scenario, "sqlite", "2000", "questions=20000", *tfidf)),
            # Slow: as many as its own README takes.
            ("peer tfidf", peers("--scorer", "tfidf", "--total", "20000")),
            ("ours 300/s", ours(scenario, "sqlite", "open", "questions=6000")), ("peer 300/s", peers("--rate", "300")),
        ):
            if figures:
                note(name, figures)

failed = []
for store in stores:
    name = f"worst {store}"
    if name not in runs:
        continue
    print(f"worst case, {store} (median of {len(runs[name])} runs)")
    goal("questions/s", median(name, lambda f: f["questions_per_s"]), 25_000)
    parts(name)
    print(f"  broker alone, 500-byte messages/s: {median(name, lambda f: f['raw_produced_per_s']):.0f} produced, {median(name, lambda f: f['raw_consumed_per_s']):.0f} consumed")
for metric, faster in (("jaccard", 2), ("tfidf", 20)) if has_peer else ():
    own, other = f"ours {metric}", f"peer {metric}"
    if own not in runs or other not in runs:
        continue
    print(f"python-live's work, {metric} (medians of {len(runs[own])} runs)")
    print(f"  questions/s: {median(own, lambda f: f['questions_per_s']):.0f}, python-live {median(other, lambda f: f['questions_per_s']):.0f}; "
          f"generations a thousand questions: {median(own, lambda f: 1000 * f['generations'] / f['questions']):.0f} and "
          f"{median(other, lambda f: 1000 * f['reports']['scorer']['scored'] / f['questions']):.0f}")
    goal("times as many questions/s", median(own, lambda f: f["questions_per_s"]) / median(other, lambda f: f["questions_per_s"]), faster)
    ratio = median(own, lambda f: f["cpu_s_services"] / f["questions"]) / median(other, lambda f: f["cpu_s_services"] / f["questions"])
    goal("share of its CPU seconds a question, brokers apart", ratio, 1 / 3, at_most=True)
    parts(own)
if has_peer and "ours 300/s" in runs and "peer 300/s" in runs:
    print("python-live's work at 300 questions/s")
    own, other = median("ours 300/s", lambda f: f["latency_p99_ms"]), median("peer 300/s", lambda f: f["latency_ms"]["all"]["p99"])
    print(f"  p99: {own:.1f} ms, python-live {other:.1f} ms")
    goal("share of its p99", own / other, 0.5, at_most=True)
    parts("ours 300/s")
for name, all_figures in runs.items():
    if any(figures.get("lost", 0) for figures in all_figures):
        failed.append(f"{name}: questions were lost")
    for reason in {reason for figures in all_figures for reason in figures.get("invalid", [])}:
        print(f"INVALID  {name}: {reason}")
for finding in failed:
    print(f"FAILED  {finding}")
sys.exit(1 if failed else 0)
