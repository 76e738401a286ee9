"""Who made what: a command's models stand in a record only for what it did not have before."""

from dataclasses import replace

import pytest

from caigen.engines.open import EngineOptions
from caigen.engines.roles import ROLES, EngineRole
from caigen.errors import CaigenError
from caigen.provenance import DEMO_NOTE, made_under, provenance_of, with_makers
from caigen.records import Candidate, Comparison, Critique, Message, Provenance, Record, Revision, Round, Score
from caigen.stages.registry import STAGES
from caigen.stages.requests import PromptSettings

MODELS: dict[EngineRole, str] = {"policy": "p", "critic": "c", "reviser": "r", "judge": "j"}
ASKED = Record(id="r", prompt=(Message(role="user", content="q"),))
CRITIQUE = Critique(text="c", verdict="violates")


def with_rounds(*rounds: Round) -> Record:
    return ASKED.model_copy(update={"candidates": (Candidate(text="a", rounds=rounds),)})


def added(under: Provenance, before: Record, after: Record, models: dict[EngineRole, str] = MODELS) -> Provenance:
    return provenance_of(before, after, under=under, stages=STAGES, models=models)


def test_roles_of_what_is_new(prompt_settings: PromptSettings) -> None:
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
        models = added(made_under(prompt_settings), before, after).models
        assert models == {role: MODELS[role] for role in ROLES if role in roles}


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
    assert added(under, had, had) == Provenance(caigen="0.0.1", seed=7)
    assert added(under, had, critic) == under.model_copy(update={"models": {"critic": "c"}})
    told = added(under, had, judged)
    assert (told.models, told.seed, told.constitution, told.caigen) == ({"judge": "j"}, 7, None, under.caigen)
    assert added(under, ASKED, with_rounds()).models == {"policy": "p"}
    reseeded = made_under(replace(prompt_settings, seed=5))
    answer = added(reseeded, ASKED, with_rounds())
    assert (answer.seed, answer.constitution) == (5, None)


def test_every_judge_whose_judgements_stand_there_is_named(prompt_settings: PromptSettings) -> None:
    """The one that is asked now is `judge`; one of a record that names no judge is the one that its
    provenance names.
    """

    def compared(*judges: str | None) -> Record:
        said = (Comparison(a="0.0", b="0.1", principle="GEN-001@1", status="tie", judge=judge) for judge in judges)
        return with_rounds().model_copy(
            update={"comparisons": tuple(said), "provenance": Provenance(caigen="0", models={"judge": "old"})}
        )

    def models(before: Record, judge: str, after: Record) -> dict[str, str]:
        models: dict[EngineRole, str] = MODELS | {"judge": judge}
        return added(made_under(prompt_settings), before, after, models).models

    unnamed, m1, m2 = compared(None), compared("m1"), compared("m2")
    assert models(with_rounds(), "m1", m1) == {"judge": "m1"}
    both = m1.model_copy(update={"comparisons": (*m1.comparisons, *m2.comparisons)})
    assert models(m1, "m2", both) == {"judge": "m2", "judge_2": "m1"}
    scored = m1.model_copy(update={"candidates": (Candidate(text="a", scores=(Score(round=0, judge="m2"),)),)})
    assert models(m1, "m2", scored) == {"judge": "m2", "judge_2": "m1"}
    asked = unnamed.model_copy(update={"comparisons": (*unnamed.comparisons, *m2.comparisons)})
    assert models(unnamed, "m2", asked) == {"judge": "m2", "judge_2": "old"}
    assert models(both, "m2", both) == {}


def made_with(**models: str) -> Record:
    return ASKED.model_copy(update={"provenance": Provenance(caigen="0", models=models)})


@pytest.mark.parametrize(
    ("roles", "named", "made", "names", "notes"),
    [
        (("policy",), {}, {}, {"policy": "demo"}, 1),
        (("policy",), {}, {"policy": "m@1"}, {"policy": "m"}, 1),
        (("policy",), {}, {"policy": "demo@1"}, {"policy": "demo"}, 0),
        (("policy",), {"model": "own"}, {"policy": "m@1"}, {"policy": "own"}, 0),
        (("critic", "reviser"), {}, {"policy": "m@1", "critic": "c@1"}, {"critic": "c", "reviser": "m"}, 2),
        (("critic", "reviser"), {"critic": "x"}, {"policy": "m@1"}, {"critic": "x", "reviser": "m"}, 1),
        (("critic", "reviser"), {"reviser": "x"}, {"policy": "m@1"}, {"critic": "m", "reviser": "x"}, 1),
        (("critic",), {}, {"policy": "m@1", "critic": "c@1"}, {"critic": "c"}, 1),
        (("critic",), {"critic": "x"}, {}, {"critic": "x"}, 0),  # no word of the demo model, which is not asked
        (("judge",), {"judge": "x"}, {"policy": "m@1", "critic": "c@1"}, {"judge": "x"}, 0),
        (("judge",), {}, {"policy": "m@1", "critic": "c@1", "judge": "k@1"}, {"judge": "m"}, 1),
        (("judge",), {"judge": "x"}, {"policy": "m@http://there"}, {"judge": "x"}, 0),
    ],
)
def test_models_that_made_a_record_go_on_with_it(
    roles: tuple[EngineRole, ...],
    named: dict[str, str],
    made: dict[str, str],
    names: dict[EngineRole, str],
    notes: int,
) -> None:
    """Only for roles that are asked and that nobody named a model for."""
    options, said = with_makers(EngineOptions(roles=roles, **named), made_with(**made))  # type: ignore[arg-type]
    assert (options.names, len(said)) == (names, notes)
    assert (DEMO_NOTE in said) == (not made and "demo" in names.values())


@pytest.mark.parametrize("role", ["policy", "critic"])
def test_a_server_that_a_record_names_is_not_asked(role: str) -> None:
    asked = EngineOptions(roles=("critic", "reviser"))
    with pytest.raises(CaigenError, match="name it with --endpoint"):
        with_makers(asked, made_with(**{"policy": "m@1", role: "m@http://there/v1"}))
