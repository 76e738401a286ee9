"""Rewards as a function of TRL, verl and OpenRLHF: what `score` says off line, and nothing made up for what cannot be
read.
"""

import asyncio
import json
import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing as closing_at_the_end
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from caigen import rewards
from caigen.constitution.load import load
from caigen.engines import device
from caigen.engines.endpoint import open_endpoint
from caigen.engines.open import EngineOptions
from caigen.errors import CaigenError, EngineError, RequestError
from caigen.exports.formats import openrlhf_prompt, verl_prompt
from caigen.records import Candidate, Message, Record
from caigen.rewards import ConstitutionReward
from caigen.stages.requests import PromptSettings
from caigen.stages.score import ScoreSettings, score
from caigen.stages.templates import Templates
from tests.conftest import environment
from tests.judge.test_queries import LONG, TEMPLATES, rendered, tokenizer
from tests.judging import BAD, BROKEN, GOOD, KEPT, PROMPT, UNREADABLE, JudgeServer

RULES = ("GEN-001", "GEN-002")
REFS = {"GEN-001@1", "GEN-002@1"}
HIGH, LOW = 1 - KEPT, 1 - BROKEN  # rewards
CHAT = [{"role": "user", "content": PROMPT}]
Make = Callable[..., ConstitutionReward]


@pytest.fixture
def judge() -> Iterator[JudgeServer]:
    server = JudgeServer()
    yield server
    server.close()


@pytest.fixture
def reward(judge: JudgeServer) -> Iterator[Make]:
    """Rewards of two principles by the judge on HTTP."""
    made: list[ConstitutionReward] = []

    def make(**options: Any) -> ConstitutionReward:
        made.append(ConstitutionReward("general", endpoint=judge.url, model="m1", principles=RULES, **options))
        return made[-1]

    yield make
    judge.release()
    for one in made:
        one.close()


def verl_row(prompt: Any = CHAT) -> dict[str, Any]:
    """verl's `extra_info`."""
    info: dict[str, Any] = verl_prompt({"prompt": prompt, "id": "r1"}, "train")["extra_info"]
    return info


def off_line(url: str, prompt: tuple[Message, ...], *texts: str, id: str = "r1") -> list[float | None]:
    """What `caigen score` says."""

    async def scored() -> Record:
        prompt_settings = PromptSettings(constitution=load("general"), templates=Templates.load(), only=RULES)
        async with await open_endpoint(url, "m1") as engine:
            record = Record(id=id, prompt=prompt, candidates=tuple(Candidate(text=text) for text in texts))
            return await score(record, engine, prompt_settings, ScoreSettings())

    return [candidate.scores[0].reward for candidate in asyncio.run(scored()).candidates]


def test_trl_gets_none_for_what_cannot_be_read(reward: Make) -> None:
    one, logged = reward(), dict[str, float]()
    found = one([PROMPT] * 3, [BAD, UNREADABLE, GOOD], log_metric=logged.__setitem__)
    assert found == [pytest.approx(LOW), None, pytest.approx(HIGH)]
    assert logged.pop("unread") == pytest.approx(1 / 3)
    assert logged == {f"violates/{ref}": pytest.approx((BROKEN + KEPT) / 2) for ref in REFS}
    assert one.counts == {"read": 2, "unread": 1}
    chats = [[{"role": "assistant", "content": text}] for text in (BAD, "")]
    assert asyncio.run(one.rewards([CHAT] * 2, chats, log_metric=logged.__setitem__)) == [pytest.approx(LOW), None]
    assert logged == {"unread": 0.5} | {f"violates/{ref}": pytest.approx(BROKEN) for ref in REFS}
    assert one.__name__ == "constitution_reward"  # TRL logs under it


