"""A local server with as much of the Hugging Face hub's protocol as an upload needs; it keeps what it is sent."""

import base64
import hashlib
import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.server import Listening, Quiet

LFS = (".parquet", ".gz")  # sent as large files, as the hub asks for them


class Hub(Listening):
    """Data sets in memory: `files` by repository and name, `private` by repository, one line in `commits` for each."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.commits: list[list[str]] = []
        self.tokens: set[str | None] = set()
        self.status = 0  # answered to everything where it is set
        self._large: dict[str, bytes] = {}
        hub = self

        class Handler(Quiet, BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(*hub.get(self.path))

            do_HEAD = do_GET  # noqa: N815

            def do_POST(self) -> None:
                hub.tokens.add(self.headers["authorization"])
                self._send(*hub.post(self.path, self.body()))

            def do_PUT(self) -> None:
                content = self.body()
                hub._large[self.path.rpartition("/")[2]] = content
                self._send(200, b"")

            def _send(self, status: int, body: bytes) -> None:
                self.send_response(hub.status or status)
                self.send_header("content-length", str(len(body)))
                self.send_header("etag", f'"{hashlib.sha1(body).hexdigest()}"')
                self.send_header("x-repo-commit", f"{len(hub.commits):040x}")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

        super().__init__(Handler)

    def get(self, path: str) -> tuple[int, bytes]:
        parts = path.strip("/").split("/")
        repo = "/".join(parts[2:4] if parts[0] == "api" else parts[1:3])
        if repo not in self.files:
            return 404, b"{}"
        if parts[0] == "api":
            siblings = [{"rfilename": name} for name in self.files[repo]]
            return _json({"id": repo, "private": self.private[repo], "siblings": siblings, "sha": "0" * 40})
        return 200, self.files[repo][parts[-1]]

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/api/validate-yaml":
            return _json({"errors": [], "warnings": []})
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        parts = path.strip("/").split("/")
        if path.endswith("/objects/batch"):
            return _json({"transfer": "basic", "objects": [self._place(one) for one in json.loads(body)["objects"]]})
        if parts[4] == "preupload":
            return _json({"files": [_mode(file["path"]) for file in json.loads(body)["files"]]})
        return self._commit("/".join(parts[2:4]), [json.loads(line) for line in body.splitlines()])

    def _create(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        repo = f"{asked['organization']}/{asked['name']}"
        said = {"url": f"{self.url}/datasets/{repo}"}
        if repo in self.files:
            return 409, json.dumps(said).encode()
        assert asked["type"] == "dataset"
        self.files[repo] = {}
        self.private[repo] = asked.get("private") is True or asked.get("visibility") == "private"
        return _json(said)

    def _place(self, one: dict[str, Any]) -> dict[str, Any]:
        return {**one, "actions": {"upload": {"href": f"{self.url}/large/{one['oid']}"}}}

    def _commit(self, repo: str, lines: list[dict[str, Any]]) -> tuple[int, bytes]:
        sent = {}
        for line in lines[1:]:
            value = line["value"]
            large = line["key"] == "lfsFile"
            sent[value["path"]] = self._large[value["oid"]] if large else base64.b64decode(value["content"])
        self.files[repo] |= sent
        self.commits.append(list(sent))
        return _json({"commitUrl": f"{self.url}/datasets/{repo}/commit/1", "commitOid": "1" * 40})


def _json(said: Any) -> tuple[int, bytes]:
    return 200, json.dumps(said).encode()


def _mode(path: str) -> dict[str, Any]:
    return {"path": path, "uploadMode": "lfs" if path.endswith(LFS) else "regular", "shouldIgnore": False, "oid": None}
