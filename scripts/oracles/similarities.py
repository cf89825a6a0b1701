#!/usr/bin/env python3
"""Makes Tests/ScoringTests/PythonSimilarities.swift: scores by scikit-learn, words by Python's re.

    pip install scikit-learn
    scripts/oracles/similarities.py > Tests/ScoringTests/PythonSimilarities.swift

A thousand pairs as long as real answers are not written out: the test draws them again from the same lists
of words (`Draw` and `answer` below), compares a digest of all texts, and then the scores.

Every character is compared too, as one digest for each 4,096 of them, as far as this Python's Unicode
version knows it. The tests leave newer characters out.
"""
import json
import platform
import random
import re
import unicodedata

import sklearn
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

SENTENCES = {
    "English": """Why is the sky blue during the day?
Sunlight is scattered by the air, and blue light is scattered more than red light.
The Moon's phases don't come from the Earth's shadow; they come from where we see it.
Water boils at 100 °C at sea level, but at about 70 °C on the top of Mount Everest.
A naïve café-goer's résumé: 3 years, 2 jobs, 1 coöperative.
The e-mail address is first_last@example.org, and the file is called read_me_2.txt.""",
    "Spanish": """¿Por qué el cielo es azul durante el día?
La luz del sol se dispersa en el aire, y la luz azul se dispersa más que la roja.
El pingüino no vuela, pero nada mejor que muchos peces pequeños.
Mañana, el señor Núñez viajará a España con 25 niños y una cigüeña.
ÁRBOL, ÉPOCA, ÍNDICE, ÓPERA, ÚTIL y ÑANDÚ se escriben con tilde o virgulilla.
El 1.º y la 2.ª llegaron juntos: ganó la de Córdoba.""",
    "German": """Warum ist der Himmel am Tag blau?
Das Sonnenlicht wird an der Luft gestreut, blaues Licht stärker als rotes.
Die Straße zum Schloß führt über Fußgängerbrücken; GROẞE STRASSE heißt große Straße.
Übermorgen fährt Jürgen mit 12 Schülern nach Österreich.
Donaudampfschifffahrtsgesellschaftskapitän ist ein sehr langes Wort.
Der ﬁnnische Käse kostet 3½ Euro für 100 g.""",
    "Greek": """Γιατί ο ουρανός είναι γαλάζιος την ημέρα;
Το φως του ήλιου σκεδάζεται στον αέρα, και το γαλάζιο φως περισσότερο από το κόκκινο.
Ο ΣΊΣΥΦΟΣ ΚΑΙ Ο ΟΔΥΣΣΕΎΣ ΉΤΑΝ ΉΡΩΕΣ ΤΗΣ ΑΡΧΑΊΑΣ ΕΛΛΆΔΑΣ.
Όλος ο κόσμος, όλους τους ανθρώπους, ΌΛΟΥΣ ΤΟΥΣ ΑΝΘΡΏΠΟΥΣ.
ᾼδης ᾈδω ᾮδή· Ἀχιλλεὺς Πηληϊάδεω.
Η Θεσσαλονίκη έχει 1.000.000 κατοίκους.""",
    "Russian": """Почему небо голубое днём?
Солнечный свет рассеивается в воздухе, и голубой свет рассеивается сильнее красного.
Ёлка стоит в углу, а ёжик спит под ЁЛКОЙ.
МОСКВА является столицей России; население около 13 млн человек.
Съешь же ещё этих мягких французских булок, да выпей чаю.
Київ — столиця України, її населення ЇСТЬ вареники.""",
    "Turkish": """Gökyüzü gündüz neden mavidir?
Güneş ışığı havada saçılır; mavi ışık kırmızı ışıktan daha çok saçılır.
İstanbul'un nüfusu 15 milyondan fazladır, IĞDIR ise çok daha küçüktür.
İYİ GÜNLER, ışıl ışıl bir ılık İzmir akşamı.
DİYARBAKIR'DA karpuz, RİZE'DE çay yetişir.
Çiçek, şeker ve öğrenci güzel sözcüklerdir.""",
    "Arabic": """لماذا السماء زرقاء في النهار؟
يتشتت ضوء الشمس في الهواء، ويتشتت الضوء الأزرق أكثر من الأحمر.
القَمَرُ يَدُورُ حَوْلَ الأَرْضِ فِي ٢٧ يَوْمًا.
عاصمة مصر هي القاهرة، وعدد سكانها ۱۰ ملايين.
كـــتـــاب جميل جدا.
السماء والأرض والماء.""",
    "Hindi": """दिन में आकाश नीला क्यों होता है?
सूर्य का प्रकाश हवा में बिखरता है, और नीला प्रकाश लाल से अधिक बिखरता है।
भारत की राजधानी नई दिल्ली है।
पानी १०० डिग्री सेल्सियस पर उबलता है।
हिन्दी में संयुक्ताक्षर होते हैं: क्ष, त्र, ज्ञ।
क्‍ष और क्ष अलग दिखते हैं।""",
    "Chinese": """为什么白天的天空是蓝色的？
阳光在空气中散射，蓝光比红光散射得更多。
北京是中国的首都，人口约二千一百万。
水在100摄氏度沸腾，ＡＢＣ和ａｂｃ是全角字母。
𠀀𠀁是扩展Ｂ区的汉字，㐀也不常见。
天空 是 蓝色 的""",
    "Japanese": """なぜ昼間の空は青いのですか？
太陽の光は空気で散乱し、青い光は赤い光より強く散乱します。
東京は日本の首都で、人口は約1,400万人です。
ｶﾀｶﾅとカタカナ、が と か゛ は違います。
スーパーコンピューター「富岳」は速い。
令和６年㋿㌔①②③""",
    "Other": """대한민국의 수도는 서울이다. 한국어
ประเทศไทยมีกรุงเทพมหานครเป็นเมืองหลวง น้ำ
Việt Nam có thủ đô là Hà Nội. ĐƯỜNG
שָׁלוֹם עולם, ירושלים היא עיר
Հայաստանի մայրաքաղաքը ԵՐԵՎԱՆՆ է և
თბილისი საქართველოს ᲗᲑᲘᲚᲘᲡᲘ დედაქალაქია
ᎣᏏᏲ ꭰꭱ ᏸ 𐐀𐐁𐐨𐐩 𞤀𞤢 Ꙁꙁ Ⅷ ⅷ Ⓐⓐ
Lietuvių Į̇ J̇ Ì Ǆ ǅ ǆ Ǳ ß ẞ ſ K Å Ω Ⱥ Ⱦ ɐ""",
    "Odd": """👍🏽 ok 👨‍👩‍👧‍👦 family 🇪🇸🇩🇪 1️⃣ ©2024 ™
x² + y² = z²; ½ cup, ¾ ⅓ ⅞ 10⁻³ m³ H₂O 五十 ௧௦ ൰ ⑴ 🄀 ⓪ ↉ 〇
snake_case __init__ _ __ a_ _b a b c I
co\u00adoperate zero\u200bwidth non\u00a0breaking\u2028line\u2029para\u0085next
e\u0301te\u0301 \u0301x n\u0303 A\u030a \u0378unassigned \ue000private \ufeffbom
tab\tnew\nline\r\nreturn\x00nul\x1bescape\x7fdelete
don't DON’T rock'n'roll 3.14 1,000 C++ C# .NET a.m. U.S.A.
ª º ᵃ ᴬ ʰ ʼ ˮ ͅ ͺ \u0345Σ ΑΣ\u0345 Σ̂α""",
}

