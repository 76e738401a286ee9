"""EngineOptions: the models are named in a way that can be opened, which is known before anything is."""

from typing import Any

import pytest

from caigen.engines.open import EngineOptions
from caigen.errors import EngineError


def test_an_endpoint_must_be_a_url() -> None:
    with pytest.raises(EngineError, match="begin with http:// or https://") as caught:
        EngineOptions(endpoint="ftp://me:s3cret@gpu/v1")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("localhost:8000/v1", "http://localhost:8000/v1"),
        ("10.0.0.7:8000", "http://10.0.0.7:8000"),
        ("me:s3cret@gpu/v1", "http://me:s3cret@gpu/v1"),
        ("api.example.com/v1", "https://api.example.com/v1"),
        ("HTTPS://gpu/v1", "HTTPS://gpu/v1"),
    ],
)
def test_an_endpoint_without_its_scheme_is_read(written: str, url: str) -> None:
    assert EngineOptions(endpoint=written).endpoint == url


@pytest.mark.parametrize(
    "name", ["localhost:8000/v1", "gpu-07:8000/v1#org/m", "127.0.0.1:80", "[::1]:8000/v1", "localhost/v1"]
)
def test_a_role_may_name_a_server_without_its_scheme(name: str) -> None:
    options = EngineOptions(model="demo", judge=name)
    assert options.judge == f"http://{name}"
    assert options.loaded == {"demo"}


@pytest.mark.parametrize("name", ["llama3:8b", "org/name:latest", "/models/x:8000", "org/name", "C:\\models\\x", "x:1"])
def test_the_name_of_a_model_is_no_server(name: str) -> None:
    assert EngineOptions(model=name).loaded == {name}


@pytest.mark.parametrize("name", ["endpoint", "model", "critic", "reviser", "judge"])
@pytest.mark.parametrize("url", ["http://[::1/v1", "http://", "http:///v1", "http://me:s3cret#1@gpu/v1"])
def test_a_url_that_cannot_be_read_is_refused(name: str, url: str) -> None:
    named: dict[str, Any] = {name: url}
    with pytest.raises(EngineError, match=f"^{name}: the URL cannot be read") as caught:
        EngineOptions(**named)
    assert "s3cret" not in str(caught.value)


def test_a_scheme_in_capitals_names_a_server() -> None:
    options = EngineOptions(endpoint="HTTPS://gpu/v1", judge="HTTP://gpu/v1#m")
    assert options.loaded == frozenset()
