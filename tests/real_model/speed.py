"""Tokens per second of one model in this process, by numbers and threads: one line of JSON."""

import argparse
import asyncio
import json
import os
import resource
import time
from pathlib import Path
from typing import Any

OWN = "as the model has it"


def pretend_no_bf16() -> None:
    """Let vLLM take the kernels of a processor without bf16 instructions."""
    os.environ["ONEDNN_MAX_CPU_ISA"] = "AVX512_CORE_VNNI"
    import torch

    cpu: Any = torch.cpu
    cpu._is_avx512_bf16_supported = cpu._is_amx_tile_supported = lambda: False


async def measure(model: Path, dtype: str, requests: int, tokens: int) -> dict[str, Any]:
    """Load, answer `requests` requests at once with so many tokens each, and say how long each took."""
    from caigen.engines.base import Request, Sampling
    from caigen.engines.vllm import VLLMEngine
    from caigen.records import Message

    began = time.monotonic()
    engine = VLLMEngine(str(model), args={} if dtype == OWN else {"dtype": dtype})
    loaded = time.monotonic()

    async def one(number: int) -> int:
        asked = (Message(role="user", content=f"Question {number}: how is a bicycle tire repaired?"),)
        sampling = Sampling(max_tokens=tokens, ignore_eos=True, seed=number)
        return (await engine.complete(Request(messages=asked, sampling=sampling))).tokens.completion

    await one(-1)
    start, cpu = time.monotonic(), time.process_time()
    made = sum(await asyncio.gather(*map(one, range(requests))))
    seconds, cpu_seconds = time.monotonic() - start, time.process_time() - cpu
    await engine.close()
    return {
        "tokens_per_second": round(made / seconds, 1),
        "tokens_per_cpu_second": round(made / cpu_seconds, 1),
        "load_seconds": round(loaded - began, 1),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }


def main() -> None:
    """Read the arguments; the number of threads is read while torch is imported."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--dtype", default=OWN)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--requests", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=100)
    parser.add_argument("--no-bf16", action="store_true")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    if options.no_bf16:
        pretend_no_bf16()
    print(json.dumps(asyncio.run(measure(options.model, options.dtype, options.requests, options.tokens))))


if __name__ == "__main__":
    main()
