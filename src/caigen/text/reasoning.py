"""split_thought, read: text of a reasoning model -> (answer, thought)

A thought is recognized by the format of the model's family, at the beginning of the text, never by a tag in the middle
of an answer.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

# a generated text in order: its texts, and the markers (True) between them
Pieces = Sequence[tuple[str, bool]]


@dataclass(frozen=True)
class Format:
    """How a family of models writes a thought: `open`, the thought, `close`, `between`, the answer.

    `lead` is what follows an `open` that is written for the model. With `plain_words` the opening is plain words, which
    open a thought only if `close` follows. `end` may stand behind the answer.
    """

    name: str
    open: str
    close: str
    lead: str = "\n"
    between: str = "\n\n"
    plain_words: bool = False
    end: str = ""

    @property
    def skip_thought(self) -> str:
        """The text that is written for the model so that it answers without a thought: an empty thought."""
        if self is HARMONY:
            return "<|channel|>final<|message|>"
        return f"{self.open}{self.lead}{self.lead}{self.close}{self.between}"

    @property
    def markers(self) -> tuple[str, ...]:
        """The texts (single tokens in most vocabularies) between the parts."""
        if self is HARMONY:
            return ("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>")
        if self.plain_words:
            return (self.close,)
        return (self.opening, self.close)

    @property
    def opening(self) -> str:
        """The marker that opens a thought: `open` without the channel name of gemma-4."""
        return self.open.removesuffix("thought\n")


# gpt-oss: a message is `<|start|>ROLE<|channel|>CHANNEL<|message|>TEXT<|end|>`; the answer is in the channel `final`
HARMONY = Format(
    "harmony",
    open="<|channel|>analysis<|message|>",
    close="<|end|>",
    lead="",
    between="<|start|>assistant<|channel|>final<|message|>",
)
FORMATS = (
    HARMONY,
    Format("gemma-4", "<|channel>thought\n", "<channel|>", "", ""),
    Format("cohere", "<|START_THINKING|>", "<|END_THINKING|>", "", "<|START_RESPONSE|>"),
    Format("mistral", "[THINK]", "[/THINK]", "", ""),
    Format("seed", "<seed:think>", "</seed:think>", "\n", ""),
    Format("minimax", "<mm:think>", "</mm:think>"),
    Format("kimi", "◁think▷", "◁/think▷", "", ""),
    # its chat template opens each thought; the closing marker is a token of its own in some versions of the model
    Format(
        "apriel",
        "Here are my reasoning steps:",
        "[BEGIN FINAL RESPONSE]",
        between="\n",
        plain_words=True,
        end="[END FINAL RESPONSE]",
    ),
    Format("think", "<think>", "</think>"),
    Format("think-capitals", "<THINK>", "</THINK>"),
    Format("thinking", "<thinking>", "</thinking>"),
    Format("thought", "<thought>", "</thought>"),
    Format("reasoning", "<reasoning>", "</reasoning>"),
)
# tags that some families put around an answer after a thought (Granite, Ernie; R1-Zero; Cohere)
ANSWER_TAGS = (("<response>", "</response>"), ("<answer>", "</answer>"), ("<|START_RESPONSE|>", "<|END_RESPONSE|>"))

# Harmony without its special tokens: `analysisThey ask …assistantfinalThe answer …`, but not "analysis of …"
_BARE_HARMONY = re.compile(r"analysis(?=[A-Z\"'])(.*?)(?:assistantfinal(.*))?", re.DOTALL)


def detect(template: str, added: Collection[str]) -> tuple[Format | None, bool]:
    """Chat template and added tokens of a model -> its thought format, and whether the template itself writes thoughts.

    The template is looked at first: a tokenizer may have the tokens of another model of its family.
    """
    for format_ in FORMATS:
        if _is_in_template(format_, template):
            return format_, True
    for format_ in FORMATS:
        if all(marker in added for marker in format_.markers):
            return format_, False
    return None, False


def _is_in_template(format_: Format, template: str) -> bool:
    if format_ is HARMONY:
        # the other markers are in the templates of other families, too
        return all(marker in template for marker in format_.markers[:3])
    return any(marker in template for marker in format_.markers)


def split_at_markers(text: str, format_: Format) -> Pieces:
    """Split a text at the literal markers of a format."""
    parts = re.split(f"({'|'.join(map(re.escape, format_.markers))})", text)
    # re.split with one group: every second part is a marker
    return [(part, index % 2 == 1) for index, part in enumerate(parts)]


def read(pieces: Pieces, format_: Format, *, opened: bool = False) -> tuple[str, str | None]:
    """Pieces of a generated text -> (answer, thought); `opened` if the prompt ends within the thought.

    The thought is None if there is none. A thought that never ends leaves an empty answer.
    """
    if format_ is HARMONY:
        return _read_channels(pieces, "analysis" if opened else "final")
    thoughts: list[str] = []
    rest = pieces
    # some models think again at once when they have closed a thought
    while opened or _opens_thought(rest, format_):
        if _opens_thought(rest, format_) and not format_.plain_words:
            rest = rest[_first_marker(rest) + 1 :]
        close = _index_of_marker(rest, format_.close)
        # what is left of `open` at the beginning of the thought: all of its plain words, or gemma-4's channel name
        remainder = format_.open if format_.plain_words else format_.open.removeprefix(format_.opening)
        thoughts.append(_join(rest[:close]).lstrip().removeprefix(remainder).strip())
        if close is None:
            return "", _join_thoughts(thoughts)
        rest, opened = rest[close + 1 :], False
    answer = _join(rest).strip().removesuffix(format_.end).strip()
    if not thoughts:
        return answer, None
    return _remove_answer_tags(answer), _join_thoughts(thoughts)


def _first_marker(pieces: Pieces) -> int:
    """The index of the first marker; the number of pieces if there is none."""
    return next((index for index, (_, is_marker) in enumerate(pieces) if is_marker), len(pieces))


def _index_of_marker(pieces: Pieces, marker: str) -> int | None:
    return next((index for index, piece in enumerate(pieces) if piece == (marker, True)), None)


def _opens_thought(pieces: Pieces, format_: Format) -> bool:
    """Whether the first marker opens a thought and no text stands before it; with `plain_words`, whether those do."""
    first = _first_marker(pieces)
    if first == len(pieces):
        return False
    head = _join(pieces[:first]).strip()
    if format_.plain_words:
        return head.startswith(format_.open)
    return pieces[first][0] == format_.opening and not head


def _join_thoughts(thoughts: Sequence[str]) -> str:
    return "\n".join(filter(None, thoughts))


def split_thought(text: str, *, unopened: bool = True) -> tuple[str, str | None]:
    """Text of an unknown model, such as of an input row -> (answer, thought); without a thought, the text and None.

    A thought stands at the beginning. With `unopened` the opening tag may be missing, since it was in the prompt: then
    the closing tag must be on a line of its own with a blank line behind it, and no opening tag may be in the text.
    """
    start = text.lstrip()
    for format_ in FORMATS:
        openings = ("<|channel|>", "<|start|>assistant") if format_ is HARMONY else (format_.open,)
        if start.startswith(openings) and (not format_.plain_words or has_closing_marker(text, format_)):
            return read(split_at_markers(text, format_), format_)
    bare = _BARE_HARMONY.fullmatch(start)
    if bare and (bare[2] is not None or "assistantfinal" not in start):
        return (bare[2] or "").strip(), bare[1].strip()
    if unopened:
        for format_ in FORMATS[1:]:
            if parts := _split_unopened(text, format_):
                return parts
    return text, None


def has_closing_marker(text: str, format_: Format) -> bool:
    """Whether a text has the closing marker of a format."""
    return format_.close in text


def _split_unopened(text: str, format_: Format) -> tuple[str, str] | None:
    """Split at a closing tag without an opening one: `2 plus 2 …\\n</think>\\n\\nIt is 4.`

    None for `The tag </think> closes …`, a closing tag in a code block, or a text without an answer.
    """
    if text.count(format_.close) != 1 or format_.opening in text:
        return None
    thought, _, rest = text.partition(format_.close)
    # plain words end with the line; a tag needs a blank line as well
    line_end = r"[ \t\r]*\n" if format_.plain_words else r"[ \t\r]*\n[ \t\r]*\n"
    on_own_line = not thought.rpartition("\n")[2].strip() and re.match(line_end, rest)
    in_code_block = thought.count("```") % 2 == 1
    if not on_own_line or in_code_block or not rest.strip():
        return None
    return _remove_answer_tags(rest.strip().removesuffix(format_.end)), thought.strip()


def _read_channels(pieces: Pieces, channel: str) -> tuple[str, str | None]:
    """Harmony's messages: those in the channel `final` are the answer, all others the thought.

    `channel` is that of the text at the beginning, which may be the middle of a message.
    """
    answer: list[str] = []
    thought: list[str] = []
    last_marker = "<|message|>"
    for piece, is_marker in pieces:
        if is_marker:
            last_marker = piece
            if piece == "<|start|>":
                channel = "final"  # a message without a channel is for the user
        elif last_marker == "<|channel|>" and piece.split():
            channel = piece.split()[0]  # `commentary to=functions.f` is in the channel `commentary`
        elif last_marker == "<|message|>":
            (answer if channel == "final" else thought).append(piece)
    thought_text = _join_thoughts([part.strip() for part in thought])
    return "".join(answer).strip(), thought_text or None


def _join(pieces: Pieces) -> str:
    return "".join(piece for piece, _ in pieces)


def _remove_answer_tags(answer: str) -> str:
    """`<response>It is 4.</response>` is `It is 4.`; an opening tag alone is removed, a closing tag alone stays."""
    answer = answer.strip()
    for begin, end in ANSWER_TAGS:
        if answer.startswith(begin):
            answer = answer.removeprefix(begin).removesuffix(end).strip()
    return answer