ALONE = ["", " ", "a", "A b", "?!…", "_", "¿", "é", "Σ", "İ", "ı", "ß", "²", "½", "१", "字", "字字", "👍", "\u0301", "\x00", "I I I",
         "the", "The THE the", "a the", "longer_than_eight_bytes", "longer_than_eight_bytez", "exactly8 exactly8",
         "sixteen_letters_ sixteen_letters_ seventeen_letters"]


def similarities(a, b):
    words = [set(re.findall(r"\w+", text.lower())) for text in (a, b)]
    union = words[0] | words[1]
    jaccard = len(words[0] & words[1]) / len(union) if union else 0.0
    try:
        rows = TfidfVectorizer().fit_transform([a, b])
        tfidf = float((rows @ rows.T).toarray()[0, 1])
    except ValueError:  # no word at all
        tfidf = 0.0
    return [a, b, jaccard, tfidf]


def pairs():
    draw = random.Random(20240229)
    cases = [str, str, str.upper, str.title, str.swapcase]
    everything = [sentence for text in SENTENCES.values() for sentence in text.split("\n")]
    for text in SENTENCES.values():
        lines = text.split("\n")
        for a, b in zip(lines, lines[1:]):
            yield a, b
        for _ in range(20):
            # Some words of one sentence among those of another, repeated and in another case.
            a, b = draw.choice(lines), draw.choice(lines)
            mixed = [draw.choice(cases)(word) for word in draw.choices(a.split() + b.split(), k=draw.randint(1, 15))]
            yield a, " ".join(mixed)
    for _ in range(60):
        a, b, c = (draw.choice(everything) for _ in range(3))
        yield a + " " + b, b + "\n" + draw.choice(cases)(c)
    for a in ALONE:
        for b in draw.sample(ALONE, 3) + [a]:
            yield a, b


