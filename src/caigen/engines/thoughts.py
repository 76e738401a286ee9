"""Thoughts: `Request -> Plan`, whether and how a model in this process thinks, and `token ids -> (answer, thought)`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from caigen.engines.base import Request
from caigen.engines.chat import Chat, check_template
from caigen.errors import CaigenError, RequestError
from caigen.text import reasoning

# the names of chat templates' switches, with the values for on and off; one counts if it changes the template's text
SWITCHES: tuple[tuple[str, Any, Any], ...] = (
    ("enable_thinking", True, False),  # Qwen3, SmolLM3, GLM, Hunyuan, Gemma 4
    ("thinking", True, False),  # DeepSeek V3.1, Granite, Kimi K2
    ("reasoning", True, False),  # Command A
    ("reasoning_effort", "high", "none"),  # Mistral
    ("thinking_budget", -1, 0),  # Seed-OSS
)


@dataclass(frozen=True)
class Plan:
    """Token ids to generate after.

    `opened` says that they end within a thought; `first` that the thought is generated alone, and the answer after it.
    """

    ids: list[int]
    opened: bool = False
    first: bool = False


class End(NamedTuple):
    """What ends a thought: a token, or where that is None a text."""

    id: int | None
    text: str


class Thoughts:
    """The thoughts of one model, by its chat template and tokenizer. `name` is for messages.

    `after_thought` says that a schema lets a thought pass before it binds (vLLM's `reasoning_parser`).
    """

    def __init__(self, chat: Chat, name: str, *, after_thought: bool = False) -> None:
        self.chat, self.name, self.after_thought = chat, name, after_thought
        self.format = chat.format
        self.on, self.off = self._find_switch()
        # the markers by token id; None where a marker is no token of its own: then it is looked for in the text
        self._markers_by_id = _markers_by_id(chat) if self.format else {}

    def plan(self, request: Request) -> Plan:
        """Where generation begins.

        A word or JSON is generated without a thought unless the request says `on`: its first token would else be one of
        the thought.

        Raises RequestError where the template refuses the conversation, CaigenError where `on` cannot be done.
        """
        think = request.sampling.think
        if request.text is not None:
            if think == "on":
                raise CaigenError(
                    "--think on: a plain text to continue holds no thought; leave out --think or --style plain"
                )
            return Plan(self.chat.encode_text(request.text))
        check_template(self.chat.tokenizer, self.name)
        if self.format is None or not self.chat.thinks:
            if think == "on":
                raise CaigenError(
                    f"--think on: the chat template of {self.name} has no thought format that caigen knows; "
                    "leave it out"
                )
            return Plan(self.chat.encode_messages(request.messages).ids)
        if think == "on":
            return self._plan_on(request, self.format)
        schema_waits = bool(request.schema) and self.after_thought
        if think == "off" or (request.wants_direct_answer and not schema_waits):
            return self._plan_off(request, self.format)
        # the template decides
        prompt = self.chat.encode_messages(request.messages)
        return Plan(prompt.ids, opened=prompt.tail == "opened")

    def read(self, ids: Sequence[int], text: str, *, opened: bool) -> tuple[str, str | None]:
        """(answer, thought) of what was generated; `text` is its text as vLLM gives it."""
        if self.format is None:
            answer, thought = reasoning.split_thought(text, unopened=False)
            return answer.strip(), thought
        if self._markers_by_id is None:
            return reasoning.read(reasoning.split_at_markers(text, self.format), self.format, opened=opened)
        # without a marker token vLLM's text is taken as it is
        if self._markers_by_id.keys().isdisjoint(ids):
            return reasoning.read([(text, False)], self.format, opened=opened)
        return reasoning.read(self._split_at_markers(ids, self._markers_by_id), self.format, opened=opened)

    @property
    def end(self) -> End:
        """What ends a thought."""
        if self.format is None:
            return End(None, "")
        for key, marker in (self._markers_by_id or {}).items():
            if marker == self.format.close:
                return End(key, marker)
        return End(None, self.format.close)

    @property
    def closing(self) -> list[int]:
        """Token ids that end a thought for the model, up to its answer."""
        if self.format is None:
            return []
        return self.chat.encode_after(self.format.lead + self.format.close + self.format.between)

    def answer_ids(self, prompt: Sequence[int], ids: Sequence[int], text: str) -> list[int]:
        """A prompt and the thought after it, closed, as the prompt of the answer.

        `ids` and `text` were generated after `prompt`, up to the end of the thought or as far as it may go.
        """
        if self.format is None:
            return [*prompt, *self.chat.encode_after(text)]
        between = self.format.between
        if self._markers_by_id is None:
            # vLLM leaves the text that stopped it out, so it is added
            return [*prompt, *self.chat.encode_after(text + self.format.close + between)]
        if ids and ids[-1] == self.end.id:
            return [*prompt, *ids, *self.chat.encode_after(between)]
        # The thought was cut off, or the model ended its message within it: drop such an end, and close the thought.
        end_ids = {*self._markers_by_id, *getattr(self.chat.tokenizer, "all_special_ids", ())}
        thought = list(ids)
        while thought and thought[-1] in end_ids:
            thought.pop()
        return [*prompt, *thought, *self.closing]

    def _plan_on(self, request: Request, format_: reasoning.Format) -> Plan:
        prompt = self.chat.encode_messages(request.messages, self.on)
        if prompt.tail == "closed":
            raise CaigenError(
                f"--think on: the chat template of {self.name} ends the thought before it begins; "
                "leave it out, or set the template's own switch with --chat-template-kwarg"
            )
        if prompt.tail == "opened":
            return Plan(prompt.ids, opened=True, first=True)
        return Plan([*prompt.ids, *self.chat.encode_after(format_.open + format_.lead)], opened=True, first=True)

    def _plan_off(self, request: Request, format_: reasoning.Format) -> Plan:
        prompt = self.chat.encode_messages(request.messages, self.off)
        if prompt.tail == "opened":
            return Plan([*prompt.ids, *self.closing])
        # a template with a switch turns thinking off in its own way, even if nothing of it shows in the text
        if prompt.tail == "closed" or self.off:
            return Plan(prompt.ids)
        return Plan([*prompt.ids, *self.chat.encode_after(format_.skip_thought)])

    def _find_switch(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Arguments of the template that turn thinking on and off; empty where it has no switch."""
        # gpt-oss always thinks; its template has efforts only
        if not self.chat.thinks or self.format is reasoning.HARMONY:
            return {}, {}
        for name, on, off in SWITCHES:
            if name not in self.chat.template:
                continue
            text_on, text_off = self._render_with({name: on}), self._render_with({name: off})
            if text_on != text_off and text_on is not None and text_off is not None:
                return {name: on}, {name: off}
        return {}, {}

    def _render_with(self, more: dict[str, Any]) -> str | None:
        """A short conversation as the template renders it with these arguments; None where it refuses them."""
        try:
            return self.chat.render([{"role": "user", "content": "x"}], more)
        except RequestError:
            return None

    def _split_at_markers(self, ids: Sequence[int], markers: dict[int, str]) -> reasoning.Pieces:
        """Generated tokens as texts and marker tokens in turn; a marker that the model spelled out stays text."""
        pieces: list[tuple[str, bool]] = []
        text_ids: list[int] = []
        for key in ids:
            if key not in markers:
                text_ids.append(key)
                continue
            pieces += [(self._decode(text_ids), False), (markers[key], True)]
            text_ids = []
        return [*pieces, (self._decode(text_ids), False)]

    def _decode(self, ids: list[int]) -> str:
        return str(self.chat.tokenizer.decode(ids, skip_special_tokens=True)) if ids else ""


def _markers_by_id(chat: Chat) -> dict[int, str] | None:
    """The markers of a model's thoughts by token id; None where one of them is no token of its own."""
    markers: dict[int, str] = {}
    added: dict[str, int] = getattr(chat.tokenizer, "get_added_vocab", dict)()
    for marker in chat.format.markers if chat.format else ():
        if marker not in added:
            return None
        markers[added[marker]] = marker
    return markers
