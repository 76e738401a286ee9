"""`label` and `score` at a server: whose name stands where, what is said at the end, which constitutions are
refused.
"""

import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from caigen.cli.app import app
from caigen.constitution.load import load
from caigen.exports.pairs import PairSettings
from caigen.exports.sinks import PairSink
from caigen.records import Candidate, Comparison, Critique, Message, Provenance, Record, Revision, Round
from tests.conftest import Run
from tests.server import Reply, Server, completion

Serve = Callable[[Reply], Server]
WRITERS = {"policy": "old", "critic": "old", "reviser": "old"}


def letter(p_first: float, mass: float = 1.0, *, words: tuple[str, str] = ("A", "B")) -> bytes:
    """A server's answer with log-probabilities."""
    told = zip(words, (p_first * mass, (1 - p_first) * mass), strict=True)
    entries = [{"token": word, "logprob": math.log(p)} for word, p in told if p > 0]
    logprobs = {"content": [{**entries[0], "top_logprobs": entries}]}
    choice = {"message": {"role": "assistant", "content": words[0]}, "finish_reason": "length", "logprobs": logprobs}
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 4, "completion_tokens": 1}}).encode()


def shown(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def kind_judge(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
    """Prefers the kind text, and finds nothing broken."""
    text = shown(body)
    if "(B) " not in text:
        return 200, letter(0.1, words=("Yes", "No"))
    return 200, letter(0.9 if text.index("kind") < text.index("harsh") else 0.1)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Two revised records."""
    path = tmp_path / "revised.jsonl"
    rounds = (
        Round(principle="GEN-003@1", critique=Critique(text="c", verdict="violates"), revision=Revision(text="kind")),
    )
    general = load("general")
    made = Provenance(
        caigen="0.0.1",
        constitution=general.ref,
        constitution_sha256=general.sha256,
        models=WRITERS,
        seed=5,
        templates_sha256="t",
    )
    rows = [
        Record(
            id=name,
            prompt=(Message(role="user", content="q"),),
            candidates=(Candidate(text="harsh", rounds=rounds),),
            provenance=made,
            status="done",
        )
        for name in "xy"
    ]
    path.write_text("".join(row.model_dump_json(by_alias=True, exclude_none=True) + "\n" for row in rows))
    return path


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_judge_stands_in_the_provenance_where_it_was_asked(caigen: Run, serve: Serve, records: Path) -> None:
    """It leaves the names of those who wrote the texts, their constitution, seed and templates as they were."""
    url = serve(kind_judge).url
    weak = records.with_name("weak.jsonl")
    done = caigen("label", records, "--endpoint", url, "--model", "m1", "--seed", 9, "-o", weak)
    assert "2 comparisons" in done.stderr
    assert "tokens" not in done.stderr
    (one, _) = rows(weak.read_text())
    assert one["provenance"] == {
        "caigen": one["provenance"]["caigen"],
        "constitution": "general@1.0.0",
        "constitution_sha256": load("general").sha256,
        "models": {**WRITERS, "judge": f"m1@{url}/v1"},
        "seed": 5,
        "templates_sha256": "t",
    }
    assert one["provenance"]["caigen"] != "0.0.1"
    (said,) = one["comparisons"]
    assert (said["principle"], said["judge"], said["status"]) == ("GEN-003@1", f"m1@{url}/v1", "decided")

    again = caigen("label", weak, "--endpoint", url, "--model", "m1")
    assert "requests sent" not in again.stderr
    assert "2 comparisons were there already" in again.stderr
    assert again.stdout == weak.read_text()
    strong = rows(caigen("label", weak, "--endpoint", url, "--model", "m2").stdout)[0]
    assert [said["judge"] for said in strong["comparisons"]] == [f"m1@{url}/v1", f"m2@{url}/v1"]
    judges = {"judge": f"m2@{url}/v1", "judge_2": f"m1@{url}/v1"}
    assert strong["provenance"]["models"] == WRITERS | judges


def test_who_had_nothing_to_do_is_not_named(caigen: Run, serve: Serve, records: Path, tmp_path: Path) -> None:
    """Neither reviser, critic, constitution, seed nor version, where `revise` finds every round done."""
    url = serve(kind_judge).url
    done = caigen("revise", records, "--rounds", 1, "--constitution", "legal", "--seed", 8, "--endpoint", url)
    assert "requests sent" not in done.stderr
    assert rows(done.stdout) == rows(records.read_text())
    scored = caigen(
        "score", records, "--principle", "GEN-001", "--endpoint", url, "--model", "m1", "-o", tmp_path / "s"
    )
    assert "2 texts" in scored.stderr
    (one, _) = rows((tmp_path / "s").read_text())
    assert one["provenance"]["models"] == {**WRITERS, "judge": f"m1@{url}/v1"}
    assert one["candidates"][0]["scores"][0]["judge"] == f"m1@{url}/v1"
    again = caigen("score", tmp_path / "s", "--principle", "GEN-001", "--endpoint", url, "--model", "m1")
    assert "requests sent" not in again.stderr
    assert "2 texts were there already" in again.stderr
    assert again.stdout == (tmp_path / "s").read_text()


def test_the_last_lines_say_why_nothing_was_read(caigen: Run, serve: Serve, records: Path) -> None:
    quiet = serve(
        lambda path, body: (200, letter(0.5, 0.04, words=("Yes", "No") if "(B) " not in shown(body) else ("A", "B")))
    ).url
    last = caigen("score", records, "--endpoint", quiet).stderr.splitlines()[-1]
    assert last.startswith("2 of 2 texts got no reward: the judge says Yes or No with probability 0.04 of 0.5 needed")
    assert "--think off" in last
    assert "--min-mass 0.02" in last
    last = caigen("label", records, "--endpoint", quiet).stderr.splitlines()[-1]
    assert last.startswith("2 of 2 comparisons are low_mass: the judge says A or B with probability 0.04 of 0.5 needed")

    wordy = serve(lambda path, body: (200, completion("A careful reply would not promise."))).url
    last = caigen("label", records, "--endpoint", wordy).stderr.splitlines()[-1]
    assert last.startswith("2 of 2 comparisons are unparsed: 0% of the judge's answers could be read as A or B")
    last = caigen("label", records, "--endpoint", serve(lambda path, body: (200, letter(0.9))).url).stderr.splitlines()[
        -1
    ]
    assert last.startswith("2 of 2 comparisons are order_flip: the judge preferred the same place in both orders")
    kind = serve(
        lambda path, body: (200, completion("A" if shown(body).index("kind") < shown(body).index("harsh") else "B"))
    ).url
    last = caigen("label", records, "--endpoint", kind, "--samples", 4).stderr.splitlines()[-1]
    assert last.startswith(
        "2 of 2 comparisons are tie: --samples 4 is too few to tell a judge from a coin; 5 is the least"
    )
    assert "comparisons are" not in caigen("label", records, "--endpoint", kind).stderr
    done = caigen("label", records, "--compare", "candidates", "--endpoint", kind)
    assert "none of 2 records has two different texts to compare" in done.stderr.splitlines()[-1]


def test_reasons_that_were_cut_off_are_told(caigen: Run, serve: Serve, records: Path) -> None:
    def cut(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        told = json.loads(completion("The first one is"))
        told["choices"][0]["finish_reason"] = "length"
        return 200, json.dumps(told).encode()

    done = caigen("label", records, "--cot", "--max-tokens", 9, "--endpoint", serve(cut).url)
    last = done.stderr.splitlines()[-1]
    assert (
        "2 of 2 comparisons are unparsed: in 2 the judge's reasons were empty or cut off: raise --max-tokens (now 9)"
        in last
    )


def test_the_papers_labels(caigen: Run, serve: Serve, records: Path, shared_data: Path) -> None:
    """One order, one drawn comparison question, a soft label however near to one half."""
    server = serve(lambda path, body: (200, letter(0.505)))
    comparisons = shared_data / "cai-comparison-instructions.json"
    done = caigen("label", records, "--recipe", "paper", "--constitution", comparisons, "--endpoint", server.url)
    known = load(comparisons)
    for row in rows(done.stdout):
        (said,) = row["comparisons"]
        assert said["status"] == "decided"
        assert known.get(said["principle"]) is not None
        assert sum(bool(order) for order in said["orders"]) == 1
        assert said["constitution_sha256"] == known.sha256
    assert len(server.asked) == 2
    assert any(rule.text in shown(server.asked[0][1]) for rule in known.principles)


def test_what_a_constitution_is_not_for_is_refused(caigen: Run, serve: Serve, records: Path, shared_data: Path) -> None:
    server = serve(kind_judge)
    for command, name, why in (
        ("label", "cai-critique-revision-instructions", "is critique and revision requests without a rule"),
        ("score", "llm-swarm-constitution", "is critique and revision requests without a rule"),
        ("score", "cai-comparison-instructions", "is a preference between two answers"),
        ("revise", "cai-comparison-instructions", "is a preference between two answers"),
    ):
        file = shared_data / f"{name}.json"
        done = caigen(command, records, "--constitution", file, "--endpoint", server.url, check=1)
        (line,) = done.stderr.splitlines()
        assert line.startswith("error: ")
        assert why in line
    assert not server.asked


def test_labels_under_one_file_do_not_stand_for_those_under_another(
    caigen: Run, serve: Serve, records: Path, tmp_path: Path
) -> None:
    url = serve(kind_judge).url
    for folder, text in (("a", "Choose the kinder."), ("b", "Choose the shorter.")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "rules.json").write_text(json.dumps([text]))
    first = caigen("label", records, "--constitution", tmp_path / "a" / "rules.json", "--endpoint", url)
    second = caigen(
        "label", "-", "--constitution", tmp_path / "b" / "rules.json", "--endpoint", url, stdin=first.stdout
    )
    one = rows(second.stdout)[0]["comparisons"]
    assert len(one) == 2
    for name in ("principle", "constitution", "constitution_sha256"):
        assert one[0][name] != one[1][name]


def test_a_judge_needs_none_of_the_rules_that_wait_for_a_revision(caigen: Run, serve: Serve, records: Path) -> None:
    """A last round without a clear verdict, of a rule that the judge's constitution lacks."""
    unclear = Round(principle="GEN-001@1", critique=Critique(text="?", verdict="unclear"))
    (first, *_) = (Record.model_validate_json(line) for line in records.read_text().splitlines())
    (candidate,) = first.candidates
    waiting = first.model_copy(
        update={"candidates": (candidate.model_copy(update={"rounds": (*candidate.rounds, unclear)}),)}
    )
    url = serve(kind_judge).url
    row = waiting.model_dump_json(by_alias=True, exclude_none=True) + "\n"
    done = caigen("label", "-", "--constitution", "legal", "--endpoint", url, stdin=row)
    assert rows(done.stdout)[0]["comparisons"][0]["principle"].startswith("LEG-")


def test_label_says_what_is_known_of_its_judge(
    serve: Serve, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIGEN_HOME", str(tmp_path))
    for command in ("label", "score"):
        done = CliRunner().invoke(app, [command, str(records), "--endpoint", serve(kind_judge).url])
        assert done.exit_code == 0, done.output
        assert "uncalibrated" in done.stderr
        assert ("how far scores are right is not measured" in done.stderr) == (command == "score")


def test_an_old_records_labels_make_the_pairs_that_they_did() -> None:
    """Comparisons without a judge's name load, and pair as they did."""
    old = Comparison(
        a="0.0", b="0.1", principle="GEN-001@1", p_a=0.1, orders=({"p_first": 0.1, "mass": 1}, {"p_first": 0.9, "mass": 1}),  # noqa: E501
        status="decided",
    )  # fmt: skip
    record = Record(
        id="x",
        prompt=(Message(role="user", content="q"),),
        candidates=(Candidate(text="a b", rounds=(Round(principle="GEN-001@1", revision=Revision(text="c d")),)),),
        comparisons=(old,),
        status="done",
    )
    ((row, _),) = PairSink(None, PairSettings(verified=True)).make_rows(record, Counter())
    assert row["chosen"][0]["content"] == "c d"
