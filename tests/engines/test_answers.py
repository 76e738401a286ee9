"""What servers answer, right and wrong, read into completions."""

import math
from typing import Any

import pytest

from caigen.engines.answers import read_completion
from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.failures import error_message, error_names, hidden_error
from caigen.errors import RequestError
from caigen.text.reasoning import FORMATS

THINK = next(known for known in FORMATS if known.name == "think")
PLAIN = Request()
LETTERS = Request(choices=("A", "B"))
ON = Sampling(think="on")


def answer(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": "stop", **more}]}


def said(message: dict[str, Any], request: Request = PLAIN, **more: Any) -> Completion:
    return read_completion(answer(message, **more), request)


@pytest.mark.parametrize(
    "message",
    [
        {"content": "4.", "reasoning_content": "2 plus 2."},
        {"content": "4.", "reasoning": "2 plus 2."},
        {
            "content": "4.",
            "reasoning": "2 plus 2.",
            "reasoning_details": [{"type": "reasoning.text", "text": "2 plus 2."}],
        },
        {"content": "4.", "reasoning_details": [{"type": "reasoning.summary", "summary": "2 plus 2."}]},
        {"content": "4.", "reasoning_content": [{"type": "text", "text": "2 plus 2."}]},
        {"content": "4.", "reasoning": {"content": "2 plus 2."}},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "2 plus 2."}]},
                {"type": "text", "text": "4."},
            ]
        },
        {"content": [{"type": "thinking", "thinking": "2 plus 2."}, {"type": "output_text", "text": "4."}]},
        {
            "content": [
                {"type": "reasoning", "text": "2 plus 2."},
                {"type": "image", "id": 7},
                {"type": "text", "text": "4."},
            ]
        },
        {"content": "<think>\n2 plus 2.\n</think>\n\n4."},
        {"content": "2 plus 2.\n</think>\n\n4."},
        {"content": "[THINK]2 plus 2.[/THINK]4."},
        {"content": "<|channel|>analysis<|message|>2 plus 2.<|end|><|start|>assistant<|channel|>final<|message|>4."},
    ],
)
def test_a_thought_is_kept_apart_wherever_the_server_puts_it(message: dict[str, Any]) -> None:
    found = said(message)
    assert (found.text, found.reasoning) == ("4.", "2 plus 2.")


def test_parts_of_a_text_are_joined_as_they_are() -> None:
    parts = [{"type": "text", "text": "one "}, {"type": "thinking", "thinking": []}, {"type": "text", "text": "two"}]
    assert said({"content": parts}).text == "one two"
    assert said({"content": parts}).reasoning is None


def test_a_thought_alone_is_no_answer() -> None:
    assert said({"content": None, "reasoning": "2 plus"}, finish_reason="length").text == ""
    cut = said({"content": "<think>2 plus"}, finish_reason="length")
    assert (cut.text, cut.reasoning, cut.finish_reason) == ("", "2 plus", "length")


def test_what_is_known_of_the_template_tells_a_thought_that_is_cut_off() -> None:
    def told(text: str, reason: str, request: Request = PLAIN) -> tuple[str, str | None]:
        found = read_completion(answer({"content": text}, finish_reason=reason), request, opened=THINK)
        return found.text, found.reasoning

    assert told("2 plus", "length") == told("2 plus", "MAX_TOKENS") == told("2 plus", "abort") == ("", "2 plus")
    assert told("2 plus 2.</think>4.", "stop") == ("4.", "2 plus 2.")
    assert told("4.", "stop") == ("4.", None)
    assert told('{"text": "</think>"', "length", Request(schema="{}")) == ('{"text": "</think>"', None)
    assert said({"content": "2 plus 2.</think>4."}, Request(sampling=ON)).text == "4."
    assert said({"content": "2 plus 2.</think>4."}).text == "2 plus 2.</think>4."


