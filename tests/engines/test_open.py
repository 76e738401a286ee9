"""EngineOptions: the models are named in a way that can be opened, which is known before anything is."""

from typing import Any

import pytest

from caigen.engines.open import EngineOptions
from caigen.errors import EngineError


@pytest.mark.parametrize("endpoint", ["localhost:8000/v1", "me:s3cret@gpu/v1", "ftp://gpu/v1"])
def test_an_endpoint_must_be_a_url(endpoint: str) -> None:
    with pytest.raises(EngineError, match="begin with http:// or https://") as caught:
        EngineOptions(endpoint=endpoint)
    assert "s3cret" not in str(caught.value)


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
