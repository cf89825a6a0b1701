#!/usr/bin/env python3
"""BERTScore of 200 pairs of texts by onnxruntime and tokenizers, as Tests/ScoringTests/BERTScoreOracle.swift has it.

    scripts/oracles/bertscore.py FOLDER > Tests/ScoringTests/BERTScoreOracle.swift

FOLDER holds model.onnx and tokenizer.json (of the wheels that scripts/setup --bertscore names); needs onnxruntime 1.31.1,
tokenizers and numpy. Greedy matching over all tokens; the marks of beginning and end weigh nothing.
"""
import json
import random
import sys

import numpy
import onnxruntime
from tokenizers import Tokenizer

folder = sys.argv[1]
tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
tokenizer.no_padding()
tokenizer.enable_truncation(512)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(f"{folder}/model.onnx", options)

WORDS = """the of and a to in is was for on with as by at from which how why what water light energy answer question
light-years don't it's e.g. Fahrenheit photosynthesis antidisestablishmentarianism naïve café São Zürich Ærøskøbing İstanbul
straße ΟΔΥΣΣΕΥΣ Москва 東京 地球 こんにちは 안녕하세요 مرحبا שלום हिन्दी ไทย 🙂 🥰 👩‍👩‍👧 ❤️ 1,000 3.14 50% €20 [SEP] [mask] <br> &amp;
http://example.org/a?b=c C++ x² ½ Ⅷ ﬁne a\u0301 e\u0301 \u200bzero \ufeffbom tab\there new\nline nbsp\u00a0here ... !!! ¿qué? «si»""".split(" ")
LONG = "x" * 101
chance = random.Random(20240607)


def text(count):
    return " ".join(chance.choice(WORDS) for _ in range(count))


def related(other):
    words = other.split(" ")
    return " ".join(chance.choice(WORDS) if chance.random() < 0.3 else word for word in words)


pairs = [("", ""), ("", "a"), ("a", ""), (" \t\n", "word"), ("🙂", "🙂"), ("🥰", "🙂"), (LONG, "x"), ("word " + LONG, LONG + " word"), ("[CLS]", "[SEP]"),
         ("Hello, world!", "hello world"), ("é", "e\u0301"), ("\u0000null", "null"), ("\ufffd", "a"), ("ΣΑΣ", "σας")]
while len(pairs) < 192:
    first = text(chance.choice([1, 2, 5, 12, 30, 60]))
    pairs.append((first, related(first) if chance.random() < 0.5 else text(chance.choice([1, 2, 5, 12, 30, 60]))))
while len(pairs) < 200:
    first = text(700)
    pairs.append((first, related(first) if len(pairs) % 2 else text(20)))


def encode(text):
    tokens = tokenizer.encode(text).ids
    ids = numpy.array([tokens], dtype=numpy.int64)
    hidden = session.run(["last_hidden_state"], {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)})[0][0]
    return tokens, hidden / numpy.linalg.norm(hidden, axis=1, keepdims=True)


def score(candidate, reference):
    (own, x), (other, y) = encode(candidate), encode(reference)
    if len(own) <= 2 or len(other) <= 2:
        return 0, 0, 0
    similar = x @ y.T

    def mean(best, tokens):
        weights = numpy.array([token not in (101, 102) for token in tokens], dtype=float)
        return float((best * weights).sum() / weights.sum()) if weights.sum() else 0

    precision, recall = mean(similar.max(axis=1), own), mean(similar.max(axis=0), other)
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0


print("// Made by scripts/oracles/bertscore.py: onnxruntime and tokenizers in Python.")
print("enum BERTScoreOracle {")
print("    /// A candidate and a reference as JSON texts, then precision, recall and F1.")
print("    static let pairs: [(candidate: String, reference: String, precision: Double, recall: Double, f1: Double)] = [")
for candidate, reference in pairs:
    quoted = [f'#"{json.dumps(side, ensure_ascii=True)}"#' for side in (candidate, reference)]
    print(f"        ({quoted[0]}, {quoted[1]}, " + ", ".join(f"{value:.9f}" for value in score(candidate, reference)) + "),")
print("    ]")
print("}")
