"""Who else has a file open."""

from pathlib import Path

from caigen.engines.presence import Presence


def test_two_see_each_other_and_the_last_one_removes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = Presence(path)
    assert first.alone
    second = Presence(path)
    assert not first.alone
    assert not second.alone
    first.leave()
    assert path.exists()
    assert second.alone
    second.leave()
    assert not path.exists()
