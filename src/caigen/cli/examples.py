"""The examples under the `--help` of each main command."""

EXAMPLES = {
    "try": (
        'caigen try "My kitchen smells of gas." -c energy.yaml -m Qwen/Qwen2.5-7B-Instruct',
        'caigen try "Where is my refund?" --response "It comes tomorrow." -c energy.yaml --principle ENE-001',
    ),
    "sample": ("caigen sample prompts.jsonl -m Qwen/Qwen2.5-7B-Instruct -n 4 -o answers.jsonl",),
    "critique": (
        "caigen critique answers.jsonl -c legal -o critiques.jsonl",
        "caigen critique prompts.jsonl --preview 3 -m Qwen/Qwen2.5-7B-Instruct",
    ),
    "revise": (
        "caigen critique prompts.jsonl | caigen revise --rounds 3 -o revised.jsonl",
        "caigen revise answers.jsonl -c energy.yaml --select all -o revised.jsonl",
    ),
    "label": ("caigen label revised.jsonl --endpoint http://localhost:8000/v1 -o labelled.jsonl",),
    "score": ("caigen score revised.jsonl -c energy.yaml -o scored.jsonl",),
    "run": (
        "caigen run prompts.jsonl -c energy.yaml -m Qwen/Qwen2.5-7B-Instruct --rounds 2 -n 2 -o out",
        "caigen run prompts.jsonl --endpoint http://localhost:8000/v1 --preview 5 --gpu-price 3.50 -o out",
    ),
    "export-pairs": (
        "caigen export-pairs out/records.jsonl -o pairs.jsonl",
        "caigen export-pairs labelled.jsonl --pairing labeled --to axolotl -o pairs.jsonl",
    ),
    "export-sft": ("caigen export-sft out/records.jsonl --only-revised -o sft.jsonl",),
    "show": (
        "caigen show out -n 3",
        "caigen show out --principle ENE-001 --verdict violates",
    ),
    "stats": ("caigen stats out",),
    "filter": ("caigen filter out --where verdict=violates | caigen show - -n 1",),
    "calibrate": ("caigen calibrate known.jsonl --endpoint http://localhost:8000/v1",),
    "serve": ("caigen serve -c energy.yaml -m Qwen/Qwen2.5-7B-Instruct --port 8100",),
}


def epilog(command: str) -> str:
    """The examples of a command as a paragraph each, which Typer writes on lines of their own."""
    return "\n\n".join(["Examples:", *(f"  {example}" for example in EXAMPLES[command])])
