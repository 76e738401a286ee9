#!/usr/bin/env bash
# What did which principle change? Records are JSON Lines, so jq reads them: principle, verdict, quoted words, revised text.
# Usage: examples/inspect.sh RECORDS
set -euo pipefail
jq -r '.id as $id | .candidates[].rounds[]
  | select(.revision)
  | [$id, .principle, .critique.verdict, (.critique.spans[0].quote // "-"), .revision.text]
  | @tsv' "$1"
