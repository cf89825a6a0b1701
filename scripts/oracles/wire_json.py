#!/usr/bin/env python3
"""Messages as another program writes them, and JSON texts that Python's json takes or refuses.

Writes Tests/LiveTests/Fixtures/wire-python.tsv, one case a line:
verdict (take, refuse), the message, its question_text (both hexadecimal), its score (repr, or -).

    python3 scripts/oracles/wire_json.py

Python's json is laxer than RFC 8259 in three things, which are tightened here: NaN and Infinity,
halves of surrogate pairs that stand alone, and bytes that are not UTF-8.
"""
import json
import pathlib
import random

random.seed(20250131)
OUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/LiveTests/Fixtures/wire-python.tsv"


def refuse_constant(name):
    raise ValueError(name)


def verdict(message: bytes):
    """The object as a strict reader sees it, or None."""
    try:
        value = json.loads(message.decode("utf-8"), parse_constant=refuse_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # fails on lone surrogates
        return value if isinstance(value, dict) else None
    except (ValueError, RecursionError):
        return None


def text() -> str:
    ranges = [(0x20, 0x7E), (0x00, 0x1F), (0xA0, 0x24F), (0x370, 0x3FF), (0x4E00, 0x4FFF), (0x1F300, 0x1F64F), (0xFFF0, 0xFFFF)]
    weights = [60, 3, 10, 5, 5, 5, 1]
    return "".join(chr(random.randint(*random.choices(ranges, weights)[0])) for _ in range(random.randint(0, 60)))


# Values that stand in a field that nobody knows: after the cases of RFC 8259's grammar and N. Seriot,
# "Parsing JSON is a Minefield", 2016.
VALUES = """
[] {} [[]] [1,2] [1,] [,1] [1 2] [1,,2] [ {"a":[]} [} {"a"} {"a":} {"a":1,} {a:1} {'a':1} {"a":1 "b":2} {"a" 1} {"a"::1} {,} {"a":1}}
"" "a" " 'a' "\\"" "\\\\" "\\/" "\\b\\f\\n\\r\\t" "\\u0041" "\\u00e9" "\\u0000" "\\uD834\\uDD1E" "\\ud834\\udd1e" "\\uD834" "\\uDD1E" "\\uD834\\u0041"
"\\uD834x" "\\uDD1E\\uD834" "\\u12" "\\u12G4" "\\u" "\\x41" "\\a" "\\" "\\u+123" "\\u 123" "\\U0041" "\\'"
0 -0 1 -1 10 01 -01 00 1. .1 -.1 1.0 0.1 -0.5 1e5 1E5 1e+5 1e-5 1e 1e+ 1.e5 1.5e5 0e0 0e+1 1e5.5 + +1 - -- 0x10 1_000 1,000 １ 1e400 -1e400 1e-400
123456789012345678901234567890 3.141592653589793238462643383279 NaN Infinity -Infinity nan inf True TRUE true false null nul nulll truefalse
[true,false,null] {"a":{"b":{"c":[1,{"d":null}]}}} {"a":1,"a":2} /**/1 1//x [1]x "a""b" ;
""".split()
RAW = [b'"\x00"', b'"\x1f"', b'"\t"', b'"\n"', b'"\x7f"', b'"\xc3\xa9"', b'"\xff"', b'"\xc3"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"',
       b'"\xf0\x9f\x98\x80"', b'"\xe2\x80\xa8"', b'"\xef\xbb\xbf"', b'\xef\xbb\xbf1', b'\xc2\xa01', b'\x0b1', b'\x0c1', b'\t\n\r 1 \t\n\r ', b'', b'"\xf8\x88\x80\x80\x80"']


def cases():
    for value in [v.encode() for v in VALUES] + RAW:
        yield b'{"question_id":"q-000000007","question_text":"t","x":' + value + b'}'
        yield b'{"x":' + value + b' , "question_text" : "t", "question_id":"q-000000007"}'
    for value in VALUES + ['"\\ud83d\\ude00\\u0000 \\u00df"']:
        if value.startswith('"'):
            yield b'{"question_id":"q-000000007","question_text":' + value.encode() + b'}'
    good = b'{"question_id":"q-000000007","question_text":"t"}'
    for outer in [b"", b" ", b"[]", b'"a"', b"null", b"1", good + b"x", good + b" \n", b"\n\t " + good, good + good, b"[" + good + b"]", b"\xef\xbb\xbf" + good, good[:-1], good + b"\x00"]:
        yield outer
    for _ in range(400):
        message = {"question_id": "q-%09d" % random.randint(0, 2_000_000_000), "question_text": text(), "score": random.choice(
            [random.random(), random.random() * 10 ** random.randint(-300, 2), 0.0, 1.0, 5e-324, 1e-7, 0.1 + 0.2, round(random.random(), 3)])}
        for _ in range(random.randint(0, 3)):
            message["x" + text()] = random.choice([None, True, text(), [text(), {text(): random.random()}], random.randint(-(10**20), 10**20)])
        items = list(message.items())
        random.shuffle(items)
        style = random.choice([{}, {"separators": (",", ":")}, {"indent": 2}])
        yield json.dumps(dict(items), ensure_ascii=random.random() < 0.5, **style).encode("utf-8")


lines = []
for message in cases():
    value = verdict(message)
    if value is None:
        lines.append("\t".join(["refuse", message.hex(), "-", "-"]))
    else:
        score = value.get("score")
        lines.append("\t".join(["take", message.hex(), value["question_text"].encode("utf-8").hex(), "-" if score is None else repr(score)]))
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text("\n".join(lines) + "\n")
print(len(lines), "cases, of them", sum(l.startswith("take") for l in lines), "taken")
