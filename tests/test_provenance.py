"""Who made what: a command's models stand in a record only for what it did not have before."""

from caigen.provenance import made_by, made_under, provenance_of
from caigen.records import Candidate, Comparison, Critique, Message, Provenance, Record, Revision, Round, Score
from caigen.stages.requests import PromptSettings

ASKED = Record(id="r", prompt=(Message(role="user", content="q"),))
CRITIQUE = Critique(text="c", verdict="violates")


def with_rounds(*rounds: Round) -> Record:
    return ASKED.model_copy(update={"candidates": (Candidate(text="a", rounds=rounds),)})


def test_roles_of_what_is_new() -> None:
    answered, critic = with_rounds(), Round(principle="GEN-001@1", critique=CRITIQUE)
    revised = critic.model_copy(update={"revision": Revision(text="b")})
    compared = answered.model_copy(
        update={"comparisons": (Comparison(a="0.0", b="0.1", principle="GEN-001@1", status="tie"),)}
    )
    scored = ASKED.model_copy(update={"candidates": (Candidate(text="a", scores=(Score(round=0),)),)})
    for before, after, roles in (
        (ASKED, ASKED, set()),
        (ASKED, answered, {"policy"}),
        (answered, with_rounds(critic), {"critic"}),
        (with_rounds(critic), with_rounds(revised), {"reviser"}),
        (answered, with_rounds(revised), {"critic", "reviser"}),
        (with_rounds(revised), with_rounds(revised), set()),
        (with_rounds(revised), with_rounds(revised, critic), {"critic"}),
        (answered, compared, {"judge"}),
        (compared, compared, set()),
        (answered, scored, {"judge"}),
        (ASKED, with_rounds(revised), {"policy", "critic", "reviser"}),
    ):
        assert made_by(before, after) == roles


def test_what_is_laid_over(prompt_settings: PromptSettings) -> None:
    """The constitution is that of the rounds; a judge and an answer leave it, and nothing asked leaves everything."""
    under = made_under(prompt_settings)
    assert (under.templates_sha256, under.constitution_sha256) == (
        prompt_settings.templates.sha256,
        prompt_settings.constitution.sha256,
    )
    earlier = Provenance(caigen="0.0.1", constitution="old@1.0.0", seed=7)
    had = with_rounds().model_copy(update={"provenance": earlier})
    critic = with_rounds(Round(principle="GEN-001@1", critique=CRITIQUE)).model_copy(update={"provenance": earlier})
    judged = had.model_copy(
        update={"comparisons": (Comparison(a="0.0", b="0.1", principle="GEN-001@1", status="tie"),)}
    )
    assert provenance_of(under, "p", "c", had, had) == Provenance(caigen="0.0.1", seed=7)
    assert provenance_of(under, "p", "c", had, critic) == under.model_copy(update={"models": {"critic": "c"}})
    told = provenance_of(under, "p", "c", had, judged)
    assert (told.models, told.seed, told.constitution, told.caigen) == ({"judge": "p"}, 7, None, under.caigen)
    assert provenance_of(under, "p", "c", ASKED, with_rounds()).models == {"policy": "p"}


def test_every_judge_whose_judgements_stand_there_is_named(prompt_settings: PromptSettings) -> None:
    """The one that is asked now is `judge`; one of a record that names no judge is the one that its provenance names."""

    def compared(*judges: str | None) -> Record:
        said = (Comparison(a="0.0", b="0.1", principle="GEN-001@1", status="tie", judge=judge) for judge in judges)
        return with_rounds().model_copy(
            update={"comparisons": tuple(said), "provenance": Provenance(caigen="0", models={"judge": "old"})}
        )

    def models(before: Record, judge: str, after: Record) -> dict[str, str]:
        return provenance_of(made_under(prompt_settings), judge, "c", before, after).models

    unnamed, m1, m2 = compared(None), compared("m1"), compared("m2")
    assert models(with_rounds(), "m1", m1) == {"judge": "m1"}
    both = m1.model_copy(update={"comparisons": (*m1.comparisons, *m2.comparisons)})
    assert models(m1, "m2", both) == {"judge": "m2", "judge_2": "m1"}
    scored = m1.model_copy(update={"candidates": (Candidate(text="a", scores=(Score(round=0, judge="m2"),)),)})
    assert models(m1, "m2", scored) == {"judge": "m2", "judge_2": "m1"}
    asked = unnamed.model_copy(update={"comparisons": (*unnamed.comparisons, *m2.comparisons)})
    assert models(unnamed, "m2", asked) == {"judge": "m2", "judge_2": "old"}
    assert models(both, "m2", both) == {}
