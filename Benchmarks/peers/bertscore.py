"""BERTScore of tab-separated pairs by the package bert-score, with the weights that Crisol has, run by ONNX Runtime.

    bertscore.py MODEL PAIRS ANSWERS

MODEL is a folder with model.onnx and tokenizer.json. Each reference is held against its own candidate and those of the next lines,
ANSWERS in all; the package is called for each pair, as a judge calls it for each answer. Prints pairs, CPU seconds, mean F1.
"""
import sys
import time

import bert_score.scorer
import numpy
import onnxruntime
import torch
from transformers import BertTokenizerFast

model, path, answers = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.set_num_threads(1)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(f"{model}/model.onnx", options)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.place = torch.nn.Parameter(torch.zeros(1))

    def forward(self, ids, attention_mask, **_):
        ids, mask = ids.numpy(), attention_mask.numpy().astype(numpy.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        return (torch.from_numpy(session.run(["last_hidden_state"], inputs)[0]),)


bert_score.scorer.get_model = lambda *_: Model()
bert_score.scorer.get_tokenizer = lambda *_: BertTokenizerFast(tokenizer_file=f"{model}/tokenizer.json", model_max_length=512)
scorer = bert_score.scorer.BERTScorer(model_type="minilm", num_layers=0, device="cpu", nthreads=1)

pairs = [line.rstrip("\n").split("\t", 1) for line in open(path, encoding="utf-8", newline="\n")]
start = time.process_time()
scores = [
    scorer.score([pairs[(number + answer) % len(pairs)][0]], [pairs[number][1]], batch_size=1)[2].item()
    for number in range(len(pairs))
    for answer in range(answers)
]
print(f"{len(scores)}\t{time.process_time() - start:.6f}\t{sum(scores) / len(scores):.4f}")
