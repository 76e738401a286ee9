"""Figures of a judge against known answers: checked by hand, by simulation, and on the real engine with the demo's
truth.
"""

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from caigen.engines.base import Sampling
from caigen.errors import CaigenError
from caigen.judge import calibrations
from caigen.metrics.calibration import Judged, baseline_warning, calibration, judged
from caigen.metrics.intervals import brier, calibration_error, clustered, correlation, sign_test, wilson
from caigen.records import Candidate, Comparison, Message, Record
from caigen.stages.label import LabelSettings
from caigen.stages.requests import PromptSettings
from caigen.stages.templates import Templates
from caigen.stages.verdict import LEVEL
from tests.conftest import ROOT, Run


def said(
    p_there: float, p_back: float, *, longer: float = 0.5, rule: str = "GEN-001@1", record: str | None = None
) -> Judged:
    """A comparison as `label` writes it: the better text first, then second."""
    p = (p_there + 1 - p_back) / 2
    flip = (p_there - 0.5) * (p_back - 0.5) > 0
    status: Any = "order_flip" if flip else "tie" if abs(p - 0.5) < 0.02 else "decided"
    orders = ({"p_first": p_there, "mass": 1.0}, {"p_first": p_back, "mass": 0.9})
    return Judged(Comparison(a="0.0", b="1.0", principle=rule, p_a=p, orders=orders, status=status), longer, record)


