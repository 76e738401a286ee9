"""Train the demo model from scratch: `python -m tools.demo_model.train --seed 0 -o DIR`.

13 M tokens of `corpus.py`, 2.4 M parameters, some 50 minutes on two CPU cores. The result is a Hugging Face folder
(Llama architecture, bf16 safetensors, tokenizer with chat template) that vLLM loads like any other model.
Muon updates the matrices (Jordan et al. 2024), AdamW the embeddings and norms. `docs/LOG.md` says what else was tried.
"""

import argparse
import copy
import itertools
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, NamedTuple

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from caigen.demo import world as worlds
from tools.demo_model.corpus import BOS, DECIDED, END, PAD, POINTED, ROLES, SLOTTED, SPECIAL, Corpus, Document
from tools.demo_model.muon import Muon

VOCABULARY = 2048
CONTEXT = 4096  # positions; training sees documents of some 400 tokens at most
BATCH = 3072  # tokens of a forward pass
RATE = 0.01  # of Muon; AdamW's is 0.3 of it
HINTED = 2  # layer from whose output the marks are learned
CLASSES = 256  # more than there are kinds of marks
SHORT = 8000  # documents until no answer is short
POOL = 1536  # documents sorted by length at a time, so that a batch holds hardly any padding
CHAT_TEMPLATE = (
    "{{ '"
    + BOS
    + "' }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '"
    + END
    + "' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '" + ROLES["assistant"] + "' }}{% endif %}"
)
Row = tuple[list[int], list[float], list[int], list[int], list[int]]  # as in Batch, branches as numbers


class Batch(NamedTuple):
    """Documents of similar length, padded."""

    ids: torch.Tensor  # (documents, length)
    weights: torch.Tensor  # (documents, length); 0 where a token carries no loss
    positions: torch.Tensor  # (documents, length); each branch goes on from the end of its trunk
    marks: torch.Tensor  # (documents, length); class of what ends at a token, 0 for nothing
    visible: torch.Tensor  # (documents, 1, length, length), bool: a branch sees its trunk and itself


def tokenizer(documents: list[Document]) -> PreTrainedTokenizerFast:
    """Byte-level BPE learned from documents, with the chat format as its template."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    plain = []
    for text in itertools.chain.from_iterable(document.texts for document in documents):
        for token in SPECIAL:
            text = text.replace(token, "\n")
        plain.append(text)
    bpe.train_from_iterator(plain, trainer)
    names = {"bos_token": BOS, "eos_token": END, "pad_token": PAD}
    others = [token for token in SPECIAL if token not in names.values()]
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=bpe, additional_special_tokens=others, model_max_length=CONTEXT, **names
    )
    wrapped.chat_template = CHAT_TEMPLATE
    return wrapped


def encode(bpe: Tokenizer, document: Document, classes: dict[str, int]) -> Row:
    """Token ids, the loss weight of each (the greatest of its characters), branch, position and mark."""
    ids: list[int] = []
    weights: list[float] = []
    branches: list[int] = []
    positions: list[int] = []
    marks: list[int] = []
    for number, passage in enumerate([document.trunk, *document.branches]):
        encoding = bpe.encode(passage.text, add_special_tokens=False)
        characters = list(itertools.chain.from_iterable([weight] * length for length, weight in passage.weights))
        start = branches.count(0) if number else 0
        ids += encoding.ids
        found = [max(characters[first:last]) for first, last in encoding.offsets]
        weights += [0.0, *found[1:]]  # the token before a branch's first one is of another branch
        branches += [number] * len(found)
        positions += range(start, start + len(found))
        ends = {end: classes.setdefault(what, len(classes) + 1) for end, what in passage.marks}
        marks += [
            next((ends[end] for end in range(first + 1, last + 1) if end in ends), 0)
            for first, last in encoding.offsets
        ]
    return ids, weights, branches, positions, marks


def batches(corpus: Corpus, bpe: Tokenizer) -> Iterator[Batch]:
    """Batches of documents of similar length, in random order of length."""
    rng = random.Random(0)
    stream = iter(corpus)
    classes: dict[str, int] = {}
    while True:
        documents = itertools.islice(stream, POOL)
        pool = sorted((encode(bpe, document, classes) for document in documents), key=lambda row: len(row[0]))
        made: list[Batch] = []
        rows: list[Row] = []
        for row in pool:
            if rows and (len(rows) + 1) * len(row[0]) > BATCH:
                made.append(_stack(rows))
                rows = []
            rows.append(row)
        rng.shuffle(made)
        yield from made


def _stack(rows: list[Row]) -> Batch:
    shape = len(rows), max(len(row[0]) for row in rows)
    ids, branches, positions, marks = (torch.zeros(shape, dtype=torch.long) for _ in range(4))
    weights = torch.zeros(shape)
    for place, row in enumerate(rows):
        length = len(row[0])
        for tensor, values in zip((ids, weights, branches, positions, marks), row, strict=True):
            tensor[place, :length] = torch.tensor(values, dtype=tensor.dtype)
    same = (branches[:, :, None] == branches[:, None, :]) | (branches[:, None, :] == 0)
    before = torch.ones(shape[1], shape[1], dtype=torch.bool).tril()
    return Batch(ids, weights, positions, marks, (same & before)[:, None])


def model(vocabulary: int) -> LlamaForCausalLM:
    """An untrained Llama of the demo model's size."""
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=192, intermediate_size=512, num_hidden_layers=5, num_attention_heads=6, num_key_value_heads=3,
        max_position_embeddings=CONTEXT, tie_word_embeddings=True, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    return LlamaForCausalLM(config)


