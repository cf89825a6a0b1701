"""Runs crisol-live-bench with the native judge and with the Flink job, in turn, and prints one table. See scripts/bench-flink."""
import argparse
import json
import os
import statistics
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
arguments = argparse.ArgumentParser(description=__doc__)
for name in ("bench", "work", "out"):
    arguments.add_argument(f"--{name}", required=True)
arguments.add_argument("--rounds", type=int, required=True)
arguments.add_argument("--bertscore", action="store_true")
options = arguments.parse_args()
engines = ("native", "flink")

# name, questions in flight or the scenario's own arrivals, settings; two judges, every question takes every hop, and the
# LLM answers with the reference as it is: writing other answers costs more than judging them.
jaccard = ("traffic.corpus.synthetic", "20000"), ("pipeline.score.metric", "jaccard")
bertscore = ("traffic.corpus.builtin", "true"), ("pipeline.score.metric", "bertscore-minilm-l6")
cases = [
    ("Jaccard, closed loop of 2,000", "2000r", (*jaccard, ("questions", "20000"))),
    ("Jaccard, 50 questions/s", "openr", (*jaccard, ("questions", "1500"), ("traffic.arrivals.rate", "50/s"))),
]
if options.bertscore:
    cases += [
        ("BERTScore, closed loop of 100", "100r", (*bertscore, ("questions", "600"))),
        ("BERTScore, 10 questions/s", "openr", (*bertscore, ("questions", "300"), ("traffic.arrivals.rate", "10/s"))),
    ]
runs = {}
failed = []


def run(window, engine, settings):
    path = os.path.join(options.work, "store.sqlite")
    for name in os.listdir(options.work):
        if name.startswith("store.sqlite"):
            os.remove(os.path.join(options.work, name))
    overrides = [f"{key}={value}" for key, value in settings] + [f"pipeline.judge.engine={engine}"]
    done = subprocess.run([options.bench, os.path.join(here, "engines.yaml"), path, window, *overrides], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"crisol-live-bench failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


with open(options.out, "w", encoding="utf-8") as out:
    for number in range(options.rounds):
        for name, window, settings in cases:
            # Whatever the machine does meanwhile meets both alike.
            for engine in engines if number % 2 == 0 else engines[::-1]:
                figures = run(window, engine, settings)
                runs.setdefault((name, engine), []).append(figures)
                out.write(json.dumps({"run": name, "engine": engine, **figures}) + "\n")
                out.flush()

print(f"{'medians of ' + str(options.rounds) + ' runs':32}{'engine':>8}{'questions/s':>13}{'answers/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'flink / native':>17}")
for name, window, _ in cases:
    for engine in engines:
        def median(value, engine=engine):
            return statistics.median(value(figures) for figures in runs[name, engine])

        speed = median(lambda f: f["questions_per_s"])
        latency = median(lambda f: f["latency_p50_ms"])
        ratio = ""
        if engine == "flink":
            ratio = (f"{speed / median(lambda f: f['questions_per_s'], 'native'):.2f} × /s" if window != "openr"
                     else f"{latency - median(lambda f: f['latency_p50_ms'], 'native'):+.1f} ms at p50")
        print(f"{name:32}{engine:>8}{speed:13,.0f}{median(lambda f: f['generations'] / f['wall_s']):11,.0f}{latency:9.1f}{median(lambda f: f['latency_p99_ms']):9.1f}{ratio:>17}")
    ends = {engine: {(f["questions"], f["accepted"], f["generations"]) for f in runs[name, engine]} for engine in engines}
    if ends["native"] != ends["flink"]:
        failed.append(f"{name}: questions, accepted, generations are {ends['native']} natively and {ends['flink']} with Flink")
for (name, engine), all_figures in runs.items():
    if any(figures["lost"] for figures in all_figures):
        failed.append(f"{name}, {engine}: questions were lost")
    for reason in {reason for figures in all_figures for reason in figures["invalid"]}:
        print(f"INVALID  {name}, {engine}: {reason}")
for finding in failed:
    print(f"FAILED  {finding}")
sys.exit(1 if failed else 0)
