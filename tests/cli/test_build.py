"""From option groups to a Job: every option arrives in the setting that it is for."""

from pathlib import Path

import pytest
import typer

from caigen.cli import build, settings
from caigen.cli.options import (
    AnswerOptions,
    ClusterOptions,
    ComparisonOptions,
    ConstitutionOptions,
    CriticOptions,
    CritiqueOptions,
    FolderOptions,
    GenerationOptions,
    JournaledOutput,
    ModelOptions,
    PrincipleOptions,
    RecordInput,
    RecordOutput,
    RevisionOptions,
    SamplingOptions,
    ScoreOptions,
    SeededThinkOptions,
)
from caigen.engines.base import Sampling
from caigen.errors import CaigenError, ConstitutionError
from caigen.jobs.job import Source
from caigen.runners.ray import Cluster
from caigen.stages.few_shot import Example
from caigen.stages.label import LabelSettings
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings
from caigen.stages.sample import SampleSettings
from caigen.stages.score import ScoreSettings

MODEL = ModelOptions()
SAMPLING = SamplingOptions(think="on", think_tokens=11, seed=3, max_tokens=22, temperature=0.5, top_p=0.9)
DRAWN = Sampling(max_tokens=22, temperature=0.5, top_p=0.9, think="on", think_tokens=11)


def generation(**values: object) -> GenerationOptions:
    return GenerationOptions(**(vars(SAMPLING) | values))  # type: ignore[arg-type]


def test_which_records_are_read() -> None:
    options = RecordInput("p.jsonl", on_error="skip", limit=4, take="chosen")
    assert build.source_of(options) == Source("p.jsonl", "skip", "chosen", 4)


def test_which_files_are_written(tmp_path: Path) -> None:
    out, rejects, journal = tmp_path / "out.jsonl", tmp_path / "rejects.jsonl", tmp_path / "j"
    assert build.record_targets(RecordOutput()) == build.Targets()
    assert build.record_targets(RecordOutput(journal=journal)) == build.Targets(journal=journal)
    beside = tmp_path / "out.jsonl.journal"
    options = RecordOutput(output=out, rejects=rejects, unordered=True)
    assert build.record_targets(options) == build.Targets((out, rejects), beside, ordered=False, rejects=(rejects,))
    assert build.record_targets(RecordOutput(rejects=rejects)) == build.Targets((rejects,), rejects=(rejects,))
    assert build.journaled_targets(JournaledOutput(output=out)) == build.Targets((out,), beside)
    folder = FolderOptions(output=tmp_path, rejects=rejects, keep_reasoning=True)
    assert build.folder_targets(folder, [out]) == build.Targets(
        (out, rejects), beside, keep_reasoning=True, rejects=(rejects,)
    )


def test_which_engines_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIGEN_API_KEY", "key")
    model = ModelOptions("m", "http://a/v1", ["dtype=float32", "max-len=8"], ["deep=true"], 5, 2, 9.0, "t", 7.0)
    options = build.engine_options(model, critic="c", reviser="r", judge="j", stop_loops=True)
    assert (options.model, options.endpoint, options.api_key) == ("m", "http://a/v1", "key")
    assert (options.critic, options.reviser, options.judge) == ("c", "r", "j")
    assert (options.args, options.template_kwargs) == ({"dtype": "float32", "max_len": 8}, {"deep": True})
    assert (options.concurrency, options.data_parallel, options.stall, options.stop_loops) == (5, 2, 9.0, True)
    assert (options.tokenizer, options.timeout) == ("t", 7.0)
    with pytest.raises(CaigenError, match="begin with http"):
        build.engine_options(ModelOptions(endpoint="ftp://localhost:8000"))


def test_which_principles_are_used() -> None:
    own = settings.principle_settings(PrincipleOptions(), 3)
    assert (own.constitution.id, own.follow, own.only, own.seed) == ("general", True, (), 3)
    assert not settings.principle_settings(PrincipleOptions(constitution="legal"), 0).follow
    named = settings.principle_settings(PrincipleOptions(principle=["GEN-002"]), 0)
    assert (named.only, named.follow) == (("GEN-002",), False)
    with pytest.raises(ConstitutionError, match="GEN-099"):
        settings.principle_settings(PrincipleOptions(principle=["GEN-099"]), 0)


def test_how_critiques_are_asked_for(tmp_path: Path) -> None:
    example = Example(
        prompt="q", answer="a", critique_request="why?", critique="c", revision_request="mend it", revision="r"
    )
    file = tmp_path / "examples.json"
    file.write_text(f"[{example.model_dump_json()}]")
    options = CritiqueOptions(few_shot=file, select="cycle", with_replacement=True, style="transcript", plain=True)
    made = settings.critique_settings(options, 7)
    assert (made.select, made.with_replacement, made.style) == ("cycle", True, "transcript")
    assert (made.free_text, made.examples, made.seed) == (True, (example,), 7)


@pytest.fixture
def prompts() -> PromptSettings:
    return settings.constitution_settings(ConstitutionOptions(), 3)


