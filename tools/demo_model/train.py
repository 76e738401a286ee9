"""Train the demo model from scratch: `python -m tools.demo_model.train --seed 0 -o DIR`.

13 M tokens of `corpus.py`, 2.4 M parameters, some 50 minutes on two CPU cores. The result is a Hugging Face folder
(Llama architecture, bf16 safetensors, tokenizer with chat template) that vLLM loads like any other model.
Muon updates the matrices (Jordan et al. 2024), AdamW the embeddings and norms. `docs/LOG.md` says what else was tried.
"""

import argparse
import copy
import itertools
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from caigen.demo import world as worlds
from tools.demo_model.batches import CONTEXT, Batch, batches, train_tokenizer
from tools.demo_model.corpus import DECISION_WEIGHT, FIRST_WORDS_WEIGHT, SLOT_WEIGHT, Corpus
from tools.demo_model.muon import Muon

PEAK_RATE = 0.01  # Muon's learning rate
ADAMW_SHARE = 0.3  # AdamW's rate over Muon's
WARM_UP_STEPS = 50
HINT_LAYER = 2  # from whose output the marks are learned
MARK_CLASSES = 256  # more than there are kinds of marks
SHORT_DOCUMENTS = 8000  # until no answer is short
TOKENIZER_DOCUMENTS = 8000
SMOOTHING = 0.98  # of the running mean of the loss
STEPS_PER_LINE = 50


class Learned(NamedTuple):
    """Tokens seen in a part of the training, and the last mean loss."""

    tokens: int
    loss: float


@dataclass(frozen=True)
class Part:
    """One part of the training.

    The learning rate rises for WARM_UP_STEPS steps to `rate`, stays for half of `tokens`, then falls linearly to 0 at
    `tokens`. Training ends after `max_steps` steps, if given, or `tokens` tokens.
    """

    corpus: Corpus
    tokens: int
    rate: float
    max_steps: int | None = None

    def rate_share(self, step: int, seen: int) -> float:
        """The learning rate of a step over `rate`, after `seen` tokens."""
        return min(1.0, (step + 1) / WARM_UP_STEPS) * min(1.0, 2 * (1 - seen / self.tokens))


def untrained_model(vocabulary: int) -> LlamaForCausalLM:
    """An untrained Llama of the demo model's size."""
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=192, intermediate_size=512, num_hidden_layers=5, num_attention_heads=6,
        num_key_value_heads=3, max_position_embeddings=CONTEXT, tie_word_embeddings=True,
        pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    return LlamaForCausalLM(config)


class Accuracy:
    """Running share of decisions that the model gets right, by kind, on documents that it has not seen yet.

    `order` is of the first words of a revision's sentences (which sentence is next?), `slots` of its topic and person.
    """

    WORDS: ClassVar = {"critique": (" broken", " kept"), "compare": ("A", "B"), "verdict": ("Yes", "No")}

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.first_tokens = {}
        for kind, words in self.WORDS.items():
            tokens = [tokenizer.encode(word, add_special_tokens=False)[0] for word in words]
            self.first_tokens[kind] = torch.tensor(tokens)
        self.shares = dict.fromkeys([*self.WORDS, "order", "slots"], 0.5)

    def add(self, logits: torch.Tensor, batch: Batch) -> None:
        """Add the decisions of a batch."""
        # the logits of a token predict the next one
        targets, weights = batch.ids[:, 1:], batch.weights[:, 1:]
        right = targets == logits[:, :-1].argmax(-1)
        for kind, tokens in self.first_tokens.items():
            self._count(kind, right[(weights >= DECISION_WEIGHT) & torch.isin(targets, tokens)])
        self._count("order", right[weights == FIRST_WORDS_WEIGHT])
        self._count("slots", right[weights == SLOT_WEIGHT])

    def _count(self, kind: str, right: torch.Tensor) -> None:
        if right.numel():
            self.shares[kind] += 0.05 * (right.float().mean().item() - self.shares[kind])

    def __str__(self) -> str:
        return "  ".join(f"{kind} {share:.3f}" for kind, share in self.shares.items())


