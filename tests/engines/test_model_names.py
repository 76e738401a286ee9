"""A model that cannot be loaded is told of in seconds, before the device is waited for."""

import json
import time
from pathlib import Path

import pytest

from caigen.engines import model_names
from caigen.engines.model_names import check_model, look_up
from caigen.errors import EngineError
from tests.server import Listening, Quiet


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two models, and a hub that nobody serves."""
    for name in ("SmolLM2-135M", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"]}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return tmp_path


def hub(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)


def test_a_folder_with_a_model(here: Path) -> None:
    check_model("other")
    assert look_up(str(here / "other")).architectures == ("LlamaForCausalLM",)


def test_a_folder_without_a_model(here: Path) -> None:
    (here / "empty").mkdir()
    with pytest.raises(
        EngineError, match=r"model empty does not load: the folder has no config\.json; name the folder"
    ):
        check_model("empty")
    with pytest.raises(EngineError, match=r"no config\.json; did you mean .*SmolLM2-135M or .*other\?"):
        check_model(str(here))


def test_a_gguf_file_and_a_folder_of_one(here: Path) -> None:
    (here / "gguf").mkdir()
    (here / "gguf" / "model.gguf").touch()
    check_model("gguf")
    check_model("gguf/model.gguf")


@pytest.mark.parametrize("name", ["a b", "a/b/c:d/e", "models/über/x"])
def test_what_can_be_no_name(here: Path, name: str) -> None:
    with pytest.raises(EngineError, match="there is no such folder"):
        check_model(name)


def test_a_hub_that_cannot_be_reached(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub(monkeypatch, "http://127.0.0.1:9")
    began = time.monotonic()
    with pytest.raises(EngineError) as caught:
        check_model("SmolLM2-135")
    assert "the hub cannot be reached" in str(caught.value)
    assert "did you mean SmolLM2-135M?" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - began < 6


def test_a_hub_that_hangs(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            time.sleep(3)

    server = Listening(Slow)
    hub(monkeypatch, server.url)
    monkeypatch.setattr(model_names, "LOOKUP_SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(EngineError, match="the hub did not answer"):
        check_model("org/name")
    assert time.monotonic() - began < 2
    server.close()


@pytest.mark.parametrize(
    ("status", "header", "problem"),
    [
        (404, "RepoNotFound", "the hub has no such model, or it is private"),
        (401, "RepoNotFound", "the hub has no such model, or it is private"),
        (403, "GatedRepo", "its owner gives access on request"),
        (500, "", ""),
    ],
)
def test_what_the_hub_says(here: Path, monkeypatch: pytest.MonkeyPatch, status: int, header: str, problem: str) -> None:
    class Hub(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            self.send_response(status)
            if header:
                self.send_header("X-Error-Code", header)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    server = Listening(Hub)
    hub(monkeypatch, server.url)
    assert look_up("org/name").problem.startswith(problem)
    assert bool(look_up("org/name").problem) == bool(problem)
    server.close()


def test_offline(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EngineError, match="not in the hub's cache here, and HF_HUB_OFFLINE is set"):
        check_model("org/name")


def test_doctor_says_it_of_a_model(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from caigen.engines.doctor import _examine_model

    monkeypatch.setattr("caigen.engines.doctor._known_architectures", set)
    (finding,) = _examine_model("other")
    assert (finding.state, finding.found) == ("ok", "other: folder other, LlamaForCausalLM")
    hub(monkeypatch, "http://127.0.0.1:9")
    (finding,) = _examine_model("org/none")
    assert finding.state == "fault"
    assert "the hub cannot be reached" in finding.found
    (here / "other" / "config.json").write_text(json.dumps({"architectures": ["NoSuchModel"]}))
    monkeypatch.setattr("caigen.engines.doctor._known_architectures", lambda: {"LlamaForCausalLM"})
    assert [finding.state for finding in _examine_model("other")] == ["ok", "fault"]
