"""Runs crisol-bench and the peers in turn and prints how many times as fast Crisol is.

    compare.py --bench PROGRAM --peers FOLDER --python PYTHON --out CSV [--rounds N] [--items LETTERS] [--data FOLDER]

Each round runs every program once, one after the other, so that whatever else the machine does meets all
of them; a ratio compares two runs of one round. Speeds are units per CPU second. Columns of the CSV:
item, program, round, units, cpu_seconds, peak_kb, check. Exit code 1: a check or an agreement failed.
"""
import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
arguments.add_argument("--bench", required=True)
arguments.add_argument("--peers", required=True, help="folder of the built C and C++ programs")
arguments.add_argument("--python", required=True, help="a Python with simpy, libcachesim and scikit-learn")
arguments.add_argument("--out", required=True)
arguments.add_argument("--rounds", type=int, default=5)
arguments.add_argument("--items", default="abcde")
arguments.add_argument("--model", help="folder with model.onnx and tokenizer.json, for f")
arguments.add_argument("--data", default=os.path.join(here, "..", "..", "shared", "data"))
options = arguments.parse_args()
work = tempfile.TemporaryDirectory(prefix="crisol-bench-")
failed = []


def ours(*words):
    return [options.bench, *map(str, words)]


def native(program, *words):
    return [os.path.join(options.peers, program), *map(str, words)]


def script(name, *words):
    return [options.python, os.path.join(here, "peers", name), *map(str, words)]


def run(command):
    """Units, CPU seconds, check and peak memory of one run."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True, env=environment)
        errors = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if child.returncode != 0:
        sys.exit(f"compare: {' '.join(command)} ended with {child.returncode}:\n{errors}")
    units, seconds, check = text.strip().splitlines()[-1].split("\t")
    return int(units), float(seconds), check, usage.ru_maxrss


class Item:
    """One thing measured: our command, and each peer with the ratio that is wanted (None: only shown).

    Where no peer does the same work, `speed` (millions/CPU s) and `memory` (MB at the peak) say what is
    wanted of ours alone; `once`: too long for more than one round.
    """

    def __init__(self, name, unit, command, peers, same_check=False, speed=None, memory=None, once=False):
        self.name, self.unit, self.command, self.peers, self.same_check = name, unit, command, peers, same_check
        self.speed, self.memory, self.once = speed, memory, once


def real_pairs(path):
    """The data folder's answer pairs, if they are there, tab-separated."""
    source = os.path.join(options.data, "answer_pairs_en.csv")
    if not os.path.exists(source):
        return False
    with open(source, newline="", encoding="utf-8") as file, open(path, "w", encoding="utf-8", newline="\n") as out:
        for row in list(csv.reader(file))[1:]:
            if len(row) >= 2:
                out.write("\t".join(" ".join(text.split()) for text in row[-2:]) + "\n")
    return True


def agree(metric, pairs):
    """Whether the first 1,000 pairs' scores are scikit-learn's and Python's to 1e-9."""
    first, lists = os.path.join(work.name, "first.tsv"), []
    with open(pairs, encoding="utf-8", newline="\n") as file, open(first, "w", encoding="utf-8", newline="\n") as out:
        out.writelines(line for _, line in zip(range(1000), file))
    for number, command in enumerate(
        [ours("score", metric, first, 1), script("scores.py", metric, "sklearn", first), script("scores.py", metric, "python", first)]
    ):
        scores = os.path.join(work.name, f"scores-{number}")
        run(command + [scores])
        lists.append([float(line) for line in open(scores)])
    worst = max(max(abs(a - b) for a, b in zip(lists[0], other)) for other in lists[1:])
    print(f"{metric}: largest difference from scikit-learn and Python over {len(lists[0])} pairs: {worst:.1e}")
    if worst > 1e-9:
        failed.append(f"{metric}: scores differ by {worst:.1e}")


