"""Figures of a judge against known answers: checked by hand, by simulation, and on the real engine with the demo's truth."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from caigen import calibrations
from caigen.metrics.calibration import Judged, calibration, no_better
from caigen.metrics.proportions import brier, calibration_error, correlation, wilson
from caigen.records import Comparison
from tests.conftest import ROOT, Run


def said(p_there: float, p_back: float, *, longer: float = 0.5, rule: str = "GEN-001@1") -> Judged:
    """A comparison as `label` writes it: the better text first, then second."""
    p = (p_there + 1 - p_back) / 2
    flip = (p_there - 0.5) * (p_back - 0.5) > 0
    status: Any = "order_flip" if flip else "tie" if abs(p - 0.5) < 0.02 else "decided"
    orders = ({"p_first": p_there, "mass": 1.0}, {"p_first": p_back, "mass": 0.9})
    return Judged(Comparison(a="0.0", b="1.0", principle=rule, p_a=p, orders=orders, status=status), longer)


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


def test_correlation() -> None:
    assert correlation([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
    assert correlation([1, 2, 3], [6, 4, 2]) == pytest.approx(-1)
    assert correlation([1, 1, 1], [1, 2, 3]) is None
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


def test_a_judge_that_always_says_a_is_no_better_than_a_trivial_one() -> None:
    found = calibration([said(0.9, 0.8)] * 50)
    assert found["decided"] == 0
    assert found["accuracy"] is None
    assert found["first_over_half"] == pytest.approx(0.35)
    assert no_better(found) == "it decided nothing"


def test_a_judge_that_likes_length_is_no_better_than_length() -> None:
    by_length = [said(0.9, 0.1, longer=0.6)] * 70 + [said(0.1, 0.9, longer=0.4)] * 30
    found = calibration(by_length)
    assert found["length_correlation"] == pytest.approx(1)
    assert "longer wins is right in 70%" in (no_better(found) or "")
    good = calibration([said(0.9, 0.1, longer=0.4)] * 95 + [said(0.1, 0.9, longer=0.6)] * 5)
    assert no_better(good) is None
    few = calibration([said(0.9, 0.1)] * 3)
    assert "always a is right in 50%" in (no_better(few) or "")


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
    assert f"judge {found['judge']['key']}: right in" in known.stderr
    other = caigen("label", records, "--tie", 0.1, "-o", tmp_path / "other.jsonl", CAIGEN_HOME=str(tmp_path / "none"))
    assert "uncalibrated" in other.stderr
    rows = [json.loads(line) for line in (tmp_path / "labelled.jsonl").read_text().splitlines()]
    assert any(row.get("comparisons") for row in rows)
    assert all(row["provenance"]["models"]["judge"].startswith("demo@") for row in rows)


def test_bad_input(caigen: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"prompt": "q", "chosen": "a"}\n')
    assert 'bad.jsonl:1: not a labelled comparison: needs "chosen"' in caigen("calibrate", bad, check=1).stderr
    bad.write_text('{"prompt": "q", "chosen": "a", "rejected": "b", "principle": "GEN-999"}\n')
    done = caigen("calibrate", bad, "-o", tmp_path / "o.json", check=3, CAIGEN_HOME=str(tmp_path))
    assert "failed 1" in done.stderr
    assert not (tmp_path / "o.json").exists()
    assert "--principles-per-label" in caigen("label", bad, "--principles-per-label", "0", check=2).stderr
    assert "--clamp" in caigen("label", bad, "--clamp", 0.9, 0.1, check=2).stderr


def test_a_judge_that_decided_nothing_is_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIGEN_HOME", str(tmp_path))
    figures = calibration([said(0.9, 0.8)] * 50)
    calibrations.keep({"schema": calibrations.SCHEMA, "judge": {"key": "k"}, "constitutions": [], "figures": figures})
    assert (
        calibrations.said("k", "general@1.0.0") == "judge k: decided none of the 50 comparisons that it was measured on"
    )
    assert "uncalibrated" in calibrations.said("other", "general@1.0.0")
