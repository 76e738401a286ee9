"""The mutation score, by module: `python tests/mutation/score.py` after `mutmut run`. Exits 1 below the bar.

A mutant is one small fault in the code (`<` for `<=`, a changed number, a dropped argument). It counts as noticed where
a test failed or ran into its time limit; one that no test reaches counts as not noticed.
"""

import re
import subprocess
import sys
from collections import Counter, defaultdict

BAR = 0.85
NOTICED = {"killed", "timeout", "caught by type check", "segfault"}
LEFT_OUT = {"skipped", "not checked"}


def statuses() -> dict[str, str]:
    """Every mutant's name, and what became of it."""
    command = [sys.executable, "-m", "mutmut", "results", "--all", "true"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(re.findall(r"^\s*(\S+): (.+)$", shown, re.M))


def module_of(mutant: str) -> str:
    """`caigen.stages.label.x_verdict__mutmut_3` belongs to `caigen.stages.label`."""
    return re.split(r"\.x[_ǁ]", mutant)[0]


def main() -> None:
    """Print a table of modules and, below it, each mutant that no test noticed."""
    found = {name: status for name, status in statuses().items() if status not in LEFT_OUT}
    by_module: dict[str, Counter[bool]] = defaultdict(Counter)
    for name, status in found.items():
        by_module[module_of(name)][status in NOTICED] += 1
    print("| module | mutants | noticed |\n|---|---|---|")
    for module, counts in sorted(by_module.items()):
        print(f"| `{module}` | {counts.total()} | {counts[True] / counts.total():.1%} |")
    score = sum(counts[True] for counts in by_module.values()) / max(1, len(found))
    print(f"| all | {len(found)} | {score:.1%} |\n")
    for name, status in found.items():
        if status not in NOTICED:
            print(f"{status}: {name}")
    print(f"\nmutation score {score:.1%} of {len(found)}, the bar is {BAR:.0%}")
    sys.exit(score < BAR)


if __name__ == "__main__":
    main()
