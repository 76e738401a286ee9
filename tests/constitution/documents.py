"""Constitutions of schema /2 for tests: small files that can be changed, written and loaded."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from caigen.constitution.load import load_resolved
from caigen.constitution.resolve import Resolution


def rule(id_: str, **fields: Any) -> dict[str, Any]:
    """A principle with what it needs."""
    return {"id": id_, "rev": 1, "title": f"Rule {id_}", "text": f"Do what {id_} asks.", **fields}


def base(*principles: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A constitution `base@1.0.0`; by default of a hard rule, a rule and a style."""
    given = list(principles) or [
        rule("BAS-001", tier="hard", severity="high", response_policy="refuse", exceptions=["fiction"]),
        rule("BAS-002", response_policy="caution", exceptions=["history", "law"]),
        rule("BAS-003", tier="style"),
    ]
    head = {"schema": "caigen.constitution/2", "id": "base", "title": "A base", "version": "1.0.0"}
    return {**head, "principles": given, **fields}


def overlay(*overrides: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A constitution that extends `base`, with overrides; each gets a reason."""
    given = [{"reason": "as agreed", **override} for override in overrides]
    head = {"schema": "caigen.constitution/2", "id": "over", "title": "An overlay", "version": "1.0.0"}
    return {**head, "extends": [{"id": "base", "version": "1.0.0"}], "overrides": given, **fields}


def write(folder: Path, *documents: dict[str, Any]) -> Path:
    """Write documents as `ID.yaml`; the path of the last one."""
    path = folder
    for document in documents:
        path = folder / f"{document['id']}.yaml"
        with path.open("w", encoding="utf-8") as stream:
            YAML(typ="safe", pure=True).dump(document, stream)
    return path


def resolved(folder: Path, *documents: dict[str, Any]) -> Resolution:
    """Write documents and load the last one."""
    return load_resolved(write(folder, *documents))
