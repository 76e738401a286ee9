"""Documents -> tokenizer, and batches of padded documents for training."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from tokenizers import Encoding, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from tools.demo_model.corpus import Corpus
from tools.demo_model.document import BOS, END, PAD, ROLES, SPECIAL, Document, Mark

VOCABULARY = 2048  # tokens
CONTEXT = 4096  # positions; training sees documents of some 400 tokens at most
BATCH_TOKENS = 3072  # of a forward pass
POOL_DOCUMENTS = 1536  # sorted by length at a time, so that a batch holds hardly any padding
CHAT_TEMPLATE = (
    "{{ '"
    + BOS
    + "' }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '"
    + END
    + "' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '" + ROLES["assistant"] + "' }}{% endif %}"
)


class Batch(NamedTuple):
    """Documents of similar length, padded."""

    ids: torch.Tensor  # (documents, length)
    weights: torch.Tensor  # (documents, length); 0 where a token carries no loss
    positions: torch.Tensor  # (documents, length); each branch goes on from the end of its trunk
    marks: torch.Tensor  # (documents, length); class of what ends at a token, 0 for nothing
    visible: torch.Tensor  # (documents, 1, length, length), bool: a branch sees its trunk and itself


@dataclass
class Encoded:
    """A document as tokens: lists of one length, an item a token."""

    ids: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    branches: list[int] = field(default_factory=list)  # 0 for the trunk, then 1, 2, …
    positions: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)


def train_tokenizer(documents: Sequence[Document]) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer learned from documents, with the chat format as its template."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    # no merge may reach over a special token
    plain = []
    for text in itertools.chain.from_iterable(document.texts for document in documents):
        for token in SPECIAL:
            text = text.replace(token, "\n")
        plain.append(text)
    bpe.train_from_iterator(plain, trainer)
    names = {"bos_token": BOS, "eos_token": END, "pad_token": PAD}
    others = [token for token in SPECIAL if token not in names.values()]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, additional_special_tokens=others, model_max_length=CONTEXT, **names
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def encode(bpe: Tokenizer, document: Document, classes: dict[str, int]) -> Encoded:
    """The tokens of a document; a token's weight is the greatest of its characters'.

    `classes` numbers the labels of marks from 1 on; new labels are added.
    """
    encoded = Encoded()
    for number, passage in enumerate([document.trunk, *document.branches]):
        encoding = bpe.encode(passage.text, add_special_tokens=False)
        characters: list[float] = []
        for length, weight in passage.weights:
            characters += [weight] * length
        weights = [max(characters[first:last]) for first, last in encoding.offsets]
        # branches go on from the end of the trunk, whose tokens all have the number 0
        start = encoded.branches.count(0) if number else 0
        encoded.ids += encoding.ids
        encoded.weights += [0.0, *weights[1:]]  # the token before a branch's first one is of another branch
        encoded.branches += [number] * len(weights)
        encoded.positions += range(start, start + len(weights))
        encoded.marks += _mark_classes(encoding, passage.marks, classes)
    return encoded


def _mark_classes(encoding: Encoding, marks: Sequence[Mark], classes: dict[str, int]) -> list[int]:
    """The class of the first mark that ends inside each token, 0 for none."""
    class_by_end = {}
    for mark in marks:
        class_by_end[mark.end] = classes.setdefault(mark.label, len(classes) + 1)
    token_classes = []
    for first, last in encoding.offsets:
        ends = [end for end in range(first + 1, last + 1) if end in class_by_end]
        token_classes.append(class_by_end[ends[0]] if ends else 0)
    return token_classes


def batches(corpus: Corpus, bpe: Tokenizer) -> Iterator[Batch]:
    """Batches of documents of similar length, endlessly, in random order of length."""
    rng = random.Random(0)
    stream = iter(corpus)
    classes: dict[str, int] = {}
    while True:
        documents = itertools.islice(stream, POOL_DOCUMENTS)
        pool = sorted((encode(bpe, document, classes) for document in documents), key=len)
        # they come sorted, so the next document is the longest of its batch, whose length all are padded to
        made: list[Batch] = []
        batch: list[Encoded] = []
        for encoded in pool:
            if batch and (len(batch) + 1) * len(encoded) > BATCH_TOKENS:
                made.append(_stack(batch))
                batch = []
            batch.append(encoded)
        # the rest, less than a batch, is left out
        rng.shuffle(made)
        yield from made


def _stack(documents: Sequence[Encoded]) -> Batch:
    """Pad documents with zeros to one length."""
    length = max(map(len, documents))

    def pad(rows: Sequence[Sequence[float]], dtype: torch.dtype) -> torch.Tensor:
        padded = torch.zeros(len(rows), length, dtype=dtype)
        for index, row in enumerate(rows):
            padded[index, : len(row)] = torch.tensor(row, dtype=dtype)
        return padded

    branches = pad([document.branches for document in documents], torch.long)
    # a token sees the tokens before it that are of its own branch or of the trunk
    same = (branches[:, :, None] == branches[:, None, :]) | (branches[:, None, :] == 0)
    before = torch.ones(length, length, dtype=torch.bool).tril()
    return Batch(
        ids=pad([document.ids for document in documents], torch.long),
        weights=pad([document.weights for document in documents], torch.float),
        positions=pad([document.positions for document in documents], torch.long),
        marks=pad([document.marks for document in documents], torch.long),
        visible=(same & before)[:, None],
    )