class Right:
    """Running share of decisions that the model gets right, by kind, on documents that it has not seen yet.

    `order` counts the first words of a revision's sentences (which sentence comes next?), `slots` its names.
    """

    KINDS: ClassVar = {"critique": (" broken", " kept"), "compare": ("A", "B"), "verdict": ("Yes", "No")}

    def __init__(self, wrapped: PreTrainedTokenizerFast) -> None:
        self.words = {
            kind: torch.tensor([wrapped.encode(word, add_special_tokens=False)[0] for word in words])
            for kind, words in self.KINDS.items()
        }
        self.shares = dict.fromkeys([*self.KINDS, "order", "slots"], 0.5)

    def add(self, logits: torch.Tensor, batch: Batch) -> None:
        """Count the decisions of a batch."""
        decided = batch.weights[:, 1:] >= DECIDED
        wanted = batch.ids[:, 1:][decided]
        found = logits[:, :-1][decided].argmax(-1)
        for kind, words in self.words.items():
            asked = torch.isin(wanted, words)
            self._count(kind, (wanted == found)[asked])
        hits = batch.ids[:, 1:] == logits[:, :-1].argmax(-1)
        self._count("order", hits[batch.weights[:, 1:] == POINTED])
        self._count("slots", hits[batch.weights[:, 1:] == SLOTTED])

    def _count(self, kind: str, right: torch.Tensor) -> None:
        if right.numel():
            self.shares[kind] += 0.05 * (right.float().mean().item() - self.shares[kind])

    def __str__(self) -> str:
        return "  ".join(f"{kind} {share:.3f}" for kind, share in self.shares.items())


def train(out: Path, *, seed: int, tokens: int, steps: int, polish: int, start: Path | None = None) -> dict[str, float]:
    """Train and save a model; returns tokens, steps, seconds and the last mean loss.

    The first part learns with a rate that is to fall over `tokens` tokens and is left after `steps` steps. What is saved
    then is polished on `polish` tokens: answers no longer name the time, and what a revision must copy weighs more. With
    `start`, a folder, that model is polished and nothing else is done.
    """
    torch.manual_seed(seed)
    began = time.monotonic()
    seen = 0
    if start is None:
        timed = worlds.load(timed=True)
        wrapped = tokenizer(list(itertools.islice(Corpus(timed, 10_000 + seed), 8000)))
        net = model(len(wrapped))
        seen, loss = _learn(net, wrapped, Corpus(timed, seed, SHORT), tokens, RATE, most=steps)
        _save(out, net, wrapped)
        start = out
    wrapped = PreTrainedTokenizerFast.from_pretrained(start)
    net = LlamaForCausalLM.from_pretrained(start, dtype=torch.float32)
    more, loss = _learn(net, wrapped, Corpus(worlds.load(), 20_000 + seed, careful=True), polish, RATE / 2)
    _save(out, net, wrapped)
    facts = {"seed": seed, "tokens": seen + more, "seconds": round(time.monotonic() - began), "loss": round(loss, 4)}
    (out / "training.json").write_text(json.dumps(facts) + "\n")
    return facts


