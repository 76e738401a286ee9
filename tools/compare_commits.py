"""Do two commits write the same files? `python tools/compare_commits.py OLD NEW`, in the repository.

Each commit is checked out beside the other. Its `caigen` runs over the example prompts against a server in this
process whose answers depend on the request alone, then over the demo with the bundled model, into a folder of the
same name. Exits 1 if a file differs in more than times, speeds and the renamed keys of RENAMED.
"""

import argparse
import difflib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

EXAMPLES = ("general", "healthcare", "contracts", "payments")
RENAMED = {"asked": "sent", "remembered": "cached"}  # keys of JSON objects: before -> after
ADDED = "run.yaml"  # the end of names of files that only the newer commit writes
MEASURED = {"seconds", "tokens"}  # keys that no two runs agree on: times, and what a prefix cache held
LETTERS = ("A", "B", "Yes", "No")
TRAINERS = ("trl", "trl-reward", "trl-kto", "openrlhf", "axolotl", "llama-factory", "torchtune", "nemo-rl")


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """A chat completion that depends on the request alone: critiques as JSON, log-probabilities where wanted."""
    number = int.from_bytes(hashlib.sha256(json.dumps(asked["messages"]).encode()).digest()[:6], "big")
    last = str(asked["messages"][-1]["content"])
    choice: dict[str, Any] = {"finish_reason": "length" if number % 41 == 0 else "stop"}
    if "verdict" in last and asked.get("response_format"):
        text = _critique(asked, number)
    elif asked.get("max_tokens", 99) < 8 or asked.get("logprobs"):
        first, second = ("A", "B") if "A or B" in last else ("Yes", "No")
        text = (first, second)[number % 2]
        tops = [{"token": first, "logprob": -0.1 - number % 7}, {"token": second, "logprob": -0.2 - number % 5}]
        choice["logprobs"] = {"content": [{"token": text, "logprob": -0.1, "top_logprobs": tops}]}
    else:
        lead = ("", "", "", "Here is the revised answer:\n\n")[number % 4]
        words = (f"word{(number >> shift) % 97}" for shift in range(3 + number % 29))
        text = f"{lead}Answer {number % 9973}. " + " ".join(words) + "."
    choice["message"] = {"role": "assistant", "content": text}
    return {"model": "scripted", "choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 9}}


def _critique(asked: dict[str, Any], number: int) -> str:
    """A critique that quotes the answer it is about, or, one time in seven, words that are not there."""
    answers = [turn["content"] for turn in asked["messages"] if turn["role"] == "assistant"] or ["nothing"]
    quote = "words that nobody wrote" if number % 7 == 0 else str(answers[0])[:24]
    broken = number % 3 != 0
    verdict = "violates" if broken else "complies"
    found = {"text": f"Critique {number % 997}.", "quotes": [quote] if broken else [], "verdict": verdict}
    return json.dumps(found | {"severity": 1 + number % 3 if broken else 0})


class Handler(BaseHTTPRequestHandler):
    """Speaks as much of OpenAI's protocol as caigen asks for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The model that is served."""
        self._send({"data": [{"id": "scripted"}]})

    def do_POST(self) -> None:
        """A chat completion."""
        self._send(answer(json.loads(self.rfile.read(int(self.headers["content-length"])))))

    def _send(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


def work(tree: Path, url: str, out: Path, *, demo: bool) -> None:
    """Run the commands of one commit; their files lie in `out`."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("CAIGEN_")}
    env |= {"PYTHONPATH": str(tree / "src"), "CAIGEN_HOME": str(out / "home"), "COLUMNS": "100"}

    def caigen(*args: str | Path) -> None:
        command = [sys.executable, "-m", "caigen", *map(str, args)]
        done = subprocess.run(command, env=env, cwd=tree, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode not in (0, 3):
            raise SystemExit(f"{' '.join(command)}\n{done.stderr}")

    server = ("--endpoint", url, "--model", "scripted")
    for name in EXAMPLES:
        folder = out / name
        caigen("run", f"examples/{name}.jsonl", "-o", folder, "--rounds", "2", "-n", "2", *server)
        records, labelled = folder / "records.jsonl", folder / "labelled.jsonl"
        caigen("label", records, "-o", labelled, *server)
        caigen("score", labelled, "-o", folder / "scored.jsonl", "--texts", "all", *server)
        for trainer in TRAINERS:
            caigen("export-pairs", labelled, "-o", folder / f"pairs-{trainer}.jsonl", "--to", trainer, "--split", "0.8")
        for what in ("revisions", "critiques", "both"):
            caigen("export-sft", labelled, "-o", folder / f"sft-{what}.jsonl", "--what", what)
        caigen("export-prompts", labelled, "-o", folder / "prompts.jsonl")
    if demo:
        caigen("demo", "-o", out / "demo")


def same(value: Any, *, renamed: bool) -> Any:
    """A JSON value without what is measured, its keys renamed where it is an old one."""
    if isinstance(value, dict):
        kept = {key: same(one, renamed=renamed) for key, one in value.items() if key not in MEASURED}
        return {RENAMED.get(key, key) if renamed else key: one for key, one in kept.items()}
    return [same(one, renamed=renamed) for one in value] if isinstance(value, list) else value


def content(path: Path, *, renamed: bool) -> list[str]:
    """The lines of a file that two commits must share."""
    lines = path.read_text("utf-8").splitlines()
    if path.suffix == ".jsonl":
        return [json.dumps(same(json.loads(line), renamed=renamed), sort_keys=True) for line in lines]
    if path.suffix == ".json":
        return json.dumps(same(json.loads("\n".join(lines)), renamed=renamed), indent=1, sort_keys=True).splitlines()
    return [re.sub(r"[0-9.]+ (?:s|tok/s)\b", "", line) for line in lines]


def differences(old: Path, new: Path) -> Iterator[str]:
    """What differs between two folders, a line each; journals are compared by what was written from them."""
    files = {path.relative_to(folder) for folder in (old, new) for path in folder.rglob("*") if path.is_file()}
    for name in sorted(name for name in files if ".journal" not in name.name and "home" not in name.parts):
        missing = [folder.name for folder in (old, new) if not (folder / name).is_file()]
        if missing and not name.name.endswith(ADDED):
            yield f"{name}: only in {'new' if missing == [old.name] else 'old'}"
        if missing:
            continue
        before, after = content(old / name, renamed=True), content(new / name, renamed=False)
        yield from difflib.unified_diff(before, after, f"old/{name}", f"new/{name}", lineterm="", n=0)


def main() -> None:
    """Check both commits out, let them work, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--no-demo", action="store_true", help="leave the bundled model out")
    options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as scratch:
        folders = []
        for side, commit in (("old", options.old), ("new", options.new)):
            tree, out = Path(scratch) / "tree", Path(scratch) / "out"  # the same paths for both
            subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree, commit], check=True)
            try:
                work(tree, f"http://127.0.0.1:{server.server_port}", out, demo=not options.no_demo)
            finally:
                subprocess.run(["git", "worktree", "remove", "--force", tree], check=True)
            folders.append(shutil.move(out, Path(scratch) / side))
        found = list(differences(*map(Path, folders)))
        count = sum(1 for path in Path(folders[1]).rglob("*") if path.is_file())
    server.shutdown()
    print("\n".join(line[:300] for line in found[:200]) or f"the same: {count} files")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
