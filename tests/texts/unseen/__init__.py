"""Twenty-five lists of planted words and nine of genuine answers, each written before the patterns were mended for it."""

from importlib import import_module
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*_*.py") if path.stem != "__init__")
MODULES = {name: import_module(f"{__name__}.{name}") for name in NAMES}
PLANTED = {name: module.PLANTED for name, module in MODULES.items() if name.startswith("list_")}
GENUINE = [
    (language, text)
    for name, module in MODULES.items()
    if name.startswith("genuine_")
    for language, texts in module.GENUINE.items()
    for text in texts
]
