"""Write docs/cli.md from the commands' own `--help`."""

from pathlib import Path

from caigen.cli.reference import reference

if __name__ == "__main__":
    Path(__file__).with_name("cli.md").write_text(reference(), "utf-8")
