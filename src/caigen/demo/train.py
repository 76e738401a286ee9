"""Train the demo model from scratch: `python -m caigen.demo.train --seed 0 -o DIR`.

About 7.5 M tokens of `corpus.py`, 2.4 M parameters, some 45 minutes on two CPU cores. The result is a Hugging Face
folder (Llama architecture, bf16 safetensors, tokenizer with chat template) that vLLM loads like any other model.
Muon updates the matrices (Jordan et al. 2024), AdamW the embeddings and norms.
"""

import argparse
import copy
import itertools
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from caigen.demo import world as worlds
from caigen.demo.corpus import BOS, END, PAD, ROLES, SPECIAL, Corpus, Document
from caigen.demo.muon import Muon

VOCABULARY = 2048
CONTEXT = 4096  # positions; training sees documents of some 400 tokens at most
BATCH = 3072  # tokens
POOL = 1536  # documents sorted by length at a time, so that a batch holds hardly any padding
CHAT_TEMPLATE = (
    "{{ '"
    + BOS
    + "' }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '"
    + END
    + "' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '" + ROLES["assistant"] + "' }}{% endif %}"
)
Batch = tuple[torch.Tensor, torch.Tensor]  # ids and loss weights, both (documents, length)


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
    for document in documents:
        text = document.text
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


def encode(bpe: Tokenizer, document: Document) -> tuple[list[int], list[float]]:
    """Token ids and the loss weight of each: the greatest weight of its characters."""
    encoding = bpe.encode(document.text, add_special_tokens=False)
    weights = list(itertools.chain.from_iterable([weight] * length for length, weight in document.weights))
    return encoding.ids, [max(weights[start:end]) for start, end in encoding.offsets]


def batches(corpus: Corpus, bpe: Tokenizer) -> Iterator[Batch]:
    """Batches of documents of similar length, in random order of length."""
    rng = random.Random(0)
    stream = iter(corpus)
    while True:
        pool = sorted(
            (encode(bpe, document) for document in itertools.islice(stream, POOL)), key=lambda pair: len(pair[0])
        )
        made: list[Batch] = []
        rows: list[tuple[list[int], list[float]]] = []
        for row in pool:
            if rows and (len(rows) + 1) * len(row[0]) > BATCH:
                made.append(_stack(rows))
                rows = []
            rows.append(row)
        rng.shuffle(made)
        yield from made


def _stack(rows: list[tuple[list[int], list[float]]]) -> Batch:
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    weights = torch.zeros(len(rows), longest)
    for place, (row, weight) in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
        weights[place, : len(row)] = torch.tensor(weight)
    return ids, weights


def model(vocabulary: int) -> LlamaForCausalLM:
    """An untrained Llama of the demo model's size."""
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=192, intermediate_size=512, num_hidden_layers=5, num_attention_heads=6, num_key_value_heads=3,
        max_position_embeddings=CONTEXT, tie_word_embeddings=True, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def train(out: Path, *, seed: int, tokens: int) -> dict[str, float]:
    """Train and save a model; returns tokens, steps, seconds and the last mean loss."""
    torch.manual_seed(seed)
    world = worlds.load()
    wrapped = tokenizer(list(itertools.islice(Corpus(world, 10_000 + seed), 8000)))
    net = model(len(wrapped))
    matrices = [p for name, p in net.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in net.named_parameters() if p.ndim != 2 or "embed" in name]
    optimizers = [
        (Muon(matrices, lr=0.02, momentum=0.95), 0.02),
        (torch.optim.AdamW(others, lr=3e-3, betas=(0.9, 0.95), weight_decay=0.0), 3e-3),
    ]
    seen, steps, mean, start = 0, 0, 0.0, time.monotonic()
    for ids, weights in batches(Corpus(world, seed), wrapped.backend_tokenizer):
        left = 1 - seen / tokens
        rate = min(1.0, (steps + 1) / 50) * min(1.0, left / 0.8)
        for optimizer, peak in optimizers:
            optimizer.param_groups[0]["lr"] = peak * rate
        logits = net(input_ids=ids, use_cache=False).logits
        losses = cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        weight = weights[:, 1:].flatten()
        loss = (losses * weight).sum() / weight.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for optimizer, _ in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seen, steps = seen + int((weights > 0).sum()), steps + 1
        mean = loss.item() if steps == 1 else 0.98 * mean + 0.02 * loss.item()
        if steps % 50 == 0:
            print(
                f"{seen / 1e6:6.2f} M tokens  loss {mean:.4f}  {seen / (time.monotonic() - start):.0f} tok/s",
                flush=True,
            )
        if steps % 500 == 0:
            _save(out, net, wrapped)
        if seen >= tokens:
            break
    _save(out, net, wrapped)
    facts = {
        "seed": seed,
        "tokens": seen,
        "steps": steps,
        "seconds": round(time.monotonic() - start),
        "loss": round(mean, 4),
    }
    (out / "training.json").write_text(json.dumps(facts) + "\n")
    return facts


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
    parser.add_argument("--tokens", type=float, default=7.5e6)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(json.dumps(train(options.output, seed=options.seed, tokens=int(options.tokens))))


if __name__ == "__main__":
    main()
