#!/usr/bin/env python3
"""The baseline of bertscore-minilm-l6: its mean precision, recall and F1 of texts that have nothing to do with each other.

    scripts/oracles/bertscore_baseline.py FOLDER

FOLDER holds model.onnx and tokenizer.json, as for bertscore.py beside this file. The texts are the answers of the built-in corpus,
each against every answer to another question in its language (Zhang et al. take random sentences of one language, too). The English
ones are what `BERTScore.baseline` has in Sources/Scoring/BERTScore/BERTScore.swift: the model is one of English, and to it
Spanish texts are much alike.
"""
import itertools
import os
import sys

import numpy
import onnxruntime
from tokenizers import Tokenizer

folder = sys.argv[1]
sources = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Sources", "Workload")
tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
tokenizer.no_padding()
tokenizer.enable_truncation(512)
session = onnxruntime.InferenceSession(f"{folder}/model.onnx")


def vectors(text):
    ids = numpy.array([tokenizer.encode(text).ids], dtype=numpy.int64)
    hidden = session.run(["last_hidden_state"], {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)})[0][0]
    return hidden / numpy.linalg.norm(hidden, axis=1, keepdims=True)


def answers(name):
    """The second of each two lines between the triple quotes."""
    text = open(os.path.join(sources, name), encoding="utf-8").read().split('"""')[1]
    return [line.strip() for line in text.strip().splitlines()][1::2]


for name in ("BuiltinEnglish.swift", "BuiltinSpanish.swift"):
    texts = [vectors(text) for text in answers(name)]
    scores = []
    for x, y in itertools.permutations(texts, 2):
        similar = x @ y.T
        precision, recall = similar.max(axis=1)[1:-1].mean(), similar.max(axis=0)[1:-1].mean()
        scores.append((precision, recall, 2 * precision * recall / (precision + recall)))
    print(f"{name}: {len(scores)} pairs of {len(texts)} answers: precision, recall, F1", *(f"{value:.4f}" for value in numpy.mean(scores, axis=0)))
