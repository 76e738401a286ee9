"""What servers answer, right and wrong, read into completions."""

import math
from typing import Any

import pytest

from caigen.engines.answers import read_completion
from caigen.engines.base import Completion, Request, Sampling
from caigen.errors import RequestError
from caigen.text.reasoning import FORMATS

THINK = next(format_ for format_ in FORMATS if format_.name == "think")
PLAIN = Request()
LETTERS = Request(choices=("A", "B"))
ON = Sampling(think="on")


def answer(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": "stop", **more}]}


def read(message: dict[str, Any], request: Request = PLAIN, **more: Any) -> Completion:
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
    completion = read(message)
    assert (completion.text, completion.reasoning) == ("4.", "2 plus 2.")


def test_parts_of_a_text_are_joined_as_they_are() -> None:
    parts = [{"type": "text", "text": "one "}, {"type": "thinking", "thinking": []}, {"type": "text", "text": "two"}]
    assert read({"content": parts}).text == "one two"
    assert read({"content": parts}).reasoning is None


def test_a_thought_alone_is_no_answer() -> None:
    assert read({"content": None, "reasoning": "2 plus"}, finish_reason="length").text == ""
    cut = read({"content": "<think>2 plus"}, finish_reason="length")
    assert (cut.text, cut.reasoning, cut.finish_reason) == ("", "2 plus", "length")


def test_what_is_known_of_the_template_tells_a_thought_that_is_cut_off() -> None:
    def answer_and_thought(text: str, reason: str, request: Request = PLAIN) -> tuple[str, str | None]:
        completion = read_completion(answer({"content": text}, finish_reason=reason), request, opened=THINK)
        return completion.text, completion.reasoning

    assert (
        answer_and_thought("2 plus", "length")
        == answer_and_thought("2 plus", "MAX_TOKENS")
        == answer_and_thought("2 plus", "abort")
        == ("", "2 plus")
    )
    assert answer_and_thought("2 plus 2.</think>4.", "stop") == ("4.", "2 plus 2.")
    assert answer_and_thought("4.", "stop") == ("4.", None)
    assert answer_and_thought('{"text": "</think>"', "length", Request(schema="{}")) == ('{"text": "</think>"', None)
    assert read({"content": "2 plus 2.</think>4."}, Request(sampling=ON)).text == "4."
    assert read({"content": "2 plus 2.</think>4."}).text == "2 plus 2.</think>4."


def test_a_thought_that_is_kept_secret_is_known_by_its_tokens() -> None:
    spent = {"usage": {"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 9}}}
    assert read_completion(answer({"content": ""}) | spent, LETTERS).reasoning == ""
    assert read_completion(answer({"content": "B"}) | spent, LETTERS).reasoning is None
    for details in (None, [], {"reasoning_tokens": -1}, {"reasoning_tokens": "9"}):
        usage = {"usage": {"completion_tokens_details": details}}
        assert read_completion(answer({"content": ""}) | usage, LETTERS).reasoning is None


def test_why_an_answer_ended() -> None:
    assert read({"content": "4."}, finish_reason=None).finish_reason == "no_finish_reason"
    assert read_completion({"choices": [{"message": {"content": "4."}}]}, Request()).finish_reason == "no_finish_reason"
    assert read({"content": "4."}, finish_reason="content_filter").finish_reason == "content_filter"
    refused = read({"content": None, "refusal": "I cannot."})
    assert (refused.text, refused.finish_reason) == ("I cannot.", "refusal")
    assert read({"content": "4.", "refusal": None}).finish_reason == "stop"
    assert read({"content": "4.", "refusal": "no"}).text == "4."
    in_parts = read({"content": [{"type": "refusal", "refusal": "I cannot."}]})
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
    assert read({"content": "A"}, LETTERS, logprobs=logprobs({"A": absurd, "B": -0.5})).choices == {}


@pytest.mark.parametrize(
    ("listed", "choices"),
    [
        ({"A": -0.5}, {}),
        ({"A": -0.8, "The": -0.9}, {}),
        ({"A": -0.5, "B": -math.inf}, {"A": -0.5}),
        ({"A": -0.001}, {"A": -0.001}),
        ({"A": -0.5, "The": -1.0, "Both": -7.0}, {"A": -0.5}),
    ],
)
def test_a_word_that_is_not_listed_counts_as_0_only_where_it_cannot_be_likely(listed: Any, choices: Any) -> None:
    assert read({"content": "A"}, LETTERS, logprobs=logprobs(listed)).choices == choices


def test_an_entry_without_a_token_is_passed_over() -> None:
    top = [{"logprob": -1.0}, None, {"token": "A", "logprob": -0.5}, {"token": "B", "logprob": -4.0}]
    completion = read({"content": "A"}, LETTERS, logprobs={"content": [{"top_logprobs": top}]})
    assert completion.choices == {"A": -0.5, "B": -4.0}


@pytest.mark.parametrize("wrong", [None, [], {"content": None}, {"content": []}, {"content": [{}]}, {"tokens": ["A"]}])
def test_without_log_probabilities_there_are_no_choices(wrong: Any) -> None:
    assert read({"content": "A"}, LETTERS, logprobs=wrong).choices == {}


def test_letters_behind_a_thought_are_read_where_the_answer_begins() -> None:
    request = Request(choices=("A", "B"), sampling=ON)
    thought = [{"A": -0.01}, {" is": 0.0}, {"</think>": 0.0}, {"\n\n": 0.0}]
    tops = logprobs(*thought, {"B": -0.25, "A": -1.5}, {"<|im_end|>": 0.0})
    for message in (
        {"content": "B", "reasoning": "A is"},
        {"content": "\n\nB", "reasoning_content": "A is"},
        {"content": "<think>A is</think>\n\nB"},
        {"content": "A is</think>\n\nB"},
    ):
        assert read(message, request, logprobs=tops).choices == {"B": -0.25, "A": -1.5}
    assert read({"content": "", "reasoning": "A is"}, request, logprobs=tops, finish_reason="length").choices == {}


def test_a_word_that_may_be_cut_in_two_is_not_read() -> None:
    def answer_with(*tokens: str) -> dict[str, object]:
        listed = [{"token": token, "logprob": -1.0} for token in tokens] + [{"token": "x", "logprob": -9.0}]
        return {"choices": [{"message": {"content": tokens[0]}, "logprobs": {"content": [{"top_logprobs": listed}]}}]}

    request = Request(choices=tuple(str(number) for number in range(1, 11)))
    assert set(read_completion(answer_with("1", " 10", "7"), request).choices) == {"1", "10", "7"}
    assert set(read_completion(answer_with("7", "8"), request).choices) == {"7", "8"}
    with pytest.raises(RequestError) as caught:
        read_completion(answer_with("1", "7"), request)
    assert caught.value.kind == "choice_not_a_token"