def test_scores_are_the_judges_whole_reading(judge: JudgeServer, reward: Make) -> None:
    """As `caigen score` writes them; what was read of a text without a reward is there, a text that was not judged is
    None.
    """
    judge.unread_rule = load("general").find("GEN-002").text
    one = reward()
    good, bad, empty = one.scores([PROMPT, CHAT, PROMPT], [GOOD, BAD, ""])
    for found, p in ((good, KEPT), (bad, BROKEN)):
        assert found is not None
        assert (found.reward, found.unread) == (None, ("GEN-002@1",))
        assert found.violates == {"GEN-001@1": pytest.approx(p)}
    assert empty is None
    logged: dict[str, float] = {}
    assert one([PROMPT] * 3, [GOOD, BAD, None], log_metric=logged.__setitem__) == [None] * 3
    assert logged == {"violates/GEN-001@1": pytest.approx((KEPT + BROKEN) / 2), "unread": 1}
    judge.unread_rule = ""
    (whole,) = one.scores([PROMPT], [GOOD])
    assert whole is not None
    assert whole.reward == pytest.approx(HIGH)
    assert one.scores([], []) == []
    for prompts, texts in (([PROMPT], []), ([PROMPT], [GOOD, BAD])):
        with pytest.raises(ValueError, match="zip"):
            one.scores(prompts, texts)


def test_calls_of_unequal_lists_are_errors(reward: Make) -> None:
    one = reward()
    for prompts, texts, ids in (([PROMPT], [], None), ([PROMPT], [GOOD], ["a", "b"]), ([PROMPT] * 2, [GOOD], ["a"])):
        with pytest.raises(ValueError, match="zip"):
            one(prompts, texts, id=ids)


def test_every_tenfold_text_without_a_reward_is_told_of(reward: Make, caplog: pytest.LogCaptureFixture) -> None:
    one = reward()
    one([PROMPT] * 14, [GOOD, GOOD, *[None] * 12])
    one([PROMPT] * 90, [None] * 90)
    one([None], [GOOD])
    assert [(line.name, line.levelname) for line in caplog.records] == [("caigen.rewards", "WARNING")] * 4
    why = "no_answer): the completion has no text of the assistant"
    assert caplog.messages == [
        f"no reward for 1 of 3 texts ({why}",
        f"no reward for 10 of 12 texts ({why}",
        f"no reward for 100 of 102 texts ({why}",
        'no reward for 1 of 105 texts (bad_prompt): "prompt" is missing or empty: '
        "give a text, or messages of which the last is the user's",
    ]
    assert one.counts == {"read": 2, "no_answer": 102, "bad_prompt": 1}


def test_trl_gets_a_number_where_one_was_asked_for(reward: Make) -> None:
    texts = [PROMPT] * 3, [BAD, UNREADABLE, GOOD]
    assert reward(unread="mean")(*texts) == pytest.approx([LOW, (LOW + HIGH) / 2, HIGH])
    assert reward(unread=0.25)(*texts) == pytest.approx([LOW, 0.25, HIGH])
    with pytest.raises(RequestError):
        reward(unread="raise")([PROMPT], [""])
    assert reward(unread="nan")([PROMPT] * 2, ["", GOOD]) == pytest.approx([math.nan, HIGH], nan_ok=True)
    mean, other = reward(unread="mean"), [{"role": "user", "content": "Is honey good?"}]
    expected = [LOW, HIGH, LOW, HIGH]  # of its own prompt
    assert mean([PROMPT, other, PROMPT, other], [BAD, GOOD, "", ""]) == pytest.approx(expected)


