"""A few kills of each way of working; the campaign sees what is lost, twice, or torn. `make kills` does 240."""

import random
from pathlib import Path

import pytest

from caigen.bench.standin import standing_in
from tests.kills.campaign import PACE, campaign, differences
from tests.kills.ways import WAYS, Command

pytestmark = pytest.mark.process


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", ["run", "file", "pipe", "serve"])
def test_nothing_is_lost_twice_or_torn(name: str, tmp_path: Path) -> None:
    with standing_in(PACE) as url:
        tally = campaign(WAYS[name](url), 3, random.Random(7), tmp_path)
    assert tally.kills >= 3
    assert tally.finished >= 1
    assert not tally.faults, tally.first_faults


def test_the_campaign_sees_what_differs(tmp_path: Path) -> None:
    reference = {"rows": ["1", "2", "3"]}
    assert differences(reference, {"rows": ["3", "2", "1"]}) == []
    found = [fault.split(":")[0] for fault in differences(reference, {"rows": ["1", "1", "3", "4"]})]
    assert found == ["lost", "twice", "other"]
    assert [fault.split(":")[0] for fault in differences(reference, {})] == ["lost"]
    (tmp_path / "rows").write_text('1\n2\n{"a"')
    (torn,) = Command("", [], ["rows"]).torn(tmp_path, reference)
    assert torn.startswith("torn")
