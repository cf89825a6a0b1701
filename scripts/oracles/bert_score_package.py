#!/usr/bin/env python3
"""What the package bert-score says of the pairs in BERTScoreOracle.swift: Tests/ScoringTests/BERTScorePackage.swift.

    scripts/oracles/bert_score_package.py FOLDER > Tests/ScoringTests/BERTScorePackage.swift

FOLDER holds model.onnx and tokenizer.json, as for bertscore.py beside this file; needs bert-score 0.3.13, torch (2.13.0, without GPU),
transformers 4 and onnxruntime 1.31.1. The package's own BERTScorer tokenises, weighs, matches and rescales, one pair at a time; only what
it calls the model is ONNX Runtime with our weights. idf is counted in all 200 references; the baseline is BERTScore.baseline's.
"""
import json
import os
import re
import sys
import tempfile

import bert_score.scorer
import numpy
import onnxruntime
import torch
from transformers import BertTokenizerFast

folder = sys.argv[1]
root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
session = onnxruntime.InferenceSession(f"{folder}/model.onnx")


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        # The package asks a model's first parameter where it lives.
        self.place = torch.nn.Parameter(torch.zeros(1))

    def forward(self, ids, attention_mask, **_):
        ids, mask = ids.numpy(), attention_mask.numpy().astype(numpy.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        return (torch.from_numpy(session.run(["last_hidden_state"], inputs)[0]),)


bert_score.scorer.get_model = lambda *_: Model()
bert_score.scorer.get_tokenizer = lambda *_: BertTokenizerFast(tokenizer_file=f"{folder}/tokenizer.json", model_max_length=512)

oracle = open(f"{root}/Tests/ScoringTests/BERTScoreOracle.swift", encoding="utf-8").read()
texts = [json.loads(text) for text in re.findall(r'#"("(?:[^"\\]|\\.)*")"#', oracle)]
candidates, references = texts[0::2], texts[1::2]
source = open(f"{root}/Sources/Scoring/BERTScore/BERTScore.swift", encoding="utf-8").read()
baseline = re.search(r"baseline = Result\(precision: ([0-9.]+), recall: ([0-9.]+), f1: ([0-9.]+)\)", source).groups()


def scores(idf, rescale):
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.write("LAYER,P,R,F\n0," + ",".join(baseline) + "\n")
        file.flush()
        scorer = bert_score.scorer.BERTScorer(
            model_type="minilm", num_layers=0, idf=idf, idf_sents=references if idf else None, rescale_with_baseline=rescale, lang="en",
            baseline_path=file.name, device="cpu", nthreads=1)
        return torch.stack(scorer.score(candidates, references, batch_size=1), dim=1).tolist()


print("// Made by scripts/oracles/bert_score_package.py: bert-score 0.3.13 with the weights of bertscore-minilm-l6.")
print("enum BERTScorePackage {")
print("    /// Precision, recall and F1 of each pair of BERTScoreOracle; .nan: 0 / 0, where only a mark's name stands in a text.")
for name, idf, rescale in [("plain", False, False), ("idf", True, False), ("rescaled", False, True), ("idfRescaled", True, True)]:
    print(f"    static let {name}: [(precision: Double, recall: Double, f1: Double)] = [")
    for row in scores(idf, rescale):
        print("        (" + ", ".join(".nan" if value != value else f"{value:.6f}" for value in row) + "),")
    print("    ]")
print("}")
