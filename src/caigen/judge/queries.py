"""OpenRLHF's queries: texts that hold a rendered prompt and an answer -> Text, or Unread with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from types import MappingProxyType

from caigen.errors import CaigenError, InputError
from caigen.io.read import raw_rows
from caigen.judge.chat_formats import (
    MARKED,
    PolicyTemplate,
    Turns,
    load_template,
    parse_prompt,
    parse_whole,
    without_end,
)
from caigen.judge.rollouts import Text, Unread, messages_of, prompt_in, text_of


@dataclass(frozen=True)
class Queries:
    """How prompts are found: `prompts` by label, else `template`, the policy's chat template, else well-known marks.

    A prompt without any mark of a template is taken as it stands. `open_queries` makes one.
    """

    prompts: Mapping[str, Turns] = field(default_factory=lambda: MappingProxyType({}))
    template: PolicyTemplate | None = None

    def texts(
        self, queries: Sequence[object], prompts: Sequence[object], labels: Sequence[object]
    ) -> list[Text | Unread]:
        """One for each query. The three lists have one length."""
        return [self.text(*one) for one in zip(queries, prompts, labels, strict=True)]

    def text(self, query: object, prompt: object, label: object) -> Text | Unread:
        """The prompt and the answer of one query; never the whole query as the answer.

        A query or prompt that is no text (a missing value of a table) has no reward. A label of another type than an id has
        names no prompt, as a text that is no id names none.
        """
        if not isinstance(query, str):
            return Unread("not_text", f"the query is no text: {type(query).__name__}")
        if prompt is not None and not isinstance(prompt, str):
            return Unread("bad_prompt", f"the prompt that was sent is no text: {type(prompt).__name__}")
        turns = self.prompts.get(str(label)) if isinstance(label, str | Integral) else None
        name = str(label) if turns else None
        if not prompt:
            prompt = self.template.render(turns) if turns and self.template else None
        if not prompt:
            return self._without_prompt(query)
        if not query.startswith(prompt):
            return Unread(
                "prompt_not_in_query", "the query does not begin with its prompt (cut, or rendered otherwise)"
            )
        if turns is not None and turns[-1].content.strip() not in prompt:
            return Unread("other_prompt", f"label {name!r} is of another prompt than the one that was sent")
        turns = turns or self._parsed(prompt)
        if turns is None:
            return Unread(
                "unknown_template", "the prompt has marks of a chat template that do not fit: name its tokenizer"
            )
        answer = without_end(query[len(prompt) :], self.template.ends if self.template else ())
        return text_of(turns, answer, id=name, rendered=prompt)

    def _parsed(self, prompt: str) -> Turns | None:
        if self.template:
            return self.template.parse(prompt)
        if MARKED.search(prompt):
            return parse_prompt(prompt)
        try:
            return messages_of(prompt)
        except CaigenError:
            return None

    def _without_prompt(self, query: str) -> Text | Unread:
        whole = None if self.template else parse_whole(query)
        if whole is None:
            return Unread("no_prompt", "no prompt was sent with the query, and none can be told apart in it")
        return text_of(whole[0], without_end(whole[1]))


def open_queries(prompts: str | Path | None = None, policy_tokenizer: str | None = None) -> Queries:
    """`prompts` is a file of `export-prompts`, of any trainer, or of records; `policy_tokenizer` a name or folder.

    Raises CaigenError.
    """
    return Queries(
        load_prompts(str(prompts)) if prompts else MappingProxyType({}),
        load_template(policy_tokenizer) if policy_tokenizer else None,
    )


def load_prompts(source: str) -> Mapping[str, Turns]:
    """Messages by the id of their record, which `export-prompts --to openrlhf` sends as the label.

    Raises InputError for a row without an id or a prompt, or for an id of two prompts.
    """
    found: dict[str, Turns] = {}
    for number, row in enumerate(raw_rows(source), 1):
        try:
            name, turns = _entry(row)
        except CaigenError as error:
            raise InputError(f"{source}:{number}: {error}; give a file of `caigen export-prompts`") from error
        if found.setdefault(name, turns) != turns:
            raise InputError(f"{source}:{number}: id {name!r} stands for two prompts")
    return MappingProxyType(found)


def _entry(row: object) -> tuple[str, Turns]:
    if not isinstance(row, dict):
        raise CaigenError("not a JSON object")
    extra = row.get("extra_info")
    names = (row.get("label"), row.get("id"), extra.get("index") if isinstance(extra, dict) else None)
    name = next((name for name in names if isinstance(name, str | int) and name != ""), None)
    if name is None:
        raise CaigenError("no label, id or extra_info.index")
    return str(name), messages_of(prompt_in(row.get("input", row.get("prompt"))))
