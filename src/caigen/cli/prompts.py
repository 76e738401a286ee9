"""`caigen prompts show`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from caigen.cli import options as o
from caigen.cli.perform import check_stdin

if TYPE_CHECKING:
    from caigen.preview import Asked

app = typer.Typer(no_args_is_help=True, help="The prompts that a model gets.")


class Step(StrEnum):
    """A stage that asks a model."""

    sample = "sample"
    critique = "critique"
    revise = "revise"
    label = "label"
    score = "score"


@app.command()
def show(
    source: o.Input = "-",
    step: Annotated[list[Step], typer.Option("--step", help="Only this stage; repeatable.", show_default=False)] = [],  # noqa: B006
    constitution: o.ConstitutionName = None,
    principle: o.PrincipleIds = [],  # noqa: B006
    select: o.SelectOption = o.Select.random,
    style: o.StyleOption = o.Style.chat,
    plain: o.FreeText = False,
    few_shot: o.FewShot = None,
    templates: o.TemplateFolder = None,
    recipe: o.RecipeOption = o.Recipe.default,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            envvar="CAIGEN_MODEL",
            help="Show the text as this model's chat template writes it; `demo` for the bundled model.",
            rich_help_panel=o.MODEL,
        ),
    ] = None,
    seed: o.Seed = 0,
    on_error: o.OnErrorOption = o.OnError.fail,
    take: o.TakeOption = o.Take.none,
    limit: Annotated[int, typer.Option(min=1, help="Rows to show.", rich_help_panel=o.IN)] = 1,
) -> None:
    """Print what each stage would send for a row: every message, the JSON schema, the words that are read. No model is asked."""
    values = locals()
    check_stdin(source)
    import asyncio

    from caigen.cli.build import build_prompt_settings
    from caigen.engines.base import Sampling
    from caigen.engines.open import DEMO
    from caigen.io.read import Reader
    from caigen.preview import as_model_sees, asked
    from caigen.stages.resolve import adapt_to_demo_model, settings_for, with_matching_templates

    prompt_settings = build_prompt_settings(values, paper=recipe == o.Recipe.paper)
    prompt_settings = (
        adapt_to_demo_model(prompt_settings) if model == DEMO else with_matching_templates(prompt_settings)
    )
    rendered = as_model_sees(model) if model else None
    for record in Reader(source, on_error=on_error.value, take=take.value, limit=limit):
        found = asyncio.run(asked(record, settings_for({"": prompt_settings}, record), Sampling()))
        scores = [one for one in found if one.stage == Step.score]
        left_out = [] if step else scores[1:]  # they differ in the rule alone
        for one in found:
            if one not in left_out and (not step or one.stage in step):
                print(_shown(record.id, one, rendered(one.request) if rendered else None))
        if left_out:
            print(f"=== {record.id} · score: {len(left_out)} more like the last, of other rules: --step score ===\n")


def _shown(record_id: str, one: "Asked", rendered: str | None) -> str:
    """One request for a person to read: a heading, then each message under its role."""
    request = one.request
    lines = [f"=== {record_id} · {one.stage} ==="]
    if rendered is not None:
        lines.append(rendered)
    elif request.text is not None:
        lines.append(request.text)
    else:
        lines += [f"--- {turn.role} ---\n{turn.content}" for turn in request.messages]
    if request.schema:
        lines.append(f"--- JSON schema of the reply ---\n{request.schema}")
    if request.choices:
        lines.append(f"--- words whose probability is read ---\n{', '.join(request.choices)}")
    return "\n".join(lines) + "\n"
