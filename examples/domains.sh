#!/usr/bin/env bash
# Each domain under its own constitution, then one training set of all of them, split by prompt.
# Usage: [DOMAINS="prompts:constitution ..."] examples/domains.sh [OUT] [further options of `run`, as --model NAME]
set -euo pipefail
here=$(dirname "$0")
out=${1:-out-domains}

for domain in ${DOMAINS:-general:general healthcare:healthcare contracts:legal payments:finance}; do
  prompts=${domain%%:*} constitution=${domain##*:}
  caigen run "$here/$prompts.jsonl" --constitution "$constitution" --rounds 2 -o "$out/$prompts" "${@:2}"
done

cat "$out"/*/records.jsonl | caigen export-pairs --split 0.9 --overwrite -o "$out/pairs.jsonl"
cat "$out"/*/records.jsonl | caigen export-sft --what revisions --rounds last > "$out/sft.jsonl"
wc -l "$out"/*.jsonl
