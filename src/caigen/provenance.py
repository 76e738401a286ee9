"""Record before and after a command -> what the command adds to the record's provenance: nothing that it did not make."""

from caigen import __version__
from caigen.judge.tally import count_new, judgements
from caigen.records import Provenance, Record
from caigen.stages.requests import PromptSettings


def made_under(prompt_settings: PromptSettings) -> Provenance:
    """What every record says that is criticised and revised under a brief."""
    return Provenance(
        caigen=__version__,
        constitution=prompt_settings.constitution.ref,
        constitution_sha256=prompt_settings.constitution.sha256,
        seed=prompt_settings.seed,
        templates_sha256=prompt_settings.templates.sha256,
    )


def provenance_of(under: Provenance, policy: str, critic: str, before: Record, after: Record) -> Provenance:
    """What is laid over the record's own provenance (pipeline.py), by models of these names.

    Constitution and templates are those that critiques and revisions were made under; comparisons and scores name theirs
    themselves. The seed is that of the answers or of the rounds.
    """
    roles = made_by(before, after)
    models = {role: critic if role == "critic" else policy for role in sorted(roles)}
    models |= _judges(policy, before, after) if "judge" in roles else {}
    earlier = before.provenance or Provenance(caigen=__version__, seed=under.seed)
    if roles & {"critic", "reviser"}:
        return under.model_copy(update={"models": models})
    return Provenance(
        caigen=__version__ if roles else earlier.caigen,
        models=models,
        seed=under.seed if "policy" in roles else earlier.seed,
    )


def _judges(asked: str, before: Record, after: Record) -> dict[str, str]:
    """All whose judgements stand in a record: `judge` is who was asked now, `judge_2` and so on are those before, the last first.

    A judgement that names nobody is by whom the record named so far.
    """
    named = before.provenance.models.get("judge") if before.provenance else None
    found = [one.judge or named for one in reversed(judgements(after))]
    first, *others = dict.fromkeys([asked, *filter(None, found)])
    return {"judge": first} | {f"judge_{number}": name for number, name in enumerate(others, 2)}


def made_by(before: Record, after: Record) -> set[str]:
    """The roles in which models made something that the record did not have: policy, critic, reviser, judge."""
    roles = {"policy"} if len(after.candidates) > len(before.candidates) else set()
    if count_new(before, after):
        roles.add("judge")
    for place, candidate in enumerate(after.candidates):
        had = before.candidates[place].rounds if place < len(before.candidates) else ()
        for number, turn in enumerate(candidate.rounds):
            old = had[number] if number < len(had) else None
            if turn.critique and turn.critique != (old and old.critique):
                roles.add("critic")
            if turn.revision and turn.revision != (old and old.revision):
                roles.add("reviser")
    return roles
