"""Recipes: values of options under one name. Imports nothing of caigen.

A recipe is weaker than a flag, the environment and a `--config` file, and stronger than a default; given as a flag it
is stronger than the file. Each field is an
option's long name with `_` for `-`; a command takes those that it has.
"""

from dataclasses import dataclass, fields
from typing import Literal

RecipeName = Literal["default", "paper"]  # the keys of RECIPES


@dataclass(frozen=True)
class Recipe:
    """Values of options. The defaults of the fields are the options' own defaults.

    `rounds` is the number of critique and revision rounds, None for one round, or one for each principle with
    `--select all`. `tie` is how far from one half a decided probability is at least. `orders` is how often a pair is
    shown: once, or in both orders.
    """

    temperature: float = 0.7
    rounds: int | None = None
    always_revise: bool = False
    with_replacement: bool = False
    plain: bool = False
    principles_per_label: str = "rounds"
    orders: int = 2
    tie: float = 0.02


DEFAULT = Recipe()

RECIPES: dict[RecipeName, Recipe] = {
    "default": DEFAULT,
    # arXiv:2212.08073: sampling at temperature 1 (appendix), four revisions of every answer under principles drawn with
    # replacement, critiques in prose (3.1); labels under one drawn principle, in one order, all of them soft (4.1)
    "paper": Recipe(
        temperature=1.0,
        rounds=4,
        always_revise=True,
        with_replacement=True,
        plain=True,
        principles_per_label="1",
        orders=1,
        tie=0.0,
    ),
}


def recipe_values(name: RecipeName) -> dict[str, str | int | float | bool]:
    """The values that a recipe sets, by the long names of the options; those that equal the defaults are left out."""
    recipe = RECIPES[name]
    values = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    return {name.replace("_", "-"): value for name, value in values.items() if value != getattr(DEFAULT, name)}