def train(out: Path, *, seed: int, tokens: int, steps: int, polish: int, start: Path | None = None) -> dict[str, float]:
    """Train and save a model; returns seed, tokens, seconds and the last mean loss.

    The first part ends after `steps` steps, while its learning rate is still on the way to 0 at `tokens` tokens. The
    saved model is then polished on `polish` tokens: answers no longer name the time, and what a revision must copy
    weighs more. With `start`, a folder, that model is polished and nothing else is done.
    """
    torch.manual_seed(seed)
    began = time.monotonic()
    seen = 0
    if start is None:
        timed = worlds.load(timed=True)
        sample = list(itertools.islice(Corpus(timed, 10_000 + seed), TOKENIZER_DOCUMENTS))
        tokenizer = train_tokenizer(sample)
        model = untrained_model(len(tokenizer))
        first = Part(Corpus(timed, seed, SHORT_DOCUMENTS), tokens, PEAK_RATE, max_steps=steps)
        seen = _learn(model, tokenizer, first).tokens
        _save(out, model, tokenizer)
        start = out
    # the second part begins from what was saved, in the precision in which it was saved
    tokenizer = PreTrainedTokenizerFast.from_pretrained(start)
    model = LlamaForCausalLM.from_pretrained(start, dtype=torch.float32)
    second = Part(Corpus(worlds.load(), 20_000 + seed, careful=True), polish, PEAK_RATE / 2)
    learned = _learn(model, tokenizer, second)
    _save(out, model, tokenizer)
    seconds = round(time.monotonic() - began)
    facts = {"seed": seed, "tokens": seen + learned.tokens, "seconds": seconds, "loss": round(learned.loss, 4)}
    (out / "training.json").write_text(json.dumps(facts) + "\n")
    return facts


def _learn(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, part: Part) -> Learned:
    """Train a model for one part."""
    hints = torch.nn.Linear(model.config.hidden_size, MARK_CLASSES)
    optimizers = _optimizers(model, hints, part.rate)
    peaks = [optimizer.param_groups[0]["lr"] for optimizer in optimizers]
    accuracy = Accuracy(tokenizer)
    seen, steps, mean, start = 0, 0, 0.0, time.monotonic()
    stream = batches(part.corpus, tokenizer.backend_tokenizer)
    while seen < part.tokens and (part.max_steps is None or steps < part.max_steps):
        batch = next(stream)
        for optimizer, peak in zip(optimizers, peaks, strict=True):
            optimizer.param_groups[0]["lr"] = peak * part.rate_share(steps, seen)
        logits, loss, hint_loss = _losses(model, hints, batch)
        (loss + hint_loss).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seen, steps = seen + int((batch.ids != 0).sum()), steps + 1
        accuracy.add(logits, batch)
        mean = loss.item() if steps == 1 else SMOOTHING * mean + (1 - SMOOTHING) * loss.item()
        if steps % STEPS_PER_LINE == 0:
            speed = seen / (time.monotonic() - start)
            print(f"{seen / 1e6:6.2f} M tokens  loss {mean:.4f}  {accuracy}  {speed:.0f} tok/s", flush=True)
    return Learned(seen, mean)


def _optimizers(model: LlamaForCausalLM, hints: torch.nn.Module, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices, AdamW for embeddings, norms and the hints."""
    matrices: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = []
    for name, parameter in model.named_parameters():
        is_matrix = parameter.ndim == 2 and "embed" not in name
        (matrices if is_matrix else others).append(parameter)
    others += hints.parameters()
    adamw = torch.optim.AdamW(others, lr=ADAMW_SHARE * rate, betas=(0.9, 0.95), weight_decay=0.0)
    return [Muon(matrices, lr=rate, momentum=0.95), adamw]


def _losses(
    model: LlamaForCausalLM, hints: torch.nn.Module, batch: Batch
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits, the weighted loss of the next tokens, and the loss of the marks."""
    output = model(
        input_ids=batch.ids,
        position_ids=batch.positions,
        attention_mask=batch.visible,
        use_cache=False,
        output_hidden_states=True,
    )
    losses = cross_entropy(output.logits[:, :-1].flatten(0, 1), batch.ids[:, 1:].flatten(), reduction="none")
    loss = (losses * batch.weights[:, 1:].flatten()).sum() / batch.weights.sum()
    marked = batch.marks > 0
    hint_loss = cross_entropy(hints(output.hidden_states[HINT_LAYER][marked]), batch.marks[marked])
    return output.logits, loss, hint_loss


def _save(out: Path, model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
    """Save model (in bf16) and tokenizer; the model in memory stays as it is."""
    out.mkdir(parents=True, exist_ok=True)
    copy.deepcopy(model).to(torch.bfloat16).save_pretrained(out)
    tokenizer.save_pretrained(out)


def main() -> None:
    """Command line of the training script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokens", type=float, default=14e6, help="at which the first part's learning rate would be 0")
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