def test_trl_with_odd_completions_and_prompts(reward: Make, judge: JudgeServer) -> None:
    one = reward()
    call = {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": {"name": "f"}}]}
    tool = {"role": "tool", "content": "12 C"}
    good = {"role": "assistant", "content": GOOD}
    completions = [[call, tool], [], [good, {"role": "assistant", "content": None}], None, [good]]
    assert one([CHAT] * 5, completions) == [None, None, pytest.approx(HIGH), None, pytest.approx(HIGH)]
    nulls = [{"role": "user", "content": PROMPT, "name": None, "tool_calls": None}]
    prompts = [[*CHAT, call, tool], nulls, CHAT, None, [{"role": "user", "content": None}], "a\ud800"]
    expected = [None, pytest.approx(HIGH), pytest.approx(HIGH), None, None, None]
    assert one(prompts, [[good]] * 6) == expected
    assert one.counts == {"no_answer": 3, "bad_prompt": 4, "read": 4}
    assert all("None" not in text for text in judge.shown())


def test_the_judge_never_reads_a_thought(reward: Make, judge: JudgeServer) -> None:
    thought = "I could say that it never fails, but no."
    texts = [f"{thought}\n</think>\n\n{GOOD}", f"<think>{thought}</think>\n\n{GOOD}", GOOD]
    assert (
        reward()([CHAT] * 3, [[{"role": "assistant", "content": text}] for text in texts]) == [pytest.approx(HIGH)] * 3
    )
    assert all(thought not in text for text in judge.shown())


def test_verl_gets_the_same_keys_always(reward: Make) -> None:
    one = reward()
    texts = (BAD, UNREADABLE, GOOD, "")
    found = [one.compute_score("caigen", text, "", verl_row()) for text in texts]
    assert {tuple(row) for row in found} == {("score", "GEN-001@1", "GEN-002@1", "unread")}
    assert [row["unread"] for row in found] == [0, 2, 0, 2]
    expected = pytest.approx([LOW, math.nan, HIGH, math.nan], nan_ok=True)
    assert [row["score"] for row in found] == expected
    assert all(math.isnan(found[1][ref]) and found[2][ref] == pytest.approx(KEPT) for ref in REFS)


def test_verl_where_one_principle_is_unread(judge: JudgeServer, reward: Make) -> None:
    judge.unread_rule = load("general").find("GEN-002").text
    row = reward().compute_score("caigen", GOOD, "", verl_row())
    assert row["GEN-001@1"] == pytest.approx(KEPT)
    assert math.isnan(row["GEN-002@1"])
    assert (math.isnan(row["score"]), row["unread"]) == (True, 1)


def test_what_stands_for_a_reward_is_asked_for(reward: Make) -> None:
    def score_of(one: ConstitutionReward, text: str, prompt: Any = CHAT) -> float:
        return one.compute_score("caigen", text, "", verl_row(prompt))["score"]

    with pytest.raises(RequestError, match="no reward"):
        score_of(reward(unread="raise"), UNREADABLE)
    for number in (0.25, 0.0):
        assert score_of(reward(unread=number), UNREADABLE) == number
    mean = reward(unread="mean")
    with pytest.raises(RequestError, match="no text was read yet"):
        score_of(mean, UNREADABLE)
    other = [{"role": "user", "content": "Is honey good?"}]
    assert [score_of(mean, text) for text in (BAD, GOOD)] == pytest.approx([LOW, HIGH])
    assert score_of(mean, GOOD, other) == pytest.approx(HIGH)
    assert score_of(mean, UNREADABLE) == pytest.approx((LOW + HIGH) / 2)  # that of its own prompt
    assert score_of(mean, UNREADABLE, other) == pytest.approx(HIGH)
    assert score_of(mean, UNREADABLE, [{"role": "user", "content": "And?"}]) == pytest.approx((LOW + HIGH + HIGH) / 3)


def test_verl_prompts(reward: Make, judge: JudgeServer) -> None:
    one = reward()
    for prompt in (PROMPT, "[tea] helps?", json.dumps(CHAT), CHAT):
        assert one.compute_score("x", GOOD, "", {"prompt": prompt})["score"] == pytest.approx(HIGH)
    assert any("[tea] helps?" in text for text in judge.shown())
    for info in (None, {}):
        with pytest.raises(CaigenError) as caught:
            one.compute_score("x", GOOD, "", info)
        assert str(caught.value) == "extra_info has no prompt: use the rows of `caigen export-prompts --to verl`"
    assert one.compute_score("x", GOOD, "", {"prompt": [{"role": "tool", "content": "x"}]})["unread"] == 2


@pytest.mark.parametrize("think", ["on", "off"])
def test_whether_the_judge_thinks_first(
    reward: Make, judge: JudgeServer, think: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reward(think=think)([PROMPT], [GOOD])
    with pytest.raises(CaigenError, match="auto, on or off"):
        reward(think="maybe")
    for name, value in {"ENDPOINT": judge.url, "MODEL": "m1", "THINK": think}.items():
        monkeypatch.setenv(f"CAIGEN_{name}", value)
    with closing_at_the_end(rewards.from_environment()) as one:
        one([PROMPT], [BAD])
    rewards.close_environment()
    switches = [body["chat_template_kwargs"] for _, body in judge.asked]
    assert len(switches) > len(RULES)
    assert all(switch["enable_thinking"] is (think == "on") for switch in switches)


def test_openrlhf_gets_numbers_or_an_error(reward: Make) -> None:
    queries = [f"{PROMPT} {text}" for text in (BAD, UNREADABLE, GOOD)]
    given = queries, [PROMPT] * 3, ["", "", ""]
    with pytest.raises(RequestError, match="no reward"):
        reward().reward_func(*given)
    found = reward(unread="mean").reward_func(*given)
    assert found["rewards"].tolist() == pytest.approx([LOW, (LOW + HIGH) / 2, HIGH])
    assert found["scores"] is found["rewards"]
    assert set(found["extra_logs"]) == {*(f"violates/{ref}" for ref in REFS), "unread"}
    assert found["extra_logs"]["unread"] == pytest.approx(1 / 3)
    assert found["extra_logs"]["violates/GEN-001@1"] == pytest.approx((BROKEN + KEPT) / 2)
    assert reward(unread=0.5).reward_func(*given)["rewards"].tolist() == pytest.approx([LOW, 0.5, HIGH])


def test_openrlhf_gets_the_same_for_a_missing_query_or_prompt(reward: Make) -> None:
    one = reward(unread="mean")
    missing: list[Any] = [None, f"{PROMPT} {GOOD}", f"{PROMPT} {GOOD}", f"{PROMPT} {BAD}"]
    found = one.reward_func(missing, [PROMPT, math.nan, PROMPT, PROMPT], ["", "", None, math.nan])
    assert found["rewards"].tolist() == pytest.approx([(LOW + HIGH) / 2, (LOW + HIGH) / 2, HIGH, LOW])
    assert one.counts == {"not_text": 1, "bad_prompt": 1, "read": 2}
    assert found["extra_logs"]["unread"] == pytest.approx(0.5)


def test_openrlhf_logs_have_the_same_keys_always(reward: Make) -> None:
    """OpenRLHF stops where a key of `extra_logs` is missing for some texts of a batch."""
    one = reward(unread="mean")
    found = [one.reward_func([f"{PROMPT} {text}"], [PROMPT], [""]) for text in (BAD, UNREADABLE, GOOD)]
    names = [f"violates/{ref}" for ref in ("GEN-001@1", "GEN-002@1")]
    for row, p, unread in zip(found, (BROKEN, BROKEN, KEPT), (0, 1, 0), strict=True):  # the second has the mean so far
        assert row["extra_logs"] == {name: pytest.approx(p) for name in names} | {"unread": unread}
    one = reward(unread=0.5)  # no mean so far
    row = one.reward_func([PROMPT], [PROMPT], [""])
    assert (row["rewards"].tolist(), row["extra_logs"]) == ([0.5], {"unread": 1})


def test_openrlhf_gets_no_nan(reward: Make) -> None:
    with pytest.raises(RequestError, match="no reward"):
        reward(unread="nan").reward_func([PROMPT], [PROMPT], [""])


def test_openrlhf_queries_without_prompts_and_labels(reward: Make) -> None:
    query, _ = rendered("chatml", (Message(role="user", content=PROMPT),), GOOD)
    assert reward().reward_func([query], [], [])["rewards"].tolist() == pytest.approx([HIGH])


@pytest.mark.parametrize("name", TEMPLATES)
def test_openrlhf_templates_give_what_score_gives(name: str, judge: JudgeServer, reward: Make, tmp_path: Path) -> None:
    prompt = (*LONG[:2], Message(role="user", content=PROMPT))
    expected = off_line(judge.url, prompt, GOOD, BAD)
    asked = sorted(judge.shown())
    row = openrlhf_prompt({"prompt": [turn.model_dump() for turn in prompt], "id": "r1"}, "train")
    prompts, policy = tmp_path / "prompts.jsonl", tmp_path / "policy"
    prompts.write_text(json.dumps(row) + "\n")
    tokenizer(TEMPLATES[name][0]).save_pretrained(policy)
    sent = [rendered(name, prompt, text) for text in (GOOD, BAD)]
    for options in ({"prompts": prompts}, {"policy_tokenizer": str(policy)}):
        judge.asked.clear()
        given = [query for query, _ in sent], [shown for _, shown in sent], [row["label"]] * 2
        assert reward(**options).reward_func(*given)["rewards"].tolist() == pytest.approx(expected)
        assert sorted(judge.shown()) == asked  # the very same questions


def test_a_judge_that_is_sampled_draws_the_same_seeds(judge: JudgeServer, reward: Make) -> None:
    off_line(judge.url, (Message(role="user", content=PROMPT),), UNREADABLE)
    seeds = sorted(body["seed"] for _, body in judge.asked if "seed" in body)
    for call in (
        lambda one: one([CHAT], [UNREADABLE], id=["r1"]),
        lambda one: one.compute_score("caigen", UNREADABLE, "", verl_row()),
    ):
        judge.asked.clear()
        call(reward())
        assert sorted(body["seed"] for _, body in judge.asked if "seed" in body) == seeds != []


def test_what_is_slow_is_given_up_at_the_deadline(judge: JudgeServer, reward: Make) -> None:
    one = reward(timeout=4)  # what is not slow takes a fraction of it, on a busy machine too
    assert one([PROMPT] * 3, [GOOD, "SLOW", BAD]) == [pytest.approx(HIGH), None, pytest.approx(LOW)]
    assert one.counts == {"read": 2, "timeout": 1}


def test_a_slow_call_does_not_hold_up_another(judge: JudgeServer, reward: Make) -> None:
    one = reward()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(one, [PROMPT], ["SLOW"])
        while judge.at_once < len(RULES):
            time.sleep(0.01)
        assert one([PROMPT], [GOOD]) == [pytest.approx(HIGH)]
        assert not slow.done()
        judge.release()
        assert slow.result() == [pytest.approx(HIGH)]


def test_calls_from_many_threads_share_a_bounded_number_of_requests(judge: JudgeServer, reward: Make) -> None:
    one = reward(concurrency=3)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: one([PROMPT], [text])[0], [GOOD, BAD] * 8))
    assert found == pytest.approx([HIGH, LOW] * 8)
    assert judge.most <= 3