def test_how_answers_are_drawn() -> None:
    options = AnswerOptions(**vars(SAMPLING), candidates=4)
    assert settings.sample_settings(options, MODEL, plain=True) == SampleSettings(4, DRAWN, 3, plain=True)
    assert settings.sample_settings(generation(), MODEL, plain=False) == SampleSettings(1, DRAWN, 3)


def test_how_texts_are_revised(prompts: PromptSettings) -> None:
    revision = RevisionOptions(rounds=5, always_revise=True, critique=False)
    critic = CriticOptions(critique_tokens=33, critic_think="off", critic_think_tokens=44)
    stages = settings.revise_stages(generation(), critic, MODEL, prompts=prompts, revision=revision)
    drawn = Sampling(max_tokens=33, temperature=0.5, top_p=0.9, think="off", think_tokens=44)
    revising = ReviseSettings(5, always=True, critique=False, sampling=DRAWN, critic_sampling=drawn)
    assert stages == [stage("sample", SampleSettings(1, DRAWN, 3)), stage("revise", revising)]
    stages = settings.critique_stages(generation(), critic, MODEL, prompts=prompts)
    assert stages == [stage("sample", SampleSettings(1, DRAWN, 3)), stage("critique", drawn)]


def test_a_critic_thinks_as_the_model_does_unless_told(prompts: PromptSettings) -> None:
    stages = settings.critique_stages(generation(), CriticOptions(), MODEL, prompts=prompts)
    assert stages[-1].settings == Sampling(max_tokens=512, temperature=0.5, top_p=0.9, think="on", think_tokens=11)


def test_rounds_where_no_number_is_given() -> None:
    for select, rounds in (("random", 1), ("all", 2)):
        options = CritiqueOptions(select=select, principle=["GEN-001", "GEN-002"])  # type: ignore[arg-type]
        prompts = settings.critique_settings(options, 0)
        stages = settings.revise_stages(
            generation(), CriticOptions(), MODEL, prompts=prompts, revision=RevisionOptions()
        )
        assert stages[-1].settings.rounds == rounds


def test_how_texts_are_compared() -> None:
    options = ComparisonOptions(
        samples=5, min_mass=0.25, cot=True, cot_samples=3, clamp=(0.1, 0.9), tie=0.2, orders=1, principles_per_label="2"
    )
    assert settings.label_settings(options, "all", DRAWN) == LabelSettings(
        compare="all",
        principles=2,
        orders=1,
        min_mass=0.25,
        tie=0.2,
        samples=5,
        cot=True,
        cot_samples=3,
        clamp=(0.1, 0.9),
        sampling=DRAWN,
    )


@pytest.mark.parametrize(("text", "principles"), [("rounds", "rounds"), ("all", None), ("1", 1), ("12", 12)])
def test_how_many_principles_a_pair_is_judged_under(text: str, principles: object) -> None:
    options = ComparisonOptions(principles_per_label=text)
    assert settings.label_settings(options, "all", DRAWN).principles == principles


@pytest.mark.parametrize(
    "options",
    [
        *(ComparisonOptions(principles_per_label=text) for text in ("0", "-1", "some", "", "1.5")),
        *(ComparisonOptions(clamp=clamp) for clamp in ((0.6, 0.4), (-0.1, 0.5), (0.5, 1.1))),
    ],
)
def test_options_of_a_judge_that_make_no_sense(options: ComparisonOptions) -> None:
    with pytest.raises(typer.BadParameter):
        settings.label_settings(options, "all", DRAWN)


def test_how_texts_are_scored() -> None:
    options = ScoreOptions(samples=5, min_mass=0.25, texts="all", scale=9)
    thinking = SeededThinkOptions(think="off", think_tokens=7)
    sampling = Sampling(think="off", think_tokens=7)
    assert settings.score_settings(options, MODEL, thinking) == ScoreSettings("all", 0.25, 5, 9, sampling)


def test_a_template_and_an_option_that_both_say_whether_a_model_thinks() -> None:
    model = ModelOptions(chat_template_kwarg=["enable_thinking=false"])
    assert settings.sampling_of(SamplingOptions(), model).think == "auto"
    with pytest.raises(CaigenError, match="--think on and --chat-template-kwarg enable_thinking both say"):
        settings.sampling_of(SAMPLING, model)
    with pytest.raises(CaigenError, match="--critic-think off and --chat-template-kwarg"):
        settings.critic_sampling(CriticOptions(critic_think="off"), model, Sampling())


def test_which_machines_carry_the_rows(tmp_path: Path) -> None:
    assert build.cluster_of(ClusterOptions(), None) is None
    options = ClusterOptions("ray", "auto", 3, 2.0, 0.5)
    assert build.cluster_of(options, tmp_path) == Cluster("auto", 3, 2.0, 0.5)
    with pytest.raises(CaigenError, match="name it with --output"):
        build.cluster_of(options, None)


def test_the_defaults_are_the_librarys_own() -> None:
    """Written once for `--help` and once in the settings: they must not drift apart."""
    assert settings.label_settings(ComparisonOptions(), "first-last", Sampling()) == LabelSettings()
    assert settings.score_settings(ScoreOptions(), MODEL, SeededThinkOptions()) == ScoreSettings()
    assert build.engine_options(MODEL).stall == type(build.engine_options(MODEL))().stall
