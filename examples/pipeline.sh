#!/usr/bin/env bash
# Three commands in a pipe: answers and critiques, revisions, preference pairs. Each stage keeps its records too.
# Usage: examples/pipeline.sh [OUT] [further options of `critique` and `revise`, as --model NAME]
set -euo pipefail
here=$(dirname "$0")
out=${1:-out-pipeline}
mkdir -p "$out"

caigen critique "$here/healthcare.jsonl" --constitution healthcare "${@:2}" \
  | tee "$out/critiques.jsonl" \
  | caigen revise --rounds 3 "${@:2}" \
  | tee "$out/revisions.jsonl" \
  | caigen export-pairs > "$out/pairs.jsonl"

wc -l "$out"/*.jsonl
