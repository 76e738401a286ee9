"""Chat template families as small data: how each writes turns and thoughts, with a tokenizer of its own kind."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

CORPUS = [
    "Yes No A B assistant user system analysis final thought The answer is 4. First, 2 plus 2. How much"
    " is 2 + 2? 是 否 是",
    "Reply with A or B only. Reply with Yes or No only. table code head Hello, world!\n\nA\n\nB\n\nYes\n\nNo",
] * 8


@dataclass(frozen=True)
class Family:
    """`template` as its models have it, cut down; `special` and `plain` are added tokens, the second not special.

    `habit` is what the model writes by itself at the start of a turn, before a thought; None where it answers at once.
    `close` stands between a thought and an answer. `off` and `on` are how the prompt ends there, None where refused.
    """

    name: str
    template: str
    special: tuple[str, ...]
    plain: tuple[str, ...] = ()
    habit: str | None = None
    close: str = "\n</think>\n\n"
    off: str = ""
    on: str | None = None
    auto: str = ""
    spaces: bool = False  # SentencePiece's way


def turns(begin: str, end: str, after: str, *, name: str = "m.role") -> str:
    """A template of turns and what comes where the assistant speaks."""
    return (
        "{% for m in messages %}"
        + begin.replace("ROLE", "{{ " + name + " }}")
        + "{{ m.content }}"
        + end
        + "{% endfor %}"
        "{% if add_generation_prompt %}" + after + "{% endif %}"
    )


CHATML = ("<|im_start|>ROLE\n", "<|im_end|>\n")
CHATML_TOKENS = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
TAGS = ("<think>", "</think>")
START = "<|im_start|>assistant\n"
EMPTY = "<think>\n\n</think>\n\n"

FAMILIES = [
    Family(
        "qwen3",
        turns(
            *CHATML, START + "{% if enable_thinking is defined and enable_thinking is false %}" + EMPTY + "{% endif %}"
        ),
        CHATML_TOKENS,
        (*TAGS, "<tool_call>", "</tool_call>"),
        habit="<think>\n",
        off=START + EMPTY,
        on=START + "<think>\n",
        auto=START,
    ),
    Family(
        "qwq",
        turns(*CHATML, START + "<think>\n").replace("{{ m.content }}", "{{ m.content.split('</think>')[-1] }}"),
        CHATML_TOKENS,
        TAGS,
        habit="",
        off=START + "<think>\n\n</think>\n\n",
        on=START + "<think>\n",
        auto=START + "<think>\n",
    ),
    Family(
        "deepseek-r1",
        turns(
            "{% if m.role == 'user' %}<｜User｜>{% elif m.role == 'assistant' %}<｜Assistant｜>{% endif %}",
            "",
            "<｜Assistant｜><think>\n",
        ),
        ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        ("<｜User｜>", "<｜Assistant｜>", *TAGS),
        habit="",
        off="<｜Assistant｜><think>\n\n</think>\n\n",
        on="<｜Assistant｜><think>\n",
        auto="<｜Assistant｜><think>\n",
    ),
    Family(
        "deepseek-v3.1",
        turns(
            "{% if m.role == 'user' %}<｜User｜>{% elif m.role == 'assistant' %}<｜Assistant｜></think>{% endif %}",
            "",
            "<｜Assistant｜>{% if thinking is defined and thinking %}<think>{% else %}</think>{% endif %}",
        ),
        ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        ("<｜User｜>", "<｜Assistant｜>", *TAGS),
        close="</think>",
        off="<｜Assistant｜></think>",
        on="<｜Assistant｜><think>",
        auto="<｜Assistant｜></think>",
    ),
    Family(
        "gpt-oss",
        "<|start|>system<|message|>Reasoning: {{ reasoning_effort or 'medium' }}\n\n# Valid channels:"
        " analysis, final.<|end|>"
        + turns(
            "<|start|>ROLE{% if m.role == 'assistant' %}<|channel|>final{% endif %}<|message|>",
            "<|end|>",
            "<|start|>assistant",
        ),
        ("<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>", "<|call|>", "<|constrain|>"),
        habit="<|channel|>analysis<|message|>",
        close="<|end|><|start|>assistant<|channel|>final<|message|>",
        off="<|start|>assistant<|channel|>final<|message|>",
        on="<|start|>assistant<|channel|>analysis<|message|>",
        auto="<|start|>assistant",
    ),
    Family(
        "magistral",
        "<s>[SYSTEM_PROMPT]Think first: [THINK]your thoughts[/THINK]then answer.[/SYSTEM_PROMPT]"
        "{% for m in messages %}{% if m.role == 'assistant' %}{{ m.content }}</s>{% else %}[INST]"
        "{{ m.content }}[/INST]{% endif %}{% endfor %}",
        ("<s>", "</s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[THINK]", "[/THINK]"),
        habit="[THINK]",
        close="[/THINK]",
        off="[/INST][THINK][/THINK]",
        on="[/INST][THINK]",
        auto="[/INST]",
    ),
    Family(
        "seed-oss",
        turns(
            "<seed:bos>ROLE\n",
            "<seed:eos>",
            "<seed:bos>assistant\n{% if thinking_budget is defined and thinking_budget == 0 %}"
            "<seed:think>\n<seed:cot_budget_reflect>I answer at once.</seed:cot_budget_reflect>\n</seed:think>"
            "{% endif %}",
        ),
        ("<seed:bos>", "<seed:think>", "</seed:think>", "<seed:cot_budget_reflect>", "</seed:cot_budget_reflect>"),
        ("<seed:eos>",),  # not special, but written by the template
        habit="<seed:think>\n",
        close="</seed:think>",
        off="</seed:cot_budget_reflect>\n</seed:think>",
        on="<seed:bos>assistant\n<seed:think>\n",
        auto="<seed:bos>assistant\n",
    ),
    Family(
        "granite-3.3",
        "{% if thinking %}<|start_of_role|>system<|end_of_role|>Think between <think></think>, answer between "
        "<response></response>.<|end_of_text|>\n{% endif %}"
        + turns(
            "<|start_of_role|>ROLE<|end_of_role|>", "<|end_of_text|>\n", "<|start_of_role|>assistant<|end_of_role|>"
        ),
        ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
        close="</think><response>",
        off="<|start_of_role|>assistant<|end_of_role|>",
        on="<|start_of_role|>assistant<|end_of_role|><think>\n",
        auto="<|start_of_role|>assistant<|end_of_role|>",
    ),
    Family(
        "command-a-reasoning",
        turns(
            "<|START_OF_TURN_TOKEN|>{% if m.role == 'user' %}<|USER_TOKEN|>{% else %}<|CHATBOT_TOKEN|>{% endif %}",
            "<|END_OF_TURN_TOKEN|>",
            "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{% if reasoning is defined and not reasoning %}"
            "<|START_THINKING|><|END_THINKING|>{% else %}<|START_THINKING|>{% endif %}",
        ),
        (
            *("<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>"),
            *("<|START_THINKING|>", "<|END_THINKING|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>"),
        ),
        habit="",
        close="<|END_THINKING|><|START_RESPONSE|>",
        off="<|CHATBOT_TOKEN|><|START_THINKING|><|END_THINKING|>",
        on="<|CHATBOT_TOKEN|><|START_THINKING|>",
        auto="<|CHATBOT_TOKEN|><|START_THINKING|>",
    ),
    Family(
        "smollm3",
        "{% if enable_thinking is not defined %}{% set enable_thinking = true %}{% endif %}"
        "<|im_start|>system\nReasoning Mode: "
        "{% if enable_thinking %}/think{% else %}/no_think{% endif %}<|im_end|>\n"
        + turns(*CHATML, START + "{% if not enable_thinking %}<think>\n\n</think>\n{% endif %}"),
        CHATML_TOKENS,
        TAGS,
        habit="<think>\n",
        off=START + "<think>\n\n</think>\n",
        on=START + "<think>\n",
        auto=START,
    ),
    Family(
        "glm-4.5",
        "[gMASK]<sop>"
        + turns(
            "<|ROLE|>\n",
            "",
            "<|assistant|>{% if enable_thinking is defined and not enable_thinking %}\n<think></think>{% endif %}",
        ),
        ("[gMASK]", "<sop>", "<|user|>", "<|assistant|>", "<|system|>"),
        TAGS,
        habit="\n<think>",
        close="</think>\n",
        off="<|assistant|><think></think>",
        on="<|assistant|><think>\n",
        auto="<|assistant|>",
    ),
    Family(
        "exaone-deep",
        turns("[|ROLE|]", "[|endofturn|]\n", "[|assistant|]<thought>\n"),
        ("[|user|]", "[|assistant|]", "[|system|]", "[|endofturn|]"),
        habit="",
        close="\n</thought>\n\n",
        off="[|assistant|]<thought>\n\n</thought>\n\n",
        on="[|assistant|]<thought>\n",
        auto="[|assistant|]<thought>\n",
    ),
    *(
        Family(
            name,
            "{# <thinking> #}<|begin_system|>\nAnswer behind the marker [BEGIN FINAL RESPONSE].\n"
            + turns("<|begin_ROLE|>\n", "\n<|end|>\n", "<|begin_assistant|>\nHere are my reasoning steps:\n"),
            ("<|begin_system|>", "<|begin_user|>", "<|begin_assistant|>", "<|end|>", *added),
            habit="",
            close="\n[BEGIN FINAL RESPONSE]\n",
            off="<|begin_assistant|>\nHere are my reasoning steps:\n\n[BEGIN FINAL RESPONSE]\n",
            on="<|begin_assistant|>\nHere are my reasoning steps:\n",
            auto="<|begin_assistant|>\nHere are my reasoning steps:\n",
        )
        for name, added in (("apriel-1.5", ()), ("apriel-1.6", ("[BEGIN FINAL RESPONSE]",)))
    ),
    Family(
        "capitals",
        turns(*CHATML, START + "<THINK>\n"),
        CHATML_TOKENS,
        ("<THINK>", "</THINK>"),
        habit="",
        close="\n</THINK>\n\n",
        off=START + "<THINK>\n\n</THINK>\n\n",
        on=START + "<THINK>\n",
        auto=START + "<THINK>\n",
    ),
    Family(
        "gemma-4",
        "<bos>"
        + turns(
            "<|turn>ROLE\n",
            "<turn|>\n",
            "<|turn>model\n{% if not enable_thinking %}<|channel>thought\n<channel|>{% endif %}",
        ),
        ("<bos>", "<|turn>", "<turn|>", "<|channel>", "<channel|>"),
        close="<channel|>",
        off="<|turn>model\n<|channel>thought\n<channel|>",
        on="<|turn>model\n<|channel>thought\n",
        auto="<|turn>model\n<|channel>thought\n<channel|>",
        spaces=True,
    ),
    Family(
        "llama-3",
        "<|begin_of_text|>"
        + turns(
            "<|start_header_id|>ROLE<|end_header_id|>\n\n",
            "<|eot_id|>",
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        off="<|end_header_id|>\n\n",
        auto="<|end_header_id|>\n\n",
    ),
    Family(
        "gemma-3",
        "<bos>{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
        + turns("<start_of_turn>ROLE\n", "<end_of_turn>\n", "<start_of_turn>model\n"),
        ("<bos>", "<start_of_turn>", "<end_of_turn>", "<eos>"),
        ("<table>", "<h1>", "<code>", "<unused7>"),
        off="<start_of_turn>model\n",
        auto="<start_of_turn>model\n",
        spaces=True,
    ),
    Family(
        "mistral-v0.1",
        "<s>{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]{% else %}"
        "{{ m.content }}</s>{% endif %}{% endfor %}",
        ("<s>", "</s>", "<unk>"),
        off=" [/INST]",
        auto=" [/INST]",
        spaces=True,
    ),
]
THINKING = [family for family in FAMILIES if family.on is not None]


@cache
def tokenizer_of(family: Family) -> Any:
    """A small tokenizer of the family's kind with its added tokens and chat template."""
    made = _sentencepiece() if family.spaces else _byte_level()
    made.add_special_tokens([AddedToken(name, special=True) for name in family.special])
    made.add_tokens([AddedToken(name, special=False) for name in family.plain])
    wrapped = PreTrainedTokenizerFast(tokenizer_object=made, clean_up_tokenization_spaces=False)
    wrapped.chat_template = family.template
    return wrapped


def _byte_level() -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=440, initial_alphabet=alphabet, show_progress=False)
    )
    return made


def _sentencepiece() -> Tokenizer:
    """As Llama 2 and Mistral have it: spaces as signs, one before the text, what is not in the vocabulary in bytes."""
    made = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    letters = sorted({sign for line in CORPUS for sign in line if sign > " "} | {"▁"} | set(map(chr, range(33, 127))))
    words = [f"▁{word}" for line in CORPUS for word in line.split()]
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=letters,
        special_tokens=["<unk>", *(f"<0x{byte:02X}>" for byte in range(256))],
        show_progress=False,
    )
    made.train_from_iterator([word.replace("▁", " ") for word in words] + ["Yes", "No", "\nYes\nNo"], trainer)
    # the trainer's bytes and marks are words of the vocabulary here, not tokens that a text is searched for
    told = json.loads(made.to_str())
    told["added_tokens"] = []
    made = Tokenizer.from_str(json.dumps(told))
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    made.pre_tokenizer = None
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return made
