"""Later stages of a pipe need neither the constitution nor the model's settings: both were named once."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from caigen.constitution import store
from caigen.constitution.load import load, parse
from caigen.engines import used_models
from caigen.engines.open import EngineOptions
from caigen.errors import CaigenError
from caigen.provenance import with_makers
from caigen.records import Message, Provenance, Record
from tests.conftest import Run
from tests.server import Reply, Server, completion

CONSTITUTION = """\
schema: caigen.constitution/1
id: energy
title: Energy
version: "1.0.0"
principles:
  - id: ENE-001
    rev: 1
    title: Safety
    text: Name the emergency number, "112", first.
    critique: {request: Is the number named first?}
    revision: {request: Name it first.}
"""
CRITIQUE = json.dumps({"text": "Too short.", "quotes": [], "verdict": "violates", "severity": 2})


def reply(path: str, body: dict[str, object]) -> tuple[int, bytes]:
    text = CRITIQUE if "response_format" in body else "Call the emergency number, which is 112, and open a window."
    return 200, completion(text)


def record_by(model: str) -> Record:
    provenance = Provenance(caigen="0", models={"policy": model})
    return Record(id="a", prompt=(Message(role="user", content="x"),), provenance=provenance)


def test_a_kept_constitution_has_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIGEN_HOME", str(tmp_path))
    constitution = parse(CONSTITUTION, source="x")
    assert store.find(constitution.sha256) is None
    store.keep(constitution)
    assert store.find(constitution.sha256) == constitution
    kept = next((tmp_path / "constitutions").iterdir())
    kept.write_text(kept.read_text().replace("112", "110"))
    assert store.find(constitution.sha256) is None
    for name in ("general", "healthcare"):
        shipped = load(name)
        assert parse(store.text_of(shipped), source="x").sha256 == shipped.sha256


@pytest.mark.parametrize("sha256", ["../../etc/passwd", "", "x" * 63, "/" * 64])
def test_a_hash_of_a_record_names_no_other_file(sha256: str) -> None:
    assert store.find(sha256) is None


def test_options_are_those_with_which_the_model_was_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIGEN_HOME", str(tmp_path))
    args = {"dtype": "float32", "max_model_len": 64, "hf_token": "secret"}
    used_models.keep({"policy": "m@1"}, EngineOptions(model="m", args=args))
    assert "secret" not in next((tmp_path / "models").iterdir()).read_text()
    options, (note,) = with_makers(EngineOptions(args={"max_model_len": 128}), record_by("m@1"))
    assert options.model == "m"
    assert options.args == {"dtype": "float32", "max_model_len": 128}
    assert "m with dtype=float32, which made" in note
    # another revision, and a model that is named, are asked as they are
    assert with_makers(EngineOptions(), record_by("m@2"))[0].args == {}
    assert with_makers(EngineOptions(model="m"), record_by("m@1"))[0].args == {}


def test_a_server_is_taken_only_where_this_user_has_asked_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIGEN_HOME", str(tmp_path))
    maker = "m@http://host:1/v1"
    with pytest.raises(CaigenError, match="name it with --endpoint"):
        with_makers(EngineOptions(), record_by(maker))
    used_models.keep({"policy": maker}, EngineOptions(endpoint="http://me:pw@host:1/v1", model="m"))
    options, _ = with_makers(EngineOptions(), record_by(maker))
    assert set(options.names.values()) == {"http://host:1/v1#m"}


@pytest.mark.process
def test_a_pipe_names_constitution_and_server_once(
    caigen: Run, serve: Callable[[Reply], Server], tmp_path: Path
) -> None:
    (tmp_path / "energy.yaml").write_text(CONSTITUTION)
    (tmp_path / "in.txt").write_text("I smell gas.\n")
    home = str(tmp_path / "home")
    named = ("--endpoint", serve(reply).url, "--model", "m1", "--constitution", tmp_path / "energy.yaml")
    first = caigen("critique", tmp_path / "in.txt", *named, CAIGEN_HOME=home)
    second = caigen("revise", "--rounds", "2", stdin=first.stdout, CAIGEN_HOME=home)
    record = json.loads(second.stdout)
    assert record["status"] == "done"
    assert [round_["principle"] for round_ in record["candidates"][0]["rounds"]] == ["ENE-001@1", "ENE-001@1"]
    assert record["provenance"]["constitution"] == "energy@1.0.0"
    elsewhere = caigen(
        "revise", "--endpoint", named[1], stdin=first.stdout, check=None, CAIGEN_HOME=str(tmp_path / "other")
    )
    assert elsewhere.returncode == 1
    assert "neither shipped with this caigen nor kept on this machine" in elsewhere.stderr


@pytest.mark.process
def test_the_constitution_goes_with_a_file_of_records(
    caigen: Run, serve: Callable[[Reply], Server], tmp_path: Path
) -> None:
    (tmp_path / "energy.yaml").write_text(CONSTITUTION)
    (tmp_path / "in.txt").write_text("I smell gas.\n")
    url = serve(reply).url
    out = tmp_path / "out.jsonl"
    named = ("--endpoint", url, "--model", "m1")
    caigen("critique", tmp_path / "in.txt", *named, "--constitution", tmp_path / "energy.yaml", "-o", out)
    moved = tmp_path / "moved" / "r.jsonl"
    moved.parent.mkdir()
    shutil.copy(out, moved)
    other = {"CAIGEN_HOME": str(tmp_path / "other")}
    caigen("revise", moved, *named, check=1, **other)
    shutil.copy(store.beside(out), store.beside(moved))
    done: subprocess.CompletedProcess[str] = caigen("revise", moved, *named, "--rounds", "1", **other)
    assert json.loads(done.stdout)["status"] == "done"


def test_of_two_models_the_arguments_of_both_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIGEN_HOME", str(tmp_path))
    used_models.keep({"policy": "m@1"}, EngineOptions(model="m", args={"dtype": "float32"}))
    used_models.keep({"critic": "c@1"}, EngineOptions(critic="c", args={"dtype": "bfloat16", "seed": 1}))
    provenance = Provenance(caigen="0", models={"policy": "m@1", "critic": "c@1"})
    record = Record(id="a", prompt=(Message(role="user", content="x"),), provenance=provenance)
    options, _ = with_makers(EngineOptions(), record)
    assert (options.model, options.critic) == ("m", "c")
    assert options.args == {"dtype": "float32", "seed": 1}