MASK = (1 << 64) - 1


class Draw:
    """SplitMix64."""

    def __init__(self, state):
        self.state = state

    def below(self, limit):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) * limit) >> 64


SPACED = [" "] * 12 + [", "] * 2 + [". ", "; ", ": ", "\n", " – ", " (", ") ", "?! ", "’s ", "-", "/", "… "]
UNSPACED = [""] * 9 + ["，", "。", "、", " ", "\n"]
MORE = {
    "English": "It's 2024 A.D. co-op naive naïve NAÏVE résumé re\u0301sume\u0301 state-of-the-art 50% $3.99 ﬁre ﬂow x2 2x _private",
    "French": "Où est-ce que l'œuvre d'art a été vendue ? ŒUVRE Œuvre À L'ÉCOLE ÉLÈVE élève e\u0301le\u0300ve ça Ça ÇA garçon noël "
    "NOËL no\u0308el aujourd'hui qu'il n'y a plus de pommes sucrées dans le grand panier de ma sœur aînée maïs MAÏS",
    "German": "STRASSE Straße STRAẞE Maße Masse MASSE Füße FÜSSE fu\u0308ßen Öl ÖL o\u0308l Ähre",
    "Turkish": "ISPARTA Isparta ısparta İzmir IZMIR izmir DİL DIL dil dıl sİs i\u0307zmir",
    "Odd": "👩‍👩‍👧‍👦 👍🏿 🇬🇷 ok👍ok a👍b ✔️ 3️⃣ ٣٤ ४५ ５６ 七八 Ⅳ ¼ x₂ ¹ ①②",
}