def test_an_engine_that_stopped_is_an_error(reward: Make, judge: JudgeServer) -> None:
    one = ConstitutionReward("general", endpoint="http://127.0.0.1:9", principles=RULES)
    with pytest.raises(EngineError):
        one([PROMPT], [GOOD])
    one.close()
    for options in ({"prompts": "nowhere.jsonl"}, {"unread": "zero"}, {"unread": math.inf}):
        with pytest.raises(CaigenError):
            ConstitutionReward("general", endpoint=judge.url, **options)


def test_a_server_that_never_answers_is_no_hang() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        one = ConstitutionReward("general", endpoint=url, timeout=0.5)
        with pytest.raises(EngineError) as caught:
            one([PROMPT], [GOOD])
        assert str(caught.value) == f"{url}: no answer within 0.5 s; is the server up?"
        one.close()


def test_a_reward_that_was_closed_can_be_asked_again(reward: Make) -> None:
    one = reward()
    one.close()  # nothing to let go of
    for _ in range(2):
        assert one([PROMPT], [GOOD]) == [pytest.approx(HIGH)]
        (thread,) = (thread for thread in threading.enumerate() if thread.name == "caigen-reward")
        assert thread.daemon  # a trainer that ends without `close` ends
        one.close()
        one.close()
        assert not thread.is_alive()