def _learn(
    net: LlamaForCausalLM,
    wrapped: PreTrainedTokenizerFast,
    corpus: Corpus,
    tokens: int,
    rate: float,
    *,
    most: int | None = None,
) -> tuple[int, float]:
    """Tokens seen and last mean loss, after `most` steps at most.

    The rate rises for 50 steps, stays for half of `tokens`, and then falls to nothing in a line.
    """
    hints = torch.nn.Linear(net.config.hidden_size, CLASSES)
    matrices = [p for name, p in net.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in net.named_parameters() if p.ndim != 2 or "embed" in name] + list(hints.parameters())
    optimizers = [
        (Muon(matrices, lr=rate, momentum=0.95), rate),
        (torch.optim.AdamW(others, lr=0.3 * rate, betas=(0.9, 0.95), weight_decay=0.0), 0.3 * rate),
    ]
    right = Right(wrapped)
    seen, steps, mean, start = 0, 0, 0.0, time.monotonic()
    stream = batches(corpus, wrapped.backend_tokenizer)
    while seen < tokens and (most is None or steps < most):
        batch = next(stream)
        now = min(1.0, (steps + 1) / 50) * min(1.0, 2 * (1 - seen / tokens))
        for optimizer, peak in optimizers:
            optimizer.param_groups[0]["lr"] = peak * now
        output = net(
            input_ids=batch.ids,
            position_ids=batch.positions,
            attention_mask=batch.visible,
            use_cache=False,
            output_hidden_states=True,
        )
        losses = cross_entropy(output.logits[:, :-1].flatten(0, 1), batch.ids[:, 1:].flatten(), reduction="none")
        loss = (losses * batch.weights[:, 1:].flatten()).sum() / batch.weights.sum()
        marked = batch.marks > 0
        hinted = cross_entropy(hints(output.hidden_states[HINTED][marked]), batch.marks[marked])
        (loss + hinted).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for optimizer, _ in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seen, steps = seen + int((batch.ids != 0).sum()), steps + 1
        right.add(output.logits, batch)
        mean = loss.item() if steps == 1 else 0.98 * mean + 0.02 * loss.item()
        if steps % 50 == 0:
            speed = seen / (time.monotonic() - start)
            print(f"{seen / 1e6:6.2f} M tokens  loss {mean:.4f}  {right}  {speed:.0f} tok/s", flush=True)
    return seen, mean


def _save(out: Path, net: LlamaForCausalLM, wrapped: PreTrainedTokenizerFast) -> None:
    out.mkdir(parents=True, exist_ok=True)
    copied = copy.deepcopy(net).to(torch.bfloat16)
    copied.save_pretrained(out)
    wrapped.save_pretrained(out)


def main() -> None:
    """Command line of the training script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokens", type=float, default=14e6, help="over which the rate of the first part would fall")
    parser.add_argument("--steps", type=int, default=4000, help="of the first part")
    parser.add_argument("--polish", type=float, default=1.2e6, help="tokens of the second part")
    parser.add_argument("--start", type=Path, help="a model to polish and nothing else")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    sizes = {"tokens": int(options.tokens), "steps": options.steps, "polish": int(options.polish)}
    print(json.dumps(train(options.output, seed=options.seed, start=options.start, **sizes)))


if __name__ == "__main__":
    main()