def vocabularies():
    """By language: what stands between words, and the words, common ones first; some in another case or form."""
    for language in dict.fromkeys([*SENTENCES, *MORE]):
        draw = random.Random(language)
        text = SENTENCES.get(language, "") + "\n" + MORE.get(language, "")
        if language in ("Chinese", "Japanese"):
            line, words = text.replace("\n", ""), []
            while line:
                size = draw.randint(1, 4)
                words.append(line[:size])
                line = line[size:]
            yield UNSPACED, list(dict.fromkeys(words))
        else:
            words = text.split()
            draw.shuffle(words)
            forms = [str.upper, str.title, str.lower] + [lambda word, form=form: unicodedata.normalize(form, word) for form in ("NFD", "NFC")]
            words += [draw.choice(forms)(draw.choice(words)) for _ in range(len(words) // 2)]
            yield SPACED, list(dict.fromkeys(words))


def answer(draw, vocabulary, other):
    """A text of usually 12 to 71 words, a third of them from `other`; and the words."""
    separators, words = vocabulary
    kind = draw.below(25)
    count = kind if kind < 2 else 12 + draw.below(60)
    chosen = []
    for _ in range(0 if kind == 2 else count):
        if other and draw.below(3) == 0:
            chosen.append(other[draw.below(len(other))])
        else:
            chosen.append(words[min(draw.below(len(words)), draw.below(len(words)))])
    text = "".join(word + separators[draw.below(len(separators))] for word in chosen)
    if kind == 2:
        text = "".join(separators[draw.below(len(separators))] for _ in range(count))
    return text, chosen


def answers(known):
    for index in range(1000):
        draw = Draw(index)
        a, words = answer(draw, known[index % len(known)], [])
        b, _ = answer(draw, known[index % len(known)], words)
        yield a, b


def fnv(data, value=0xCBF29CE484222325):
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def of_scikit_learn(a, b):
    """Jaccard by another way than `similarities`."""
    try:
        rows = CountVectorizer(binary=True, token_pattern=r"(?u)\b\w+\b").fit_transform([a, b]).toarray()
    except ValueError:  # no word at all
        return 0.0
    return float((rows[0] & rows[1]).sum() / (rows[0] | rows[1]).sum())


def answer_scores(texts):
    for a, b in texts:
        _, _, jaccard, tfidf = similarities(a, b)
        assert jaccard == of_scikit_learn(a, b), (a, b)
        yield f"{jaccard!r} {tfidf!r}"


def sigma_texts():
    """Strings that try the rule for a final sigma, and characters that case ignores."""
    draw = random.Random(17)
    alphabet = ["Σ", "Σ", "Σ", "Α", "α", "1", " ", ".", "'", "’", ":", "\u00ad", "\u0301", "\u0345", "ʰ", "字", "ª", "-", "Ⅷ", "ⓐ",
                "\u200d", "𝐀", "𐐀", "İ", "_", "\U0001f3fb", "·", "ǅ"]
    for _ in range(250):
        yield "".join(draw.choices(alphabet, k=draw.randint(1, 9)))


def digest(block):
    """FNV-1a over each known character's word-ness and lower case."""
    value, known = fnv(b""), False
    for code in range(block << 12, (block + 1) << 12):
        char = chr(code)
        if unicodedata.category(char) in ("Cn", "Cs", "Co"):
            continue
        known = True
        value = fnv(("1" if re.match(r"\w", char) else "0").encode() + char.lower().encode(), value)
    return f"{block:x} {value:016x}" if known else None


def line(values):
    """JSON with escapes for what a reader could not see."""
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return "".join(
        char if char.isprintable() and not unicodedata.combining(char) else json.dumps(char)[1:-1] for char in text)


def literal(name, lines):
    print(f"    static let {name} = #\"\"\"")
    for text in lines:
        assert '"""' not in text, text
        print("        " + text)
    print("        \"\"\"#")


print(f"// Made by scripts/oracles/similarities.py with Python {platform.python_version()}, scikit-learn {sklearn.__version__}.")
print("enum PythonSimilarities {")
major, minor, _ = unicodedata.unidata_version.split(".")
print("    /// The newest Unicode version that Python knew.")
print(f"    static let unicodeVersion = (major: {major}, minor: {minor})\n")
print("    /// JSON, one pair a line: candidate, reference, Jaccard, TF-IDF cosine.")
literal("pairs", (line(similarities(a, b)) for a, b in dict.fromkeys(pairs())))
known = list(vocabularies())
texts = list(answers(known))
print("\n    /// JSON, one language a line: what stands between words, then the words.")
literal("vocabularies", (line([separators, words]) for separators, words in known))
print("\n    /// FNV-1a of all answers drawn from them, each followed by a line feed.")
print(f"    static let answers: UInt64 = 0x{fnv(''.join(a + chr(10) + b + chr(10) for a, b in texts).encode()):016x}")
print("\n    /// Jaccard and TF-IDF cosine, one pair of answers a line.")
literal("answerScores", answer_scores(texts))
print("\n    /// JSON, one text a line, followed by its words.")
literal("words", (line([t] + re.findall(r"\w+", t.lower())) for t in dict.fromkeys(sigma_texts())))
print("\n    /// Number of a block of 4,096 characters and FNV-1a of `\\w` (1 or 0) and lower case of the known ones.")
literal("characters", filter(None, map(digest, range(0x110))))
print("}")
