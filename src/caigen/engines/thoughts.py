"""When and how a model in this process thinks: `Request -> Plan`, and `token ids -> (answer, thought)`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caigen.engines.base import Request
from caigen.engines.chat import Chat, check_template
from caigen.errors import CaigenError, RequestError
from caigen.text import reasoning

# what chat templates call their switch, with the values for on and off; a switch is real where the template's text changes
SWITCHES: tuple[tuple[str, Any, Any], ...] = (
    ("enable_thinking", True, False),  # Qwen3, SmolLM3, GLM, Hunyuan, Gemma 4
    ("thinking", True, False),  # DeepSeek V3.1, Granite, Kimi K2
    ("reasoning", True, False),  # Command A
    ("reasoning_effort", "high", "none"),  # Mistral
    ("thinking_budget", -1, 0),  # Seed-OSS
)


@dataclass(frozen=True)
class Plan:
    """Token ids to generate behind. `opened`: a thought is open there; `first`: it is asked for alone, then the answer."""

    ids: list[int]
    opened: bool = False
    first: bool = False


class Thoughts:
    """The thoughts of one model, by its chat template and tokenizer. `name` is for messages; `after_thought` says that a
    schema lets a thought pass before it binds (vLLM's `reasoning_parser`).
    """

    def __init__(self, chat: Chat, name: str, *, after_thought: bool = False) -> None:
        self.chat, self.name, self.after_thought = chat, name, after_thought
        self.format = chat.format
        self.on, self.off = self._switch()
        markers = self.format.markers if self.format else ()
        added: dict[str, int] = getattr(chat.tokenizer, "get_added_vocab", dict)()
        # None where a marker is no token of its own: then it is looked for in the text
        self._by_id: dict[int, str] | None = (
            {added[marker]: marker for marker in markers} if all(marker in added for marker in markers) else None
        )

    def plan(self, request: Request) -> Plan:
        """Where generation begins. A word or JSON is asked for straight away unless the request says `on`: its first token
        would else be one of the thought.

        Raises RequestError where the template refuses the conversation, CaigenError for a way of thinking that this model has
        not.
        """
        think = request.sampling.think
        if request.text is not None:
            if think == "on":
                raise CaigenError(
                    "--think on: a plain text to continue holds no thought; leave out --think or --style plain"
                )
            return Plan(self.chat.text_ids(request.text))
        check_template(self.chat.tokenizer, self.name)
        if self.format is None or not self.chat.thinks:
            if think == "on":
                raise CaigenError(
                    f"--think on: the chat template of {self.name} has no thought format that caigen knows; leave it out"
                )
            return Plan(self.chat.ids(request.messages)[0])
        if think == "on":
            return self._on(request, self.format)
        if think == "off" or (request.at_once and not (request.schema and self.after_thought)):
            return self._off(request, self.format)
        ids, tail = self.chat.ids(request.messages)
        return Plan(ids, opened=tail == "opened")

    def read(self, ids: Sequence[int], text: str, *, opened: bool) -> tuple[str, str | None]:
        """(answer, thought) of what was generated; `text` is its text as vLLM gives it."""
        if self.format is None:
            answer, thought = reasoning.split_thought(text, unopened=False)
            return answer.strip(), thought
        if self._by_id is None:
            return reasoning.read(reasoning.split_at_markers(text, self.format), self.format, opened=opened)
        pieces = self._pieces(ids) if any(key in self._by_id for key in ids) else [(text, False)]
        return reasoning.read(pieces, self.format, opened=opened)

    @property
    def end(self) -> tuple[int | None, str]:
        """What ends a thought: its token, or None and a text where that is no token."""
        close = self.format.close if self.format else ""
        return next((key for key, marker in (self._by_id or {}).items() if marker == close), None), close

    @property
    def closing(self) -> list[int]:
        """Token ids that end a thought for the model, up to its answer."""
        known = self.format
        return self.chat.behind(known.lead + known.close + known.between) if known else []

    def answer_ids(self, prompt: Sequence[int], ids: Sequence[int], text: str) -> list[int]:
        """A prompt with what was thought behind it, closed: the answer is generated behind that. `ids` and `text` are what was
        generated up to the end of the thought, or as far as it may go.
        """
        known = self.format
        if known is None or self._by_id is None:
            close = f"{known.close}{known.between}" if known else ""
            return [*prompt, *self.chat.behind(text + close)]
        if ids and ids[-1] == self.end[0]:
            return [*prompt, *ids, *(self.chat.behind(known.between) if known.between else ())]
        ends = {*self._by_id, *getattr(self.chat.tokenizer, "all_special_ids", ())}
        thought = list(ids)
        while thought and thought[-1] in ends:  # it ended its turn within the thought
            thought.pop()
        return [*prompt, *thought, *self.closing]

    def _on(self, request: Request, format_: reasoning.Format) -> Plan:
        ids, tail = self.chat.ids(request.messages, self.on)
        if tail == "closed":
            raise CaigenError(
                f"--think on: the chat template of {self.name} ends the thought before it begins; "
                "leave it out, or set the template's own switch with --chat-template-kwarg"
            )
        opening = [] if tail == "opened" else self.chat.behind(format_.open + format_.lead)
        return Plan([*ids, *opening], opened=True, first=True)

    def _off(self, request: Request, format_: reasoning.Format) -> Plan:
        ids, tail = self.chat.ids(request.messages, self.off)
        if tail == "opened":
            return Plan([*ids, *self.closing])
        # a template with a switch leaves off in its own way, be it without a word
        return Plan(ids if tail == "closed" or self.off else [*ids, *self.chat.behind(format_.skip_thought)])

    def _switch(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Arguments of the template that turn thinking on and off; empty where it has no switch."""
        for name, on, off in SWITCHES:
            if not self.chat.thinks or self.format is reasoning.HARMONY or name not in self.chat.template:
                continue
            shown = [self._probe({name: value}) for value in (on, off)]
            if shown[0] != shown[1] and None not in shown:
                return {name: on}, {name: off}
        return {}, {}

    def _probe(self, more: dict[str, Any]) -> str | None:
        try:
            return self.chat.render([{"role": "user", "content": "x"}], more)
        except RequestError:
            return None

    def _pieces(self, ids: Sequence[int]) -> reasoning.Pieces:
        """Generated tokens in pieces at the marker tokens; a marker that was spelled out stays text."""
        pieces: list[tuple[str, bool]] = []
        run: list[int] = []
        for key in ids:
            marker = (self._by_id or {}).get(key)
            if marker is None:
                run.append(key)
                continue
            pieces += [(self._text(run), False), (marker, True)]
            run = []
        return [*pieces, (self._text(run), False)]

    def _text(self, ids: list[int]) -> str:
        return str(self.chat.tokenizer.decode(ids, skip_special_tokens=True)) if ids else ""
