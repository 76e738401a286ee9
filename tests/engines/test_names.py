"""What leaves this machine says nothing of it."""

import pytest

from caigen.engines.names import public_name, public_row


@pytest.mark.parametrize(
    ("spelled", "public"),
    [
        ("demo@1f2e3d4c5b", "demo@1f2e3d4c5b"),
        ("Qwen/Qwen3-8B@1f2e3d4c5b", "Qwen/Qwen3-8B@1f2e3d4c5b"),
        ("/home/alice/models/x@1f2e3d4c5b", "x@1f2e3d4c5b"),
        ("/home/alice/models/x/@1f2e3d4c5b", "x@1f2e3d4c5b"),
        ("/home/al@ice/x@1f2e3d4c5b", "x@1f2e3d4c5b"),
        ("~/models/x", "x"),
        ("../x@1f2e", "x@1f2e"),
        ("C:\\Users\\alice\\models\\x@1f2e", "x@1f2e"),
        ("\\\\files.corp\\share\\x", "x"),
        ("file:///home/alice/x@1f2e", "x@1f2e"),
        ("s3://bucket-of-alice/models/x", "x"),
        ("/home/alice/.cache/huggingface/hub/models--org--x/snapshots/9f8e7d/@1f2e", "org/x@1f2e"),
        ("m@http://gpu-07.internal.corp:8000/v1", "m"),
        ("org/m@https://alice:secret@gpu-07:8443/v1?key=secret", "org/m"),
        ("/models/m@http://10.0.0.7:8000/v1", "m"),
        ("http://gpu-07.internal.corp:8000/v1#org/m", "org/m"),
        ("http://alice:secret@gpu-07:8000/v1", "v1"),
        ("llama3:8b@http://localhost:11434/v1", "llama3:8b"),
        ("org/m:free@https://router.example/api/v1", "org/m:free"),
        ("x\n\x1b[31m|`<b>-->@1f2e", "x___31m___b___@1f2e"),
        ("http://gpu-07.internal.corp:8000", "unnamed"),
        ("/", "unnamed"),
    ],
)
def test_public_names(spelled: str, public: str) -> None:
    assert public_name(spelled) == public
    assert not any(word in public_name(spelled) for word in ("alice", "secret", "corp", "gpu-07", "10.0.0.7", "8000"))


def test_a_row_keeps_all_but_where_models_lie() -> None:
    path = "/home/alice/m@1f2e"
    row = {
        "id": "a/b/c",
        "principles": ["GEN-001@1"],
        "tokenizer": "/home/alice/t",
        "judge": path,
        "provenance": {"models": {"policy": path, "critic": "c@http://gpu:1/v1"}, "constitution": "general@1.0.0"},
        "comparisons": [{"judge": path, "p": 0.5}],
    }
    assert public_row(row) == {
        "id": "a/b/c",
        "principles": ["GEN-001@1"],
        "tokenizer": "t",
        "judge": "m@1f2e",
        "provenance": {"models": {"policy": "m@1f2e", "critic": "c"}, "constitution": "general@1.0.0"},
        "comparisons": [{"judge": "m@1f2e", "p": 0.5}],
    }
