#!/usr/bin/env python3
"""Counts how many pairs of two real tables reach a score, by Python's re and scikit-learn: the figures in
Tests/crisolTests/CalibrateCommandTests.swift. The tables are no part of the project.

    scripts/oracles/pair_scores.py FOLDER     (scikit-learn 1.9.1)
"""
import csv
import re
import sys

from sklearn.feature_extraction.text import TfidfVectorizer

THRESHOLDS = [0.05, 0.1, 0.2, 0.3, 0.62, 0.65]


def decoded(text):
    return re.sub(r"(?i)<br\s*/?>|&#xd;|&#xa;|&#13;|&#10;", " ", text.replace("\\n", "\n"))


def jaccard(first, second):
    words, others = set(re.findall(r"\w+", first.lower())), set(re.findall(r"\w+", second.lower()))
    return len(words & others) / len(words | others) if words | others else 0


def cosine(first, second):
    try:
        rows = TfidfVectorizer().fit_transform([first, second])
    except ValueError:
        # Neither text has a word.
        return 0
    return (rows[0] @ rows[1].T).toarray()[0, 0]


for name, answer, against, header in [("yahoo_answers_sample.csv", 3, 1, 0), ("answer_pairs_en.csv", 1, 0, 1)]:
    with open(f"{sys.argv[1]}/{name}", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[header:]
    for metric in [jaccard, cosine]:
        scores = [metric(decoded(row[answer]), decoded(row[against])) for row in rows]
        print(name, metric.__name__, len(scores), [int(sum(score >= threshold for score in scores)) for threshold in THRESHOLDS])
