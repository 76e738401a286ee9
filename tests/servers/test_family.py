"""Every behaviour of the stand-in servers comes to its right outcome: rows, texts, exit code, in time."""

from pathlib import Path

import pytest

from tests.servers.answered import ANSWERED
from tests.servers.asked import ASKED
from tests.servers.behaviour import Behaviour, check, run_against

FAMILY: dict[str, Behaviour] = ASKED | ANSWERED


@pytest.mark.parametrize("name", FAMILY)
def test_a_behaviour_comes_to_its_right_outcome(name: str, tmp_path: Path) -> None:
    check(FAMILY[name], run_against(FAMILY[name], tmp_path))
