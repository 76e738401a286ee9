"""A request on its way through vLLM: `Prepared` before, its outcome after; and the engine's work on all, `Spent`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from caigen.engines.base import Completion
from caigen.records import Tokens


@dataclass
class Prepared:
    """A request in vLLM's own terms. `opened`: the prompt ends within a thought; `output`: the tokens of its answer.

    A request that is to think first takes two steps: `params` are for the thought, `answer` for the answer after it. In
    the second step `thought` holds the text of the first, and `spent` its tokens.
    """

    ids: list[int]
    params: Any  # vllm.SamplingParams
    opened: bool = False
    output: tuple[int, ...] = ()
    answer: Any = None  # vllm.SamplingParams
    thought: str | None = None
    spent: Tokens | None = None

    def again(self) -> "Prepared":
        """A copy that is not answered yet."""
        return Prepared(self.ids, self.params.clone(), self.opened, answer=self.answer and self.answer.clone())


@dataclass
class Spent:
    """The work of an engine so far: answered requests, and prompt, cached and completion tokens."""

    requests: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0

    def add(self, tokens: Tokens) -> None:
        """Count one answered request."""
        self.requests += 1
        self.prompt += tokens.prompt
        self.cached += tokens.cached
        self.completion += tokens.completion


Outcomes = list[tuple[Any, Completion | Exception]]  # the mark of each request, and its answer or error
Deliver = Callable[[Outcomes], None]


def count_tokens(output: Any, thought: Tokens | None) -> Tokens:
    """Tokens of one of vLLM's RequestOutputs. After a thought, given by its tokens, the prompt is not counted again."""
    completion = len(output.outputs[0].token_ids)
    if thought:
        return thought.model_copy(update={"completion": thought.completion + completion})
    return Tokens(prompt=len(output.prompt_token_ids), cached=output.num_cached_tokens or 0, completion=completion)