def test_the_environment_makes_one_reward_for_all_threads(judge: JudgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "CAIGEN_ENDPOINT": judge.url, "CAIGEN_MODEL": "m1", "CAIGEN_PRINCIPLES": "GEN-001,GEN-002",
        "CAIGEN_REWARD_TIMEOUT": "30",
    }  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    start = threading.Barrier(8)

    def first(_: int) -> ConstitutionReward:
        start.wait()
        return rewards.from_environment()

    with ThreadPoolExecutor(8) as pool:
        (one,) = set(pool.map(first, range(8)))
    try:
        assert one.timeout == 30
        assert rewards.compute_score("caigen", GOOD, "", verl_row())["score"] == pytest.approx(HIGH)
        assert rewards.reward_func([PROMPT + GOOD], [PROMPT], [""])["rewards"].tolist() == pytest.approx([HIGH])
        for call in (
            lambda: rewards.compute_score("caigen", UNREADABLE, "", verl_row()),
            lambda: rewards.reward_func([PROMPT + UNREADABLE], [PROMPT], [""]),
        ):
            with pytest.raises(RequestError):  # never NaN into a trainer
                call()
    finally:
        rewards.close_environment()
    with pytest.raises(CaigenError):  # the environment is read anew: it names no server any more
        monkeypatch.setenv("CAIGEN_ENDPOINT", "http://127.0.0.1:9")
        rewards.compute_score("caigen", GOOD, "", verl_row())
    rewards.close_environment()