def test_a_thought_that_is_kept_secret_is_known_by_its_tokens() -> None:
    spent = {"usage": {"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 9}}}
    assert read_completion(answer({"content": ""}) | spent, LETTERS).reasoning == ""
    assert read_completion(answer({"content": "B"}) | spent, LETTERS).reasoning is None
    for details in (None, [], {"reasoning_tokens": -1}, {"reasoning_tokens": "9"}):
        usage = {"usage": {"completion_tokens_details": details}}
        assert read_completion(answer({"content": ""}) | usage, LETTERS).reasoning is None


def test_why_an_answer_ended() -> None:
    assert said({"content": "4."}, finish_reason=None).finish_reason == "no_finish_reason"
    assert read_completion({"choices": [{"message": {"content": "4."}}]}, Request()).finish_reason == "no_finish_reason"
    assert said({"content": "4."}, finish_reason="content_filter").finish_reason == "content_filter"
    refused = said({"content": None, "refusal": "I cannot."})
    assert (refused.text, refused.finish_reason) == ("I cannot.", "refusal")
    assert said({"content": "4.", "refusal": None}).finish_reason == "stop"
    assert said({"content": "4.", "refusal": "no"}).text == "4."
    in_parts = said({"content": [{"type": "refusal", "refusal": "I cannot."}]})
    assert (in_parts.text, in_parts.finish_reason) == ("I cannot.", "refusal")


@pytest.mark.parametrize(
    "wrong",
    [
        *(None, [], "x", {}, {"choices": None}, {"choices": []}, {"choices": [7]}, {"choices": [{}]}),
        {"choices": [{"message": {"content": 5}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": ["x"]}, "finish_reason": "stop"}]},
        {"choices": [{"message": "x", "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": "x"}, "finish_reason": 7}]},
        {"choices": [{"message": {"content": "x"}, "finish_reason": ["stop"]}]},
        {"choices": [{"text": None, "finish_reason": "stop"}]},
    ],
)
def test_what_is_no_completion_is_refused_with_a_line(wrong: Any) -> None:
    with pytest.raises(RequestError, match="not an OpenAI completion") as caught:
        read_completion(wrong, Request())
    assert caught.value.kind == "bad_answer"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "usage",
    [
        *(None, [], 7, {"prompt_tokens": -8e10, "completion_tokens": -5, "prompt_tokens_details": 3}),
        {"prompt_tokens": 9 * 10**18, "completion_tokens": 1 << 62, "prompt_tokens_details": {"cached_tokens": -1}},
        {"prompt_tokens": True, "completion_tokens": "12", "prompt_tokens_details": {"cached_tokens": 0.5}},
    ],
)
def test_absurd_counts_count_nothing(usage: Any) -> None:
    tokens = read_completion(answer({"content": "x"}) | {"usage": usage}, Request()).tokens
    assert (tokens.prompt, tokens.cached, tokens.completion) == (0, 0, 0)


def test_the_first_choice_is_the_one_of_index_0() -> None:
    two = [{"index": 1, "message": {"content": "b"}}, {"index": 0, "message": {"content": "a"}}]
    assert read_completion({"choices": two}, Request()).text == "a"


def logprobs(*tops: dict[str, Any]) -> dict[str, Any]:
    return {
        "content": [
            {
                "token": next(iter(top)),
                "top_logprobs": [{"token": word, "logprob": value} for word, value in top.items()],
            }
            for top in tops
        ]
    }


@pytest.mark.parametrize("absurd", [1000, 5.0, math.nan, math.inf, None, "x"])
def test_absurd_log_probabilities_are_not_read(absurd: Any) -> None:
    """Nor is the other word's, which would seem to be sure."""
    assert said({"content": "A"}, LETTERS, logprobs=logprobs({"A": absurd, "B": -0.5})).choices == {}


@pytest.mark.parametrize(
    ("listed", "read"),
    [
        ({"A": -0.5}, {}),
        ({"A": -0.8, "The": -0.9}, {}),
        ({"A": -0.5, "B": -math.inf}, {"A": -0.5}),
        ({"A": -0.001}, {"A": -0.001}),
        ({"A": -0.5, "The": -1.0, "Both": -7.0}, {"A": -0.5}),
    ],
)
def test_a_word_that_is_not_listed_counts_as_0_only_where_it_cannot_be_likely(listed: Any, read: Any) -> None:
    assert said({"content": "A"}, LETTERS, logprobs=logprobs(listed)).choices == read


def test_an_entry_without_a_token_is_passed_over() -> None:
    top = [{"logprob": -1.0}, None, {"token": "A", "logprob": -0.5}, {"token": "B", "logprob": -4.0}]
    found = said({"content": "A"}, LETTERS, logprobs={"content": [{"top_logprobs": top}]})
    assert found.choices == {"A": -0.5, "B": -4.0}


@pytest.mark.parametrize("wrong", [None, [], {"content": None}, {"content": []}, {"content": [{}]}, {"tokens": ["A"]}])
def test_without_log_probabilities_there_are_no_choices(wrong: Any) -> None:
    assert said({"content": "A"}, LETTERS, logprobs=wrong).choices == {}


def test_letters_behind_a_thought_are_read_where_the_answer_begins() -> None:
    asked = Request(choices=("A", "B"), sampling=ON)
    thought = [{"A": -0.01}, {" is": 0.0}, {"</think>": 0.0}, {"\n\n": 0.0}]
    tops = logprobs(*thought, {"B": -0.25, "A": -1.5}, {"<|im_end|>": 0.0})
    for message in (
        {"content": "B", "reasoning": "A is"},
        {"content": "\n\nB", "reasoning_content": "A is"},
        {"content": "<think>A is</think>\n\nB"},
        {"content": "A is</think>\n\nB"},
    ):
        assert said(message, asked, logprobs=tops).choices == {"B": -0.25, "A": -1.5}
    assert said({"content": "", "reasoning": "A is"}, asked, logprobs=tops, finish_reason="length").choices == {}


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({"error": {"message": "upstream", "code": 502, "metadata": {"raw": "timed out"}}}, 502, "upstream: timed out"),
        ({"choices": [{"error": {"code": 502, "message": "lost"}, "message": {"content": ""}}]}, 502, "lost"),
        ({"error": {"message": "no", "code": "rate_limit_exceeded"}}, 503, "no"),
        ({"error": {"message": "no", "type": "server_error"}}, 503, "no"),
        ({"error": {"message": "no such thing", "code": "invalid"}}, 400, "no such thing"),
        ({"error": "bad\nday"}, 400, "bad day"),
        ({"error": {"message": "no", "code": 402}}, 402, "no"),
    ],
)
def test_an_error_that_comes_with_200(body: Any, status: int, text: str) -> None:
    assert hidden_error(body) == (status, text)


def test_no_error() -> None:
    assert hidden_error(answer({"content": "x"}) | {"error": None}) is None
    assert hidden_error([]) is None
    assert error_names({"error": {"code": "a", "type": None, "innererror": {"code": "b"}}}) == {"a", "b"}
    assert error_names("x") == error_names({"error": "x"}) == set()
    assert len(error_message({"error": {"message": "x" * 999}})) == 300
