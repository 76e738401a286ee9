"""What a server did not take of the sampling is on the records and on the data card, and nothing else is."""

from pathlib import Path
from typing import Any

import pytest

from tests.servers.asked import takes_only_known
from tests.servers.behaviour import Behaviour, check, run_against
from tests.servers.stand_in import MODEL


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ((), ["seed", "temperature"]),
        (("--temperature", "1"), ["seed"]),  # a temperature of 1 is what the server does by itself
        (("--temperature", "0.3", "--top-p", "0.5"), ["seed", "temperature", "top_p"]),
    ],
)
def test_settings_that_were_not_followed_are_recorded(
    options: tuple[str, ...], names: list[str], tmp_path: Path
) -> None:
    behaviour = Behaviour(takes_only_known, options=options)
    outcome = run_against(behaviour, tmp_path)
    check(behaviour, outcome)
    for record in outcome.records:
        left_out: dict[str, Any] = record["provenance"]["left_out"]
        assert left_out == dict.fromkeys(("critic", "policy", "reviser"), names)
    assert f"{MODEL} (its server took no {', '.join(names)})" in (tmp_path / "out" / "README.md").read_text()


def test_a_server_that_takes_all_leaves_no_mark(tmp_path: Path) -> None:
    outcome = run_against(Behaviour(), tmp_path)
    assert all("left_out" not in record["provenance"] for record in outcome.records)
    assert "its server took no" not in (tmp_path / "out" / "README.md").read_text()