def items():
    chosen = []
    reference = os.path.join(here, "..", "scenarios", "bench-reference.yaml")
    if "a" in options.items:
        chosen.append(Item("a: M/M/64 with 20 % retries", "events", ours("retry-model", 20_000_000), [
            ("C++ 4-ary heap", native("mmc", 20_000_000), 0.9), ("SimPy", script("mmc.py", 200_000), 80)]))
    if "b" in options.items:
        chosen.append(Item("b: bench-reference", "questions", ours("pipeline", reference, 2_000_000), [], speed=1))
    if "m" in options.items:
        chosen.append(Item(
            "m: bench-reference, 100 M questions", "questions", ours("pipeline", reference, 100_000_000), [], speed=1,
            memory=300, once=True))
    if "c" in options.items:
        trace = os.path.join(work.name, "zipf.bin")
        subprocess.run(ours("trace", trace, 10_000_000, 1_000_000), check=True)
        for policy, wanted in [("lru", 3), ("lfu", 6), ("fifo", 2.2)]:
            for capacity in (10_000, 100_000):
                chosen.append(Item(f"c: {policy}, {capacity} entries", "requests", ours("cache", policy, capacity, trace), [
                    ("libcachesim", script("caches.py", policy, capacity, trace), wanted)], same_check=True))
    if "d" in options.items:
        texts = [("generated", os.path.join(work.name, "generated.tsv"))]
        subprocess.run(ours("pairs", texts[0][1], 4000), check=True)
        real = os.path.join(work.name, "real.tsv")
        if real_pairs(real):
            texts.append(("real", real))
        for name, path in texts:
            for metric in ("jaccard", "tfidf-cosine"):
                agree(metric, path)
                chosen.append(Item(f"d: {metric}, {name} text", "pairs", ours("score", metric, path, 20), [
                    ("Python", script("scores.py", metric, "python", path), 10),
                    ("scikit-learn per pair", script("scores.py", metric, "sklearn", path), 300),
                    ("scikit-learn batched", script("scores.py", metric, "batched", path), 25)]))
    if "f" in options.items:
        # 40 of its words are 60 tokens on the mean, the marks of beginning and end among them.
        pairs = os.path.join(work.name, "words.tsv")
        subprocess.run(ours("word-pairs", pairs, 200, 40), check=True)
        for name, answers, wanted in [("each reference once", 1, 45e-6), ("five answers to a reference", 5, 1.7 * 45e-6)]:
            first = os.path.join(work.name, f"words-{answers}.tsv")
            with open(pairs, encoding="utf-8") as file, open(first, "w", encoding="utf-8") as out:
                out.writelines(file.readlines()[: 200 // answers])
            chosen.append(Item(f"f: BERTScore, {name}", "pairs", ours("bertscore", first, answers, 1), [
                ("bert-score, the same weights", script("bertscore.py", options.model, first, answers), None)], same_check=True, speed=wanted))
    if "e" in options.items:
        chosen.append(Item("e: histogram", "spans", ours("histogram", 50_000_000), [
            ("HdrHistogram_c", native("numbers", "histogram", 50_000_000), None)]))
        chosen.append(Item("e: draws", "draws", ours("draws", 50_000_000), [
            ("GSL taus2 (32 bits)", native("numbers", "draws", 50_000_000), None)]))
        chosen.append(Item("e: draws in a stream", "draws", ours("stream", 50_000_000), [
            ("GSL taus2 (32 bits)", native("numbers", "draws", 50_000_000), None)]))
        chosen.append(Item("e: normal draws", "draws", ours("normal", 50_000_000), [
            ("gsl_ran_gaussian_ziggurat", native("numbers", "normal", 50_000_000), None)]))
        chosen.append(Item("e: Zipf over 1 M keys", "draws", ours("zipf", 20_000_000, 1_000_000), [
            ("gsl_ran_discrete", native("numbers", "zipf", 20_000_000, 1_000_000), None)]))
    return chosen


def spread(values):
    return f"{min(values):10.3g} {statistics.median(values):10.3g} {max(values):10.3g}"


chosen = items()
speeds = {}
peaks = {}
with open(options.out, "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["item", "program", "round", "units", "cpu_seconds", "peak_kb", "check"])
    for number in range(options.rounds):
        for item in chosen:
            if item.once and number > 0:
                continue
            expected = None
            for program, command in [("crisol", item.command)] + [(name, command) for name, command, _ in item.peers]:
                units, seconds, check, peak = run(command)
                table.writerow([item.name, program, number, units, f"{seconds:.6f}", peak, check])
                file.flush()
                speeds.setdefault((item.name, program), []).append(units / seconds)
                peaks[item.name, program] = max(peak, peaks.get((item.name, program), 0))
                if program == "crisol":
                    expected = check
                elif item.same_check and check != expected:
                    failed.append(f"{item.name}: {program} says {check}, Crisol {expected}")
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)

print(f"\n{'':44}{'min':>10} {'median':>10} {'max':>10}")
for item in chosen:
    own = speeds[item.name, "crisol"]
    peak = peaks[item.name, "crisol"] / 1024
    goals = ""
    if item.speed is not None:
        goals += f"  wanted {item.speed}: {'met' if statistics.median(own) >= item.speed * 1e6 else 'NOT MET'}"
    goals += f"  peak {peak:.0f} MB"
    if item.memory is not None:
        goals += f", wanted {item.memory}: {'met' if peak < item.memory else 'NOT MET'}"
    print(f"{item.name}\n{'  million ' + item.unit + '/CPU s':44}{spread([speed / 1e6 for speed in own])}{goals}")
    for name, _, wanted in item.peers:
        ratios = [a / b for a, b in zip(own, speeds[item.name, name])]
        goal = ""
        if wanted is not None:
            goal = f"  wanted {wanted}: {'met' if statistics.median(ratios) >= wanted else 'NOT MET'}"
        print(f"{'  × ' + name:44}{spread(ratios)}{goal}")
for finding in dict.fromkeys(failed):
    print(f"FAILED  {finding}")
sys.exit(1 if failed else 0)
