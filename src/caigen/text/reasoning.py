"""Keeps what a reasoning model thinks apart from what it answers: `text -> (answer, thought)`.

A thought is told by the format of its model's family, never by a tag in the middle of an answer.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

Pieces = Sequence[tuple[str, bool]]  # a generated text in order: texts, and markers (True) between them


@dataclass(frozen=True)
class Format:
    """How a family of models writes a thought: `open`, the thought, `close`, `between`, the answer.

    `lead` follows an `open` that is written for the model. `straight` is what leads past the thought where none is open yet.
    `words` says that `open` is plain words, which open a thought only where `close` follows; `end` may stand behind the answer.
    """

    name: str
    open: str
    close: str
    lead: str = "\n"
    between: str = "\n\n"
    words: bool = False
    end: str = ""

    @property
    def straight(self) -> str:
        """What is written for the model so that it answers at once."""
        if self is HARMONY:
            return "<|channel|>final<|message|>"
        return f"{self.open}{self.lead}{self.lead}{self.close}{self.between}"

    @property
    def markers(self) -> tuple[str, ...]:
        """The texts (single tokens in most vocabularies) that set the parts off from each other."""
        if self is HARMONY:
            return ("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>")
        return (self.close,) if self.words else (self.opening, self.close)

    @property
    def opening(self) -> str:
        """The part of `open` that opens a thought wherever it stands."""
        return self.open.removesuffix("thought\n")


# gpt-oss: a message is `<|start|>ROLE<|channel|>CHANNEL<|message|>TEXT<|end|>`; the answer is in the channel `final`
HARMONY = Format(
    "harmony", "<|channel|>analysis<|message|>", "<|end|>", "", "<|start|>assistant<|channel|>final<|message|>"
)
FORMATS = (
    HARMONY,
    Format("gemma-4", "<|channel>thought\n", "<channel|>", "", ""),
    Format("cohere", "<|START_THINKING|>", "<|END_THINKING|>", "", "<|START_RESPONSE|>"),
    Format("mistral", "[THINK]", "[/THINK]", "", ""),
    Format("seed", "<seed:think>", "</seed:think>", "\n", ""),
    Format("minimax", "<mm:think>", "</mm:think>"),
    Format("kimi", "◁think▷", "◁/think▷", "", ""),
    # its template opens each thought; the closing marker is a token of its own or not, by the model's version
    Format(
        "apriel",
        "Here are my reasoning steps:",
        "[BEGIN FINAL RESPONSE]",
        between="\n",
        words=True,
        end="[END FINAL RESPONSE]",
    ),
    Format("think", "<think>", "</think>"),
    Format("think-capitals", "<THINK>", "</THINK>"),
    Format("thinking", "<thinking>", "</thinking>"),
    Format("thought", "<thought>", "</thought>"),
    Format("reasoning", "<reasoning>", "</reasoning>"),
)
# what some families put around an answer that follows a thought (Granite, Ernie; R1-Zero; Cohere)
WRAPS = (("<response>", "</response>"), ("<answer>", "</answer>"), ("<|START_RESPONSE|>", "<|END_RESPONSE|>"))

# Harmony whose special tokens were left out: `analysisThey ask …assistantfinalThe answer …`; "analysis of …" is no thought
_BARE_HARMONY = re.compile(r"analysis(?=[A-Z\"'])(.*?)(?:assistantfinal(.*))?", re.DOTALL)


def detect(template: str, added: Collection[str]) -> tuple[Format | None, bool]:
    """The thought format of a model, by its chat template and its tokenizer's added tokens, and whether the template
    writes of thoughts itself; a tokenizer may have the tokens of another model of its family.
    """
    for format_ in FORMATS:
        if format_ is HARMONY:
            if all(marker in template for marker in format_.markers[:3]):
                return format_, True
        elif any(marker in template for marker in format_.markers):
            return format_, True
    known = (format_ for format_ in FORMATS if all(marker in added for marker in format_.markers))
    return next(known, None), False


def cut(text: str, format_: Format) -> Pieces:
    """A text in pieces at the literal markers of a format."""
    pieces = re.split(f"({'|'.join(map(re.escape, format_.markers))})", text)
    return [(piece, bool(place % 2)) for place, piece in enumerate(pieces)]


def read(pieces: Pieces, format_: Format, *, opened: bool = False) -> tuple[str, str | None]:
    """(answer, thought) of a generated text; `opened` says that the prompt ends within the thought.

    A thought that never ends leaves an empty answer.
    """
    if format_ is HARMONY:
        return _read_channels(pieces, "analysis" if opened else "final")
    thoughts: list[str] = []
    rest = pieces
    while opened or _starts_open(rest, format_):  # some models think again at once, when they have closed a thought
        if _starts_open(rest, format_) and not format_.words:
            rest = rest[_first_marker(rest) + 1 :]
        close = next((place for place, piece in enumerate(rest) if piece == (format_.close, True)), None)
        begun = format_.open if format_.words else format_.open.removeprefix(format_.opening)
        thoughts.append(_join(rest[:close]).lstrip().removeprefix(begun).strip())
        if close is None:
            return "", _joined(thoughts)
        rest, opened = rest[close + 1 :], False
    answer = _join(rest).strip().removesuffix(format_.end).strip()
    return (_unwrap(answer), _joined(thoughts)) if thoughts else (answer, None)


def _first_marker(pieces: Pieces) -> int:
    return next((place for place, (_, marker) in enumerate(pieces) if marker), len(pieces))


def _starts_open(pieces: Pieces, format_: Format) -> bool:
    """Whether nothing stands before the first marker, and it opens a thought; or words that open one before that which
    closes it.
    """
    first = _first_marker(pieces)
    if first == len(pieces):
        return False
    head = _join(pieces[:first]).strip()
    return head.startswith(format_.open) if format_.words else pieces[first][0] == format_.opening and not head


def _joined(thoughts: Sequence[str]) -> str:
    return "\n".join(filter(None, thoughts))


def apart(text: str, *, unopened: bool = True) -> tuple[str, str | None]:
    """(answer, thought) of a text whose model is not known, such as one of an input row; a text without a thought as it is.

    A thought stands at the beginning. With `unopened` one whose opening was in the prompt is told by its closing tag on a
    line of its own with a blank line behind it, where the text speaks of no opening tag.
    """
    start = text.lstrip()
    for format_ in FORMATS:
        begins = ("<|channel|>", "<|start|>assistant") if format_ is HARMONY else (format_.open,)
        if start.startswith(begins) and (not format_.words or closes(text, format_)):
            return read(cut(text, format_), format_)
    if (bare := _BARE_HARMONY.fullmatch(start)) and (bare[2] is not None or "assistantfinal" not in start):
        return (bare[2] or "").strip(), bare[1].strip()
    for format_ in FORMATS[1:] if unopened else ():
        if found := _unopened(text, format_):
            return found
    return text, None


def closes(text: str, format_: Format) -> bool:
    """Whether the closing tag of a format stands in a text."""
    return format_.close in text


def _unopened(text: str, format_: Format) -> tuple[str, str] | None:
    """`2 plus 2 …\\n</think>\\n\\nIt is 4.` is one; `The tag </think> closes …` and a closing tag in a code block are none."""
    if text.count(format_.close) != 1 or format_.opening in text:
        return None
    head, _, rest = text.partition(format_.close)
    blank = r"[ \t\r]*\n" if format_.words else r"[ \t\r]*\n[ \t\r]*\n"
    own_line = not head.rpartition("\n")[2].strip() and re.match(blank, rest)
    if not own_line or head.count("```") % 2 or not rest.strip():
        return None
    return _unwrap(rest.strip().removesuffix(format_.end)), head.strip()


def _read_channels(pieces: Pieces, channel: str) -> tuple[str, str | None]:
    answer: list[str] = []
    thought: list[str] = []
    state = "<|message|>"  # the last marker; generation may begin within a message
    for piece, marker in pieces:
        if marker:
            state = piece
            channel = "final" if piece == "<|start|>" else channel  # a message without a channel is for the user
        elif state == "<|channel|>":
            channel = piece.split()[0] if piece.split() else channel
        elif state == "<|message|>":
            (answer if channel == "final" else thought).append(piece)
    said = "\n".join(part.strip() for part in thought if part.strip())
    return "".join(answer).strip(), said or None


def _join(pieces: Pieces) -> str:
    return "".join(piece for piece, _ in pieces)


def _unwrap(answer: str) -> str:
    """`<response>It is 4.</response>` is `It is 4.`; an answer that ends otherwise keeps what it has."""
    answer = answer.strip()
    for begin, end in WRAPS:
        if answer.startswith(begin):
            answer = answer.removeprefix(begin).removesuffix(end).strip()
    return answer
