"""OpenRLHF's queries, texts of a rendered prompt and its answer -> Text, or Unread with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from types import MappingProxyType

from caigen.errors import CaigenError, InputError
from caigen.io.read import raw_rows
from caigen.judge.chat_formats import (
    MARKED,
    Messages,
    PolicyTemplate,
    load_template,
    parse_prompt,
    parse_whole,
    without_end,
)
from caigen.judge.rollouts import Text, Unread, messages_of, prompt_in, text_of


@dataclass(frozen=True)
class Queries:
    """How the messages of a rendered prompt are found, in this order; `open_queries` makes one.

    `prompts` by label, else `template` (the policy's chat template), else the markers of well-known templates. A prompt
    without any marker is taken as it stands.
    """

    prompts: Mapping[str, Messages] = field(default_factory=lambda: MappingProxyType({}))
    template: PolicyTemplate | None = None

    def texts(
        self, queries: Sequence[object], prompts: Sequence[object], labels: Sequence[object]
    ) -> list[Text | Unread]:
        """One `Text` or `Unread` for each query. The three lists have one length."""
        rows = zip(queries, prompts, labels, strict=True)
        return [self.text(query, prompt, label) for query, prompt, label in rows]

    def text(self, query: object, prompt: object, label: object) -> Text | Unread:
        """The prompt and the answer of one query; the whole query is never taken for the answer.

        A query or prompt that is not a string (a missing value of a table) has no reward. A label that is no id of
        `prompts`, of whatever type, is ignored.
        """
        if not isinstance(query, str):
            return Unread("not_text", f"the query is no text: {type(query).__name__}")
        if prompt is not None and not isinstance(prompt, str):
            return Unread("bad_prompt", f"the prompt that was sent is no text: {type(prompt).__name__}")
        messages = self.prompts.get(str(label)) if isinstance(label, str | Integral) else None
        # OpenRLHF may send no prompts, then the policy's template renders the one that the label names
        if not prompt and messages and self.template:
            prompt = self.template.render(messages)
        if not prompt:
            return self._text_without_prompt(query)
        if not query.startswith(prompt):
            return Unread(
                "prompt_not_in_query", "the query does not begin with its prompt (cut, or rendered otherwise)"
            )
        # the label may name another prompt than the one that was sent, after a shuffle for example
        if messages is not None and messages[-1].content.strip() not in prompt:
            return Unread("other_prompt", f"label {str(label)!r} is of another prompt than the one that was sent")
        record_id = str(label) if messages else None
        messages = messages or self._parse(prompt)
        if messages is None:
            return Unread(
                "unknown_template", "the prompt has marks of a chat template that do not fit: name its tokenizer"
            )
        # the rest of the query is the answer, with the control tokens that ended it
        answer = without_end(query[len(prompt) :], self.template.end_tokens if self.template else ())
        return text_of(messages, answer, id=record_id, rendered=prompt)

    def _parse(self, prompt: str) -> Messages | None:
        """The messages of a rendered prompt; None if its markers fit no template."""
        if self.template:
            return self.template.parse(prompt)
        if MARKED.search(prompt):
            return parse_prompt(prompt)
        try:
            return messages_of(prompt)
        except CaigenError:
            return None

    def _text_without_prompt(self, query: str) -> Text | Unread:
        """Prompt and answer of a query that came alone, by the markers of well-known templates."""
        whole = None if self.template else parse_whole(query)
        if whole is None:
            return Unread("no_prompt", "no prompt was sent with the query, and none can be told apart in it")
        messages, answer = whole
        return text_of(messages, without_end(answer))


def open_queries(prompts: str | Path | None = None, policy_tokenizer: str | None = None) -> Queries:
    """Queries with `prompts`, a file of `export-prompts` or of records, and the tokenizer of a model's name or folder.

    Raises CaigenError.
    """
    return Queries(
        load_prompts(str(prompts)) if prompts else MappingProxyType({}),
        load_template(policy_tokenizer) if policy_tokenizer else None,
    )


def load_prompts(source: str) -> Mapping[str, Messages]:
    """The messages of each prompt by its record's id, which `export-prompts --to openrlhf` sends as the label.

    Raises InputError for a row without an id or a prompt, or for an id of two prompts.
    """
    prompts: dict[str, Messages] = {}
    for number, row in enumerate(raw_rows(source), 1):
        try:
            name, messages = _read_prompt(row)
        except CaigenError as error:
            raise InputError(f"{source}:{number}: {error}; give a file of `caigen export-prompts`") from error
        if prompts.setdefault(name, messages) != messages:
            raise InputError(f"{source}:{number}: id {name!r} stands for two prompts")
    return MappingProxyType(prompts)


def _read_prompt(row: object) -> tuple[str, Messages]:
    """Id and messages of a row. Raises CaigenError."""
    if not isinstance(row, dict):
        raise CaigenError("not a JSON object")
    # where each trainer's format keeps the id: OpenRLHF, records and TRL, verl
    extra = row.get("extra_info")
    candidates = [row.get("label"), row.get("id")]
    if isinstance(extra, dict):
        candidates.append(extra.get("index"))
    names = [name for name in candidates if isinstance(name, str | int) and name != ""]
    if not names:
        raise CaigenError("no label, id or extra_info.index")
    return str(names[0]), messages_of(prompt_in(row.get("input", row.get("prompt"))))
