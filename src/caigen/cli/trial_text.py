"""show_trial: Trial -> what `caigen try` prints: a line for the verdict of each rule, then the chain"""

from rich.table import Table
from rich.text import Text

from caigen.cli.chains import print_chain, print_lines
from caigen.errors import RequestError
from caigen.looking.screen import Screen
from caigen.records import Round
from caigen.text.visible import visible
from caigen.trial import Trial, Verdict

STYLES = {"violates": "bold red", "complies": "green", "unclear": "yellow"}
MAX_NOTE_CHARS = 160
SEVERITIES = ("", "slight", "clear", "serious")  # of a critique, 0 to 3


def show_trial(trial: Trial, screen: Screen) -> None:
    """Print a trial."""
    record = trial.record
    if record is None:
        return
    if trial.verdicts and trial.settings:
        screen.console.print(Text(f"Each rule of {trial.settings.constitution.ref} on the answer:", "bold"))
        table = Table.grid(padding=(0, 2))
        for _ in range(3):
            table.add_column(overflow="fold")
        for verdict in trial.verdicts:
            table.add_row(*_cells(verdict))
        screen.console.print(table)
        screen.console.print()
    print_chain(record, screen, trial.settings.constitution if trial.settings else None)
    if trial.problem is None:
        print_lines(["", conclusion(trial)], screen)


def conclusion(trial: Trial) -> str:
    """What became of the answer, in a sentence."""
    broken = sum(isinstance(outcome, Round) and outcome.faulted for _, outcome in trial.verdicts)
    rules = f"{len(trial.verdicts)} rule{'s' * (len(trial.verdicts) != 1)}"
    candidate = trial.record.candidates[0] if trial.record and trial.record.candidates else None
    if not broken or candidate is None:
        return f"None of {rules} is broken: the answer stands."
    rounds = [round_ for round_ in candidate.rounds if round_.usable_revision]
    return f"{broken} of {rules} broken, {len(rounds)} revision{'s' * (len(rounds) != 1)} made."


def _cells(verdict: Verdict) -> tuple[Text, Text, Text]:
    """The rule, its verdict, and the first quote, or why there is no verdict."""
    rule, outcome = verdict
    name = Text(f"  {rule.id} {visible(rule.title)}")
    if isinstance(outcome, RequestError):
        return name, Text("failed", "yellow"), Text(_short(str(outcome)))
    critique = outcome.critique
    if critique is None:
        return name, Text("not asked", "dim"), Text()
    if critique.flags:
        return name, Text("not used", "yellow"), Text(", ".join(critique.flags))
    word = Text(critique.verdict, STYLES[critique.verdict])
    if critique.verdict == "violates" and SEVERITIES[critique.severity]:
        word.append(f", {SEVERITIES[critique.severity]}", "")
    note = f"“{critique.spans[0].quote}”" if critique.spans else critique.text
    return name, word, Text(_short(note) if critique.verdict != "complies" else "")


def _short(text: str) -> str:
    line = " ".join(visible(text).split())
    return line if len(line) <= MAX_NOTE_CHARS else line[: MAX_NOTE_CHARS - 1] + "…"
