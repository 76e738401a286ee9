"""What a shell offers at Tab for the value of an option."""

from pathlib import Path


def complete_name(incomplete: str) -> list[str]:
    """What a shell offers for a constitution: the shipped names, and YAML and JSON files and folders."""
    from caigen.constitution.load import shipped_constitutions

    names = [name for name in shipped_constitutions() if name.startswith(incomplete)]
    folder, slash, beginning = incomplete.rpartition("/")
    try:
        entries = sorted(Path(folder + slash or ".").iterdir())
    except OSError:
        return names
    for entry in entries:
        if not entry.name.startswith(beginning) or (entry.name.startswith(".") and not beginning):
            continue
        if entry.is_dir():
            names.append(f"{folder}{slash}{entry.name}/")
        elif entry.suffix in (".yaml", ".yml", ".json"):
            names.append(f"{folder}{slash}{entry.name}")
    return names