def variables(monkeypatch: pytest.MonkeyPatch, **told: str) -> None:
    """An environment of these variables alone."""
    for name in [name for name in os.environ if name.startswith("CAIGEN_")]:
        monkeypatch.delenv(name)
    for name, value in told.items():
        monkeypatch.setenv(f"CAIGEN_{name}", value)


@pytest.fixture
def closing() -> Iterator[None]:
    """No reward of the environment before and after."""
    rewards.close_environment()
    yield
    rewards.close_environment()


@pytest.mark.usefixtures("closing")
def test_what_the_environment_leaves_out_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    variables(monkeypatch)
    for one in (rewards.from_environment(), ConstitutionReward()):
        assert (one.constitution, one.principles, one.engines) == ("general", (), EngineOptions())
        assert (one.timeout, one.wait) == (600, 30)
    assert rewards.from_environment() is rewards.from_environment()


@pytest.mark.usefixtures("closing")
def test_each_variable_of_the_environment(judge: JudgeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    prompts, policy = tmp_path / "prompts.jsonl", tmp_path / "policy"
    prompts.write_text(json.dumps({"prompt": CHAT, "id": "r1"}) + "\n")
    tokenizer(TEMPLATES["llama2"][0]).save_pretrained(policy)
    variables(
        monkeypatch, CONSTITUTION="legal", MODEL="m1", ENDPOINT=judge.url, API_KEY="secret", PRINCIPLES="LEG-001,,LEG-003",  # noqa: E501
        PROMPTS=str(prompts), POLICY_TOKENIZER=str(policy), UNREAD="0.25", REWARD_TIMEOUT="30.5",
    )  # fmt: skip
    one = rewards.from_environment()
    assert (one.constitution, one.principles, one.timeout) == ("legal", ("LEG-001", "LEG-003"), 30.5)
    assert one.engines == EngineOptions(model="m1", endpoint=judge.url, api_key="secret")
    query, _ = rendered("llama2", (Message(role="user", content=PROMPT),), GOOD)
    found = rewards.reward_func([query, "?"], [None, None], ["r1", ""])  # by its label and the policy's template alone
    assert found["rewards"].tolist() == pytest.approx([HIGH, 0.25])
    assert set(found["extra_logs"]) == {"violates/LEG-001@1", "violates/LEG-003@1", "unread"}


@pytest.mark.usefixtures("closing")
@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"REWARD_TIMEOUT": "soon"}, "CAIGEN_REWARD_TIMEOUT=soon: it is a number of seconds"),
        ({"UNREAD": "zero"}, "unread 'zero': it is raise, mean, or a number"),
    ],
)
def test_a_variable_of_another_kind_is_an_error(
    told: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables(monkeypatch, **told)
    with pytest.raises(CaigenError) as caught:
        rewards.from_environment()
    assert str(caught.value) == said


def test_a_second_process_says_that_it_waits_and_gives_up(tmp_path: Path) -> None:
    (path, *_) = device.lock_paths()
    held = tmp_path / path.parent.name / path.name
    held.parent.mkdir()
    code = "from caigen.rewards import ConstitutionReward\nConstitutionReward(wait=0.5)(['Hi'], ['Hello'])\n"
    own = environment(TMPDIR=str(tmp_path))
    with FileLock(held):
        done = subprocess.run(
            [sys.executable, "-c", code], env=own, capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == 1
    assert "waiting: another caigen process has the device" in done.stderr
    assert "has held the device for 0.5 s" in done.stderr
    assert "endpoint=URL" in done.stderr.splitlines()[-1]
