"""Similarities of tab-separated pairs by other means than Crisol's.

    scores.py METRIC python|sklearn|batched PAIRS [SCORES]

METRIC: jaccard or tfidf-cosine, over words as scikit-learn's TfidfVectorizer finds them. `python` is plain
Python; `sklearn` fits a vectoriser to each pair, as such pipelines do; `batched` counts all texts at once
and does each pair's arithmetic by sparse matrices. Prints pairs, CPU seconds and the mean score.
"""
import math
import re
import sys
import time
from collections import Counter

metric, means, path = sys.argv[1:4]
pairs = [line.rstrip("\n").split("\t", 1) for line in open(path, encoding="utf-8", newline="\n")]
words = re.compile(r"(?u)\b\w+\b" if metric == "jaccard" else r"(?u)\b\w\w+\b").findall
RARITY = math.log(1.5) + 1

if means != "python":
    import numpy
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer


def jaccard_python(a, b):
    a, b = set(words(a.lower())), set(words(b.lower()))
    union = len(a | b)
    return len(a & b) / union if union else 0.0


def tfidf_python(a, b):
    a, b = Counter(words(a.lower())), Counter(words(b.lower()))
    product = sum(count * b[word] for word, count in a.items() if word in b)
    if not product:
        return 0.0

    def squares(own, other):
        return sum((count if word in other else count * RARITY) ** 2 for word, count in own.items())

    return product / math.sqrt(squares(a, b) * squares(b, a))


def jaccard_sklearn(a, b):
    try:
        m = CountVectorizer(binary=True, token_pattern=r"(?u)\b\w+\b").fit_transform([a, b])
    except ValueError:  # no words at all
        return 0.0
    shared = m[0].multiply(m[1]).nnz
    return shared / (m[0].nnz + m[1].nnz - shared)


def tfidf_sklearn(a, b):
    try:
        m = TfidfVectorizer().fit_transform([a, b])
    except ValueError:
        return 0.0
    return (m[0] @ m[1].T).toarray()[0, 0]


def counted(binary):
    pattern = r"(?u)\b\w+\b" if metric == "jaccard" else r"(?u)\b\w\w+\b"
    m = CountVectorizer(binary=binary, token_pattern=pattern).fit_transform([a for a, _ in pairs] + [b for _, b in pairs])
    return m[: len(pairs)].astype(float), m[len(pairs) :].astype(float)


def total(m):
    return numpy.asarray(m.sum(axis=1)).ravel()


def jaccard_batched():
    a, b = counted(True)
    shared = total(a.multiply(b))
    union = total(a) + total(b) - shared
    return numpy.divide(shared, union, out=numpy.zeros(len(pairs)), where=union > 0)


def tfidf_batched():
    a, b = counted(False)
    product = total(a.multiply(b))

    def squares(own, other):
        all_squares, shared = total(own.multiply(own)), total(own.multiply(own).multiply(other.sign()))
        return shared + RARITY**2 * (all_squares - shared)

    norm = numpy.sqrt(squares(a, b) * squares(b, a))
    return numpy.divide(product, norm, out=numpy.zeros(len(pairs)), where=norm > 0)


name = ("jaccard_" if metric == "jaccard" else "tfidf_") + means
start = time.process_time()
scores = globals()[name]() if means == "batched" else [globals()[name](a, b) for a, b in pairs]
seconds = time.process_time() - start
print(f"{len(pairs)}\t{seconds:.6f}\t{sum(scores) / len(pairs):.9f}")
if len(sys.argv) > 4:
    with open(sys.argv[4], "w") as out:
        out.writelines(f"{float(score)!r}\n" for score in scores)
