"""SamplingBuilder: `Request -> vllm.SamplingParams`, for an answer and for a thought before it.

vLLM must have been imported by `vllm_load.py` before, which sets its environment.
"""

from typing import Any

from caigen.engines.base import Request, Sampling
from caigen.errors import EngineError

# a text ends once its last 4 to 48 tokens came 8 times in a row (a table of up to 16 columns is no loop)
LOOP = {"min_pattern_size": 4, "max_pattern_size": 48, "min_count": 8}


class SamplingBuilder:
    """Makes vLLM's sampling parameters; with `stop_loops` a text that repeats itself is ended.

    Raises EngineError where vLLM cannot end such texts.
    """

    def __init__(self, *, stop_loops: bool = False) -> None:
        self._loop_detection = _loop_detection() if stop_loops else None

    def build_answer(self, request: Request, max_tokens: int, choice_ids: list[int]) -> Any:
        """Parameters of an answer; with `choice_ids`, of one token with the log-probabilities of these tokens."""
        from vllm.sampling_params import StructuredOutputsParams

        settings: dict[str, Any] = {"max_tokens": max_tokens}
        if choice_ids:
            settings = {"max_tokens": 1, "logprob_token_ids": choice_ids}
        if request.schema:
            settings["structured_outputs"] = StructuredOutputsParams(json=request.schema)
        return self._build(
            request.sampling,
            stop=list(request.sampling.stop) or None,
            ignore_eos=request.sampling.ignore_eos,
            detects_loops=not choice_ids,
            **settings,
        )

    def build_thought(self, request: Request, max_tokens: int, end_id: int | None, end_text: str) -> Any:
        """Parameters of a thought; the token `end_id` stops it, or if that is None, the text `end_text`."""
        stop: dict[str, Any] = {"stop_token_ids": [end_id]}
        if end_id is None:
            stop = {"stop": [end_text]}
        return self._build(request.sampling, max_tokens=max_tokens, detects_loops=True, **stop)

    def _build(self, sampling: Sampling, *, detects_loops: bool, **settings: Any) -> Any:
        """What both have in common, and further settings."""
        from vllm.sampling_params import RequestOutputKind, SamplingParams

        # older versions of vLLM do not know the argument, so it is given only where it is wanted
        if self._loop_detection and detects_loops:
            settings["repetition_detection"] = self._loop_detection
        return SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            # greedy decoding draws nothing, so a seed would only make work
            seed=sampling.seed if sampling.temperature > 0 else None,
            output_kind=RequestOutputKind.FINAL_ONLY,
            **settings,
        )


def refusal_types() -> tuple[type[Exception], ...]:
    """The exceptions by which vLLM refuses one request: ValueError, since 0.32 also a class of its own."""
    import vllm.exceptions

    client_error = getattr(vllm.exceptions, "VLLMClientError", None)
    if client_error is None:
        return (ValueError,)
    return (ValueError, client_error)


def _loop_detection() -> Any:
    """vLLM's RepetitionDetectionParams. Raises EngineError where it has none."""
    try:
        from vllm.sampling_params import RepetitionDetectionParams
    except ImportError as error:
        raise EngineError("--stop-loops needs a vllm that has repetition_detection") from error
    return RepetitionDetectionParams(**LOOP)
