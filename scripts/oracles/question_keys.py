"""Writes Tests/WorkloadTests/QuestionKeyOracle.swift: question keys by Python's own Unicode tables and xxhash.

    python3 scripts/oracles/question_keys.py > Tests/WorkloadTests/QuestionKeyOracle.swift

Python 3.11 (Unicode 14) and xxhash 4.1.0.
"""
import unicodedata

import xxhash

# Unicode's White_Space; str.split() would also split at U+001C to U+001F.
WHITE = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200B)}


def normalised(text):
    text = unicodedata.normalize("NFC", text).casefold()
    return " ".join("".join(" " if c in WHITE else c for c in text).split(" ")).strip()


def collapsed(text):
    return " ".join(part for part in normalised(text).split(" ") if part)


def literal(text):
    return '"' + "".join(c if 0x20 <= ord(c) < 0x7F and c not in '"\\' else f"\\u{{{ord(c):X}}}" for c in text) + '"'


texts = [
    "", " ", "a", "What is the capital of Peru?", "  WHAT is\tthe\n capital  of peru?  ",
    "x" * 31, "x" * 32, "x" * 33, "The quick brown fox jumps over the lazy dog. " * 5,
    "¿Cuál es la capital de Perú?", "¿CUÁL ES LA CAPITAL DE PERÚ?", "¿Cua\u0301l es la capital de Peru\u0301?",
    "Straße", "STRASSE", "straẞe", "ΟΔΥΣΣΕΥΣ", "Οδυσσεύς", "ﬁn ﬃ", "İstanbul ıI", "日本の首都は　どこですか？",
    "Привет, МИР", "שלום עולם", "مرحبا", "한국어 각", "\u1112\u1161\u11ab", "ᏣᎳᎩ ꭰꭱ", "ａＢＣ", "e\u0323\u0301 \u1eb9\u0301",
    "a\u00a0b\u2003c\u3000d\x1ce", "🧑\u200d🚀 Ⓐ", "ŉ ǰ ΐ ᾳ ᾼ", "\U00010400\U0001E900", "Å \u212b K",
]
print("/// Texts and their keys, written by scripts/oracles/question_keys.py.")
print("let questionKeyOracle: [(String, UInt64)] = [")
for text in texts:
    print(f"    ({literal(text)}, 0x{xxhash.xxh64_intdigest(collapsed(text).encode()):016x}),")
print("]\n")
folded = xxhash.xxh64()
for code in range(0x20000):
    if 0xD800 <= code < 0xE000 or code == 0x1FBE:  # NFC never leaves U+1FBE
        continue
    folded.update(chr(code).casefold().encode())
print("/// XXH64 over the case foldings of all scalars below U+20000 but U+1FBE, one after the other.")
print(f"let allFoldingsHash: UInt64 = 0x{folded.intdigest():016x}\n")
print("/// XXH64 of the first n bytes of 0, 1, 2 … 255, 0, 1 … with these seeds.")
print("let xxHashOracle: [(Int, UInt64, UInt64)] = [")
for n in [0, 1, 3, 4, 7, 8, 12, 31, 32, 33, 63, 64, 100, 1000]:
    for seed in [0, 0x9E3779B185EBCA8D]:
        print(f"    ({n}, 0x{seed:x}, 0x{xxhash.xxh64_intdigest(bytes(i % 256 for i in range(n)), seed):016x}),")
print("]")
