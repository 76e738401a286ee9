"""Threads and numbers of an engine on a CPU."""

import json
from pathlib import Path

import pytest

from caigen.engines import cpu
from caigen.engines.child import Model
from caigen.engines.open import DEMO_PATH, EngineOptions
from caigen.engines.pool import process_environments
from tests.conftest import Run

REAL = 270 << 20  # bytes, SmolLM2-135M in 16 bits
MEMORY = 16 << 30


@pytest.mark.parametrize(
    ("engines", "size", "cores", "threads"),
    [
        (1, REAL, 1, 1),
        (1, REAL, 2, 2),  # a real model takes all cores of a small machine
        (1, None, 4, 4),  # so does one from the hub
        (1, REAL, 8, 7),
        (1, REAL, 64, 63),
        (2, REAL, 2, 1),
        (2, REAL, 64, 31),
        (4, REAL, 2, 1),
        (1, cpu.SMALL_MODEL_BYTES - 1, 1, 1),
        (1, cpu.SMALL_MODEL_BYTES - 1, 2, 1),  # beside the demo model the rows have a core of their own
        (1, cpu.SMALL_MODEL_BYTES, 2, 2),
        (1, cpu.SMALL_MODEL_BYTES - 1, 8, 7),
    ],
)
def test_threads(engines: int, size: int | None, cores: int, threads: int) -> None:
    assert cpu.thread_count(engines, size, cores) == threads


def test_hyperthreads_of_a_core_count_once(tmp_path: Path) -> None:
    """Numbers that this process may not use do not matter; of those it may, all are said to be one core."""
    for number in range(256):
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text("0-255\n")
    assert cpu.core_count(tmp_path) == 1
    assert cpu.core_count(tmp_path / "not there") >= 1


def test_the_demo_model_is_small_and_runs_as_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    size = cpu.weight_bytes(str(DEMO_PATH))
    assert size is not None
    assert 1 << 20 < size < cpu.SMALL_MODEL_BYTES
    assert cpu.choose_dtype({}, size, bf16=False)[0] is None
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert process_environments(1, Model(str(DEMO_PATH), "demo")) == [
        {"OMP_NUM_THREADS": str(max(1, cpu.core_count() - 1))}
    ]
    every = cpu.core_count() if cpu.core_count() <= 4 else cpu.core_count() - 1
    assert process_environments(1, Model("someone/model", "someone/model")) == [{"OMP_NUM_THREADS": str(every)}]
    assert process_environments(2, Model("someone/model", "someone/model", models=64)) == [{"OMP_NUM_THREADS": "1"}] * 2
    assert cpu.weight_bytes("someone/model") is None


@pytest.mark.parametrize(
    ("options", "loaded"),
    [
        (EngineOptions(), {"demo"}),
        (EngineOptions(model="a", critic="a"), {"a"}),
        (EngineOptions(model="a", critic="b"), {"a", "b"}),
        (EngineOptions(model="a", critic="http://there/v1#b"), {"a"}),
        (EngineOptions(model="a", endpoint="http://there/v1", critic="b"), {"b"}),
        (EngineOptions(model="a", endpoint="http://there/v1"), set()),
    ],
)
def test_two_models_share_the_cores(options: EngineOptions, loaded: set[str]) -> None:
    assert options.loaded == loaded


XEON = "processor\t: 0\nflags\t\t: fpu avx2 avx512f {}\nbogomips\t: 5200.00\n"
ARM = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd {}\nCPU part\t: 0xd40\n"


@pytest.mark.parametrize(
    ("cpuinfo", "machine", "there"),
    [
        (XEON.format("avx512_bf16"), "x86_64", True),
        (XEON.format("amx_bf16 amx_tile"), "x86_64", True),
        (XEON.format("avx512_vnni"), "x86_64", False),
        (XEON.format("avx512_bf16_not"), "x86_64", False),
        (ARM.format("i8mm bf16"), "aarch64", True),
        (ARM.format("i8mm"), "aarch64", False),
        ("cpu\t: POWER10\n", "ppc64le", True),  # cannot be told: the model's own numbers stay
        (XEON.format(""), "riscv64", True),
        ("nothing", "x86_64", True),
    ],
)
def test_bf16_instructions(cpuinfo: str, machine: str, there: bool) -> None:
    assert cpu.has_bf16(cpuinfo, machine) is there


@pytest.mark.parametrize(
    ("args", "size", "bf16", "chosen", "reason"),
    [
        ({}, REAL, False, "float32", "no bf16 instructions"),
        ({}, None, False, "float32", "no bf16 instructions"),
        ({"max_model_len": 2048}, REAL, False, "float32", "no bf16 instructions"),
        ({}, REAL, True, None, "has bf16 instructions"),
        ({"dtype": "bfloat16"}, REAL, False, None, "--engine-arg dtype=bfloat16"),
        ({}, MEMORY // 4, False, "float32", "no bf16 instructions"),
        ({}, MEMORY // 4 + 1, False, None, "more than half of the memory"),
    ],
)
def test_dtype(args: dict[str, object], size: int | None, bf16: bool, chosen: str | None, reason: str) -> None:
    found, said = cpu.choose_dtype(args, size, bf16=bf16, memory=MEMORY)
    assert found == chosen
    assert reason in said


def test_quantized_weights_keep_their_numbers() -> None:
    assert cpu.choose_dtype({}, REAL, quantized=lambda: True, bf16=False)[0] is None
    assert cpu.choose_dtype({}, REAL, quantized=lambda: False, bf16=False)[0] == "float32"


def test_doctor_says_dtype_and_threads(caigen: Run) -> None:
    def found(**env: str) -> dict[str, str]:
        rows = json.loads(caigen("doctor", "--json", CUDA_VISIBLE_DEVICES="", **env).stdout)
        return {row["what"]: row["found"] for row in rows}

    assert found(OMP_NUM_THREADS="3")["threads"] == "3: OMP_NUM_THREADS is set"
    chosen, reason = cpu.choose_dtype({}, None)
    assert found()["dtype"] == f"{chosen or 'as the model has it'}: {reason}"
