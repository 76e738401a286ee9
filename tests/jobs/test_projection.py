"""What some rows used, projected to all: means, intervals, prices."""

import random
import statistics

import pytest

from caigen.jobs.projection import Prices, Usage, estimate, project


def test_the_sum_over_all_rows() -> None:
    projection = project([Usage(2, 100, 50), Usage(4, 300, 150)], 1000)
    assert projection.requests.value == 3000
    assert projection.tokens_in.value == 200_000
    assert projection.tokens_out.value == 100_000
    assert projection.seconds is None
    assert projection.cost is None


def test_time_and_prices() -> None:
    rows = [Usage(2, 100, 50), Usage(4, 300, 150)]
    by_hour = project(rows, 3600, rate=100, prices=Prices(hour=2.0))
    assert by_hour.seconds and by_hour.seconds.value == 3600
    assert by_hour.cost and by_hour.cost.value == pytest.approx(2.0)
    by_tokens = project(rows, 10_000, prices=Prices(tokens=(1.0, 4.0)))
    assert by_tokens.cost and by_tokens.cost.value == pytest.approx(2.0 + 4.0)
    assert project(rows, 10, prices=Prices(hour=2.0)).cost is None  # no rate, so no time


def test_one_row_has_no_interval_and_all_rows_no_uncertainty() -> None:
    one = estimate([5], 100)
    assert (one.value, one.low, one.high) == (500, None, None)
    whole = estimate([5, 7], 2)
    assert (whole.value, whole.low, whole.high) == (12, 12, 12)


def test_what_was_used_already_is_the_least() -> None:
    low = estimate([0, 0, 300], 1000).low
    assert low == 300


@pytest.mark.parametrize("seen", [2, 5, 20, 60])
def test_intervals_hold_the_truth_as_often_as_they_say(seen: int) -> None:
    draws = random.Random(7)
    held = 0
    for _ in range(400):
        rows = [max(0.0, draws.gauss(100, 30)) for _ in range(200)]
        guess = estimate(draws.sample(rows, seen), len(rows))
        assert guess.low is not None and guess.high is not None
        held += guess.low <= sum(rows) <= guess.high
    assert 0.91 <= held / 400 <= 0.985, statistics.fmean([held / 400])