def test_intervals_are_wilsons() -> None:
    """Values of Wilson's formula as published for 95 % (Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20)."""
    for hits, trials, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        assert wilson(hits, trials) == pytest.approx((low, high), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_intervals_cover_what_they_should() -> None:
    rng = random.Random(0)
    covered = 0
    for _ in range(2000):
        low, high = wilson(sum(rng.random() < 0.9 for _ in range(80)), 80)
        covered += low <= 0.9 <= high
    assert 0.93 < covered / 2000 < 0.975


def test_calibration_error_and_brier() -> None:
    assert calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert calibration_error([1.0] * 4, [True, True, False, False]) == pytest.approx(0.5)
    assert calibration_error([0.95, 0.55], [True, False]) == pytest.approx((0.05 + 0.55) / 2)
    assert brier([1.0, 0.5]) == pytest.approx(0.125)


@pytest.mark.parametrize("number", range(10))
def test_the_bins_of_the_calibration_error(number: int) -> None:
    """Ten from one half to one; two texts in one bin are weighed together, in two bins apart."""
    low, high = 0.51 + number * 0.05, 0.54 + number * 0.05
    assert calibration_error([low, high], [True, False]) == pytest.approx(abs(low + high - 1) / 2)
    if number < 9:
        assert calibration_error([high, low + 0.05], [True, False]) == pytest.approx((1 - high + low + 0.05) / 2)
    else:  # one itself is in the last
        assert calibration_error([low, 1.0], [True, False]) == pytest.approx((low + 1 - 1) / 2)


def test_correlation() -> None:
    assert correlation([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
    assert correlation([1, 2, 3], [6, 4, 2]) == pytest.approx(-1)
    assert correlation([1, 1, 1], [1, 2, 3]) is None
    assert correlation([1, 2, 3], [0.1, 0.1, 0.1]) is None
    assert correlation([1, 2], [1, 2]) is None


def test_figures_by_hand() -> None:
    found = calibration([said(0.9, 0.2), said(0.2, 0.9, rule="GEN-002@1"), said(0.9, 0.8), said(0.51, 0.5)])
    assert (found["comparisons"], found["decided"], found["accuracy"]) == (4, 2, 0.5)
    assert found["statuses"] == {"decided": 2, "order_flip": 1, "tie": 1}
    assert found["order_flips"] == 0.25
    assert found["first_over_half"] == pytest.approx(
        (0.9 + 0.2 + 0.2 + 0.9 + 0.9 + 0.8 + 0.51 + 0.5) / 8 - 0.5, abs=1e-4
    )
    assert found["mass"] == 0.95
    assert {rule: of["accuracy"] for rule, of in found["principles"].items()} == {"GEN-001@1": 1.0, "GEN-002@1": 0.0}


def test_all_figures_by_hand() -> None:
    """Two right and one wrong, one that was asked in one order, one that speaks for both, one that could not
    be read.
    """
    single = Comparison(
        a="0.0", b="1.0", principle="B@1", p_a=0.7, orders=({}, {"p_first": 0.3, "mass": 0.5}), status="decided"
    )
    unread = Comparison(
        a="0.0", b="1.0", principle="B@1", orders=({"p_first": 0.4, "mass": 0.2}, {}), status="unparsed"
    )
    found = [
        said(0.8, 0.4, rule="B@1"),
        said(0.9, 0.2, longer=0.75, rule="A@1", record="r1"),
        said(0.2, 0.6, longer=0.6, rule="A@1", record="r1"),
        said(0.9, 0.8, longer=0.25, rule="B@1", record="r2"),
        Judged(single, 0.75, "r3"),
        Judged(unread, 0.75, "r3"),
    ]
    records = ["alone", "r1", "r1", "r3"]  # of the decided ones
    figures = calibration(found)
    assert figures.pop("principles") == {
        rule: {name: value for name, value in calibration(of).items() if name != "principles"}
        for rule, of in (("A@1", found[1:3]), ("B@1", [found[0], *found[3:]]))
    }
    assert (
        figures
        == {
            "comparisons": 6,
            "records": 4,
            "decided": 4,
            "coverage": 0.6667,
            "statuses": {"decided": 4, "order_flip": 1, "unparsed": 1},
            "accuracy": 0.75,
            "accuracy_interval": [round(end, 4) for end in clustered([1, 1, 0, 1], records)],
            "accuracy_of_one_order": 0.6,  # 2, 2, 0, 1, 1 and 0 of 10
            "expected_calibration_error": 0.0625,  # (|0.85 - 1| + |3 * 0.7 - 2|) / 4
            "brier": 0.179,  # (0.3² + 0.15² + 0.7² + 0.45² + 0.3²) / 5
            "order_flips": 0.1667,
            "first_over_half": 0.05,  # 5.5 of 10
            "mass": 0.83,  # 8.3 of 10
            "length_correlation": 0.3642,  # 0.063 / 0.173
            "prefers_longer": 0.6667,
            "prefers_longer_interval": [round(end, 4) for end in clustered([1, 0, 1], records[1:])],
            "baselines": {
                "always_a": 0.5,
                "longer_wins": 0.875,  # where both are as long, half
                "longer_wins_interval": [round(end, 4) for end in clustered([0.5, 1, 1, 1], records)],
            },
        }
    )


def test_an_order_that_says_neither_is_not_right() -> None:
    assert calibration([said(0.5, 0.5)])["accuracy_of_one_order"] == 0


def test_figures_of_nothing() -> None:
    none = (
        *("coverage", "accuracy", "accuracy_of_one_order", "expected_calibration_error", "brier", "order_flips"),
        *("first_over_half", "mass", "length_correlation", "prefers_longer"),
    )
    assert calibration([]) == dict.fromkeys(none) | {
        "comparisons": 0, "records": 0, "decided": 0, "statuses": {}, "principles": {},
        "accuracy_interval": [0.0, 1.0], "prefers_longer_interval": [0.0, 1.0],
        "baselines": {"always_a": 0.5, "longer_wins": None, "longer_wins_interval": [0.0, 1.0]},
    }  # fmt: skip


def test_what_is_judged_of_labelled_records() -> None:
    def labelled(id: str, better: str, worse: str) -> tuple[Record, Comparison]:
        old, new = (
            Comparison(a="0.0", b="1.0", principle="A@1", p_a=0.5, status="tie", judge=judge)
            for judge in ("old", "new")
        )
        prompt = (Message(role="user", content="Hi"),)
        candidates = (Candidate(text=better), Candidate(text=worse))
        return Record(id=id, prompt=prompt, candidates=candidates, comparisons=(old, new)), new

    told = [labelled("r1", "abc", "x"), labelled("r2", "", ""), labelled("r3", "a", "")]
    assert judged(record for record, _ in told) == [
        Judged(new, longer, record.id) for (record, new), longer in zip(told, (0.75, 0.0, 1.0), strict=True)
    ]


@pytest.mark.parametrize(
    ("longer", "right"), [(0.5, 0.5), (0.75, 1.0), (0.51, 1.0), (0.49, 0.0), (0.0, 0.0), (1.0, 1.0)]
)
def test_whether_length_is_right(longer: float, right: float) -> None:
    one = said(0.9, 0.2, longer=longer)
    assert (one.length_right, one.p) == (right, pytest.approx(0.85))


def test_why_a_judge_is_no_better_in_whole_sentences() -> None:
    figures = {
        "decided": 50, "accuracy": 0.66, "accuracy_interval": [0.52, 0.78], "prefers_longer": 0.66,
        "prefers_longer_interval": [0.51, 0.78], "baselines": {"always_a": 0.5, "longer_wins": 0.52},
    }  # fmt: skip
    assert baseline_warning(figures) == (
        "longer wins is right in 52%, it in 66% (95 %: from 52%); it prefers the longer text in 66%"
    )
    said_alone = "longer wins is right in 52%, it in 66% (95 %: from 52%)"
    for change in (
        {"prefers_longer": 0.65},
        {"prefers_longer_interval": [0.5, 0.78]},
        {"prefers_longer": None},
    ):
        assert baseline_warning(figures | change) == said_alone
    assert baseline_warning(
        figures | {"baselines": {"always_a": 0.52, "longer_wins": 0.1}, "prefers_longer": None}
    ) == ("always a is right in 52%, it in 66% (95 %: from 52%)")
    assert baseline_warning(figures | {"baselines": {"always_a": 0.5, "longer_wins": 0.51}}) is None


def test_a_judge_that_always_says_a_is_no_better_than_a_trivial_one() -> None:
    found = calibration([said(0.9, 0.8)] * 50)
    assert found["decided"] == 0
    assert found["accuracy"] is None
    assert found["first_over_half"] == pytest.approx(0.35)
    assert baseline_warning(found) == "it decided nothing"


def test_a_judge_that_likes_length_is_no_better_than_length() -> None:
    by_length = [said(0.9, 0.1, longer=0.6)] * 70 + [said(0.1, 0.9, longer=0.4)] * 30
    found = calibration(by_length)
    assert found["length_correlation"] == pytest.approx(1)
    assert "longer wins is right in 70%" in (baseline_warning(found) or "")
    assert "it prefers the longer text in 100%" in (baseline_warning(found) or "")
    good = calibration([said(0.9, 0.1, longer=0.4)] * 95 + [said(0.1, 0.9, longer=0.6)] * 5)
    assert baseline_warning(good) is None
    few = calibration([said(0.9, 0.1)] * 3)
    assert "always a is right in 50%" in (baseline_warning(few) or "")
    assert "longer" not in (baseline_warning(few) or "").replace("longer wins", "")
    at_the_bar = calibration([said(0.9, 0.1)] * 3) | {"accuracy_interval": [0.5, 0.9]}
    assert "always a is right in 50%" in (baseline_warning(at_the_bar) or "")
    # where the longer text is as often the worse one, it is named as well
    even = calibration([said(0.9, 0.1, longer=0.6)] * 50 + [said(0.1, 0.9, longer=0.4)] * 50)
    assert "always a is right in 50%" in (baseline_warning(even) or "")
    assert "it prefers the longer text in 100%" in (baseline_warning(even) or "")


def test_a_judge_and_the_baselines_are_measured_on_the_same_comparisons() -> None:
    """It decides only where the longer text is better: there length is as good as it is, whatever it is elsewhere."""
    found = calibration([said(0.9, 0.1, longer=0.6)] * 40 + [said(0.9, 0.8, longer=0.4)] * 60)
    assert (found["decided"], found["coverage"]) == (40, 0.4)
    assert (found["accuracy"], found["baselines"]["longer_wins"]) == (1.0, 1.0)
    assert "longer wins is right in 100%" in (baseline_warning(found) or "")


def test_texts_of_equal_length_are_half_a_win_for_length() -> None:
    found = calibration([said(0.9, 0.1)] * 10)
    assert found["baselines"]["longer_wins"] == 0.5
    assert found["prefers_longer"] is None
    assert calibration([said(0.9, 0.8)] * 10)["baselines"]["longer_wins"] is None


def test_brier_is_of_the_probability_given_to_the_better_text() -> None:
    assert calibration([said(0.9, 0.1)])["brier"] == pytest.approx(0.01)
    assert calibration([said(0.2, 0.8)])["brier"] == pytest.approx(0.64)
    certain = [said(0.0, 1.0, longer=0.25), said(0.9, 0.1, longer=0.5), said(1.0, 0.0, longer=0.75)]  # 0, 0.9 and 1
    found = calibration(certain)
    assert (found["brier"], found["length_correlation"]) == (0.3367, 0.9078)


def test_an_order_that_was_not_asked_counts_nowhere() -> None:
    one = Comparison(
        a="0.0", b="1.0", principle="GEN-001@1", p_a=0.8, orders=({}, {"p_first": 0.2, "mass": 0.6}), status="decided"
    )
    found = calibration([Judged(one, 0.5, "r")])
    assert (found["mass"], found["accuracy_of_one_order"], found["first_over_half"]) == (0.6, 1.0, -0.3)


@pytest.mark.parametrize("alike", [1.0, 0.5, 0.0])
def test_a_coin_does_not_pass_by_many_principles(alike: float) -> None:
    """30 pairs under 10 principles each, the verdict on a pair so often the same for all: better than always A in few
    runs.
    """
    rng = random.Random(7)
    passed = 0
    for _ in range(300):
        found = []
        for pair in range(30):
            heads = rng.random() < 0.5
            for _ in range(10):
                right = heads if rng.random() < alike else rng.random() < 0.5
                found.append(said(0.9, 0.1, record=str(pair)) if right else said(0.1, 0.9, record=str(pair)))
        passed += baseline_warning(calibration(found)) is None
    assert passed <= 0.05 * 300


def test_clustered_intervals() -> None:
    values = [1.0] * 60 + [0.0] * 40
    assert clustered(values, range(100)) == pytest.approx(wilson(60, 100), abs=0.005)
    ten = [number // 10 for number in range(100)]  # ten records whose ten comparisons are all alike
    assert clustered(values, ten) == pytest.approx(wilson(6, 10), abs=0.03)
    assert clustered([1.0] * 100, ten) == pytest.approx(wilson(10, 10))  # nothing shows that they are independent
    # means of 1 and 1/2: the variance between two records is that of three independent comparisons of four
    assert clustered([1.0, 1.0, 0.0, 1.0], ["a", "a", "b", "b"]) == pytest.approx(wilson(2.25, 3))
    # records that are less unlike than chance would have it count no more than there are comparisons
    assert clustered([1.0, 0.0] * 19 + [1.0, 1.0], [n // 2 for n in range(40)]) == pytest.approx(wilson(21, 40))
    assert clustered([], []) == (0.0, 1.0)
    assert clustered([1.0, 0.0], ["a", "a"]) == pytest.approx(wilson(0.5, 1))


def test_the_sign_test() -> None:
    assert sign_test(25, 32) == pytest.approx(0.0021, abs=1e-4)
    assert sign_test(7, 32) == sign_test(25, 32)
    assert sign_test(24, 32) > LEVEL > sign_test(25, 32)
    assert (sign_test(0, 0), sign_test(1, 2)) == (1.0, 1.0)
    assert sign_test(1000, 2000) == 1.0


def test_another_text_or_setting_is_another_judge(prompt_settings: PromptSettings) -> None:
    """The compare texts and how answers are read are in its key; what it is asked about and other stages' texts are
    not.
    """

    def key(settings: LabelSettings | None = None, **texts: str) -> str:
        templates = replace(prompt_settings.templates, texts={**prompt_settings.templates.texts, **texts})
        return calibrations.judge_key("m", templates, settings or LabelSettings())

    assert key() == key(revise="other") == key(LabelSettings(compare="all", principles=3))
    changed = [
        key(compare="other"),
        key(compare_cot="other"),
        key(LabelSettings(tie=0.1)),
        key(LabelSettings(samples=4)),
        key(LabelSettings(orders=1)),
        key(LabelSettings(cot=True)),
        key(LabelSettings(cot=True, sampling=Sampling(max_tokens=9))),
        key(LabelSettings(sampling=Sampling(think="on"))),
        calibrations.judge_key("other", prompt_settings.templates, LabelSettings()),
    ]
    assert len({key(), *changed}) == 1 + len(changed)


@pytest.mark.timeout(400)
def test_the_demo_judge_is_measured_and_label_says_what_came_of_it(caigen: Run, tmp_path: Path) -> None:
    home = {"CAIGEN_HOME": str(tmp_path / "home")}
    out = tmp_path / "judge.json"
    for held_out, bar in (([], 0.9), (["--held-out"], 0.8)):
        done = caigen("calibrate", "--demo", 200, *held_out, "-o", out, "--overwrite", **home)
        found = json.loads(out.read_text())
        assert found["figures"]["accuracy"] >= bar
        assert found["figures"]["decided"] >= 0.9 * 200
        assert found["figures"]["mass"] > 0.9
        assert found["figures"]["order_flips"] < 0.1
        assert found["warning"] is None
        assert "accuracy" in done.stderr
    records = tmp_path / "revised.jsonl"
    caigen(
        "revise", ROOT / "examples" / "contracts.jsonl", "--constitution", "legal", "--limit", 12, "-o", records, **home
    )
    known = caigen("label", records, "--constitution", "legal", "-o", tmp_path / "labelled.jsonl", **home)
    assert f"{found['judge']['model']} as judge {found['judge']['key']}: right in" in known.stderr
    other = caigen("label", records, "--tie", 0.1, "-o", tmp_path / "other.jsonl", CAIGEN_HOME=str(tmp_path / "none"))
    assert "uncalibrated" in other.stderr
    rows = [json.loads(line) for line in (tmp_path / "labelled.jsonl").read_text().splitlines()]
    assert any(row.get("comparisons") for row in rows)
    for row in rows:  # a judge is named where it was asked: what was not revised has nothing to compare
        judges = {one["judge"] for one in row.get("comparisons", ())}
        assert (
            judges == {row["provenance"]["models"]["judge"]} if judges else "judge" not in row["provenance"]["models"]
        )
        assert all(name.startswith("demo@") for name in judges)


def test_bad_input(caigen: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"prompt": "q", "chosen": "a"}\n')
    assert "bad.jsonl:1: not a labelled comparison but prompt" in caigen("calibrate", bad, check=1).stderr
    bad.write_text('{"prompt": "q", "chosen": "a", "rejected": "b", "principle": "GEN-999"}\n')
    done = caigen("calibrate", bad, "-o", tmp_path / "o.json", check=3, CAIGEN_HOME=str(tmp_path))
    assert "failed 1" in done.stderr
    assert not (tmp_path / "o.json").exists()
    assert "--principles-per-label" in caigen("label", bad, "--principles-per-label", "0", check=2).stderr
    assert "--clamp" in caigen("label", bad, "--clamp", 0.9, 0.1, check=2).stderr


def kept(key: str, figures: dict[str, Any], *constitutions: str) -> None:
    calibrations.save(
        {"schema": calibrations.SCHEMA, "judge": {"key": key}, "constitutions": [*constitutions], "figures": figures}
    )


def test_what_is_said_of_a_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIGEN_HOME", str(tmp_path))
    kept("nothing", calibration([said(0.9, 0.8)] * 50))
    kept("good", calibration([said(0.9, 0.1)] * 39 + [said(0.1, 0.9)]), "mine@1.0.0", "legal@2.0.0")
    right = "right in 97.5% of 40 decided comparisons (95 %: 86.9% to 99.6%)"
    for key, constitution, words in (
        ("nothing", "mine@1.0.0", "decided none of the 50 comparisons that it was measured on"),
        ("good", "mine@1.0.0", right),
        ("good", "legal@2.0.0", right),
        ("good", "general@1.0.0", f"{right}, under mine@1.0.0, legal@2.0.0 and not general@1.0.0"),
    ):
        assert calibrations.describe(key, constitution).replace(f"judge {key}: ", "") == words
        assert calibrations.describe(key, constitution, "m@1") == f"m@1 as judge {key}: {words}"
    unknown = "judge other: uncalibrated; `caigen calibrate` measures it on comparisons whose answer is known"
    assert calibrations.describe("other", "mine@1.0.0") == unknown
    assert calibrations.describe("other", "mine@1.0.0", "m@1") == f"m@1 as {unknown}"


def test_a_calibration_is_kept_under_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIGEN_HOME", str(tmp_path))
    figures = {"decided": 0, "comparisons": 2, "accuracy": None, "accuracy_interval": None}
    told = {"schema": calibrations.SCHEMA, "judge": {"key": "k"}, "constitutions": ["é@1"], "figures": figures}
    calibrations.save(told)
    path = tmp_path / "calibrations" / "k.json"
    assert json.loads(path.read_text()) == calibrations.load("k") == told
    assert calibrations.load("other") is None
    again = "measure again with `caigen calibrate`"
    for content, why in (
        (
            '{"schema": "caigen.calibration/0"}',
            f"not a calibration that this caigen reads (schema: input should be 'caigen.calibration/1'); {again}",
        ),
        ("{}", f"not a calibration that this caigen reads (schema: field required); {again}"),
        (
            json.dumps(told | {"figures": figures | {"decided": 1}}),
            "not a calibration that this caigen reads (figures: value error, an accuracy is needed where comparisons "
            f"were decided); {again}",
        ),
        ("", f"cannot be read (Input is a zero-length, empty document: line 1 column 1 (char 0)); {again}"),
    ):
        path.write_text(content)
        with pytest.raises(CaigenError) as caught:
            calibrations.load("k")
        assert str(caught.value) == f"{path}: {why}"
    path.unlink()
    path.mkdir()
    with pytest.raises(CaigenError, match="cannot be read"):
        calibrations.load("k")


def test_the_key_of_a_judge() -> None:
    """A hash of all that shapes its answers; another in a later caigen would forget what was measured."""
    texts = {"compare": "Which?", "compare_cot": "Think.", "revise": "Rewrite."}
    asked = {"compare": "Which?", "compare_cot": "Think."}
    settings = LabelSettings(tie=0.1)
    for model in ("m@1", "n@1"):
        content = json.dumps([model, asked, settings.judge_settings()], sort_keys=True, separators=(",", ":"))
        expected = hashlib.sha256(content.encode()).hexdigest()[:16]
        for order in (1, -1):
            templates = replace(Templates.load(), texts=dict([*texts.items()][::order]))
            assert calibrations.judge_key(model, templates, settings) == expected


def test_where_calibrations_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`CAIGEN_HOME`, else the user's data folder, as the XDG specification says."""
    monkeypatch.setenv("CAIGEN_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert calibrations.folder() == tmp_path / "own" / "calibrations"
    monkeypatch.delenv("CAIGEN_HOME")
    assert calibrations.folder() == tmp_path / "data" / "caigen" / "calibrations"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert calibrations.folder() == tmp_path / "home" / ".local" / "share" / "caigen" / "calibrations"
