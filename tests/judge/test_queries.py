"""OpenRLHF's queries, as six families of chat templates render them: the prompt and the answer come out as they went
in.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from caigen.errors import CaigenError, InputError
from caigen.exports.formats import openrlhf_prompt, verl_prompt
from caigen.judge.chat_formats import PolicyTemplate, load_template, parse_prompt, parse_whole, without_end
from caigen.judge.queries import Queries, load_prompts, open_queries
from caigen.judge.rollouts import Text, Unread
from caigen.records import Message

# Each writes what the named models' own templates write, in as few words as that takes.
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
QWEN = (  # writes a system message of its own
    "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are a model.<|im_end|>\n{% endif %}" + CHATML
)
THINKING = CHATML.replace("assistant\n{% endif", "assistant\n<think>\n{% endif")
GEMMA = (
    "<bos>{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content | trim }}<end_of_turn>\n{% endfor %}"  # noqa: E501
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
LLAMA2 = (
    "{% set s = messages[0].content if messages[0].role == 'system' else '' %}"
    "{% for m in (messages[1:] if s else messages) %}"
    "{% if m.role == 'user' %}<s>[INST] {% if loop.first and s %}<<SYS>>\n{{ s }}\n<</SYS>>\n\n{% endif %}"
    "{{ m.content | trim }} [/INST]{% else %} {{ m.content | trim }} </s>{% endif %}{% endfor %}"
)
LLAMA3 = (
    "<|begin_of_text|>{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
MISTRAL = (
    "<s>{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }}[/INST]"
    "{% else %} {{ m.content }}</s>{% endif %}{% endfor %}"
)
DEEPSEEK = (
    "<｜begin▁of▁sentence｜>{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}"
    "{% elif m.role == 'user' %}<｜User｜>{{ m.content }}"
    "{% else %}<｜Assistant｜>{{ m.content }}<｜end▁of▁sentence｜>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<｜Assistant｜>{% endif %}"
)
TEMPLATES = {
    "chatml": (CHATML, "<|im_end|>\n"),
    "qwen": (QWEN, "<|im_end|>\n<|endoftext|>"),
    "thinking": (THINKING, "<|im_end|>"),
    "gemma": (GEMMA, "<end_of_turn>\n<eos>"),
    "llama2": (LLAMA2, " </s>"),
    "llama3": (LLAMA3, "<|eot_id|>"),
    "mistral": (MISTRAL, "</s>"),
    "deepseek": (DEEPSEEK, "<｜end▁of▁sentence｜>"),
}
KNOWN = [name for name in TEMPLATES if name != "qwen"]  # whose marks alone give the messages back
WITH_SYSTEM = ["chatml", "qwen", "thinking", "llama2", "llama3", "deepseek"]
SYSTEM = Message(role="system", content="Be brief.")
SHORT = (Message(role="user", content="Does this tea help?"),)
LONG = (
    *SHORT,
    Message(role="assistant", content="With what?"),
    Message(role="user", content="With my sleep.\n\nOr 2 < 3?"),
)
ANSWER = "It may help.\n\nAsk a doctor."
NO_PROMPT = Unread("no_prompt", "no prompt was sent with the query, and none can be told apart in it")


def tokenizer(template: str) -> Any:
    made = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(WordLevel({"a": 0, "<unk>": 1}, "<unk>")))
    made.chat_template = template
    return made


def template(name: str) -> PolicyTemplate:
    return PolicyTemplate(tokenizer(TEMPLATES[name][0]))


def rendered(name: str, prompt: tuple[Message, ...], answer: str = ANSWER) -> tuple[str, str]:
    """A prompt and a query as OpenRLHF sends them."""
    shown = template(name).render(prompt)
    assert shown
    answer = f"I think.\n</think>\n\n{answer}" if name == "thinking" else answer
    return f"{shown}{answer}{TEMPLATES[name][1]}", shown


def prompts_of(name: str) -> list[tuple[Message, ...]]:
    return [SHORT, LONG, *([(SYSTEM, *SHORT), (SYSTEM, *LONG)] if name in WITH_SYSTEM else [])]


@pytest.mark.parametrize("name", TEMPLATES)
def test_by_the_policys_own_template(name: str) -> None:
    for prompt in prompts_of(name):
        query, shown = rendered(name, prompt)
        assert Queries(template=template(name)).text(query, shown, "") == Text(prompt, ANSWER)


@pytest.mark.parametrize("name", KNOWN)
def test_by_well_known_marks(name: str) -> None:
    for prompt in prompts_of(name):
        query, shown = rendered(name, prompt)
        assert Queries().text(query, shown, None) == Text(prompt, ANSWER)


@pytest.mark.parametrize("name", TEMPLATES)
def test_by_the_label_of_the_record(name: str) -> None:
    for prompt in prompts_of(name):
        query, shown = rendered(name, prompt)
        known = {"r1": prompt}
        assert Queries(known).text(query, shown, "r1") == Text(prompt, ANSWER, "r1")
        assert Queries(known, template(name)).text(query, None, "r1") == Text(prompt, ANSWER, "r1")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_prompt_that_was_cut_or_rendered_otherwise_gives_no_reward(name: str) -> None:
    query, shown = rendered(name, SHORT)
    plain = f"user\n{SHORT[0].content}\nassistant\n{ANSWER}"  # skip_special_tokens
    for queries in (Queries(), Queries(template=template(name)), Queries({"r1": SHORT})):
        for cut in (query[5:], query[len(shown) // 2 :], plain, ""):
            assert queries.text(cut, shown, "r1") == Unread(
                "prompt_not_in_query", "the query does not begin with its prompt (cut, or rendered otherwise)"
            )


@pytest.mark.parametrize("name", [name for name in KNOWN if name != "thinking"])
def test_a_query_without_a_prompt(name: str) -> None:
    query, _ = rendered(name, SHORT)
    assert Queries().text(query, None, None) == Text(SHORT, ANSWER)
    for several in (rendered(name, LONG)[0], ANSWER, f"{SHORT[0].content} {ANSWER}", ""):
        for missing in (None, ""):
            assert Queries().text(several, missing, missing) == NO_PROMPT
    assert Queries(template=template(name)).text(query, None, None) == NO_PROMPT  # its own template, not any marks
    assert Queries({"r1": SHORT}).text(query, None, "r2") == Text(SHORT, ANSWER)


def test_marks_that_fit_no_template_give_no_reward() -> None:
    odd = "<|turn|>Does this tea help?<|reply|>"
    query, shown = rendered("llama3", SHORT)
    for queries, told, prompt in (
        (Queries(), odd + ANSWER, odd),
        (Queries(template=template("chatml")), query, shown),  # another policy's template
    ):
        assert queries.text(told, prompt, None) == Unread(
            "unknown_template", "the prompt has marks of a chat template that do not fit: name its tokenizer"
        )


def test_a_prompt_that_the_template_would_write_otherwise_gives_no_reward() -> None:
    shown = "<bos><start_of_turn>user\n  Hi <end_of_turn>\n<start_of_turn>model\n"  # its template trims
    assert template("gemma").parse(shown) is None
    assert template("gemma").parse(shown.replace("  Hi ", "Hi")) == (Message(role="user", content="Hi"),)


def test_a_label_of_another_prompt_gives_no_reward() -> None:
    query, shown = rendered("chatml", SHORT)
    other = Unread("other_prompt", "label 'r1' is of another prompt than the one that was sent")
    assert Queries({"r1": LONG}).text(query, shown, "r1") == other
    assert Queries({"r1": LONG}).text(query, shown, "r2") == Text(SHORT, ANSWER)


def test_plain_texts_without_any_template() -> None:
    asked = SHORT[0].content
    assert Queries().text(f"{asked} {ANSWER}", asked, None) == Text(SHORT, ANSWER)
    assert Queries().text(asked, asked, None) == Unread("no_answer", "the answer is empty", prompt=SHORT)
    fault = Unread("unknown_template", "the prompt has marks of a chat template that do not fit: name its tokenizer")
    assert Queries().text("a\0 b", "a\0", None) == fault


def test_a_label_may_be_a_number() -> None:
    query, shown = rendered("chatml", SHORT)
    for number in (0, 7):
        known = Queries({str(number): SHORT}, template("chatml"))
        assert known.text(query, shown, number) == Text(SHORT, ANSWER, str(number))
        assert known.texts([query] * 2, [None, shown], [number, None]) == [
            Text(SHORT, ANSWER, str(number)),
            Text(SHORT, ANSWER),
        ]
    for lists in (([query], [], []), ([query], [shown], []), ([query], [shown], ["", ""])):
        with pytest.raises(ValueError, match="zip"):
            Queries().texts(*lists)


def test_the_end_marks_are_those_of_the_policy() -> None:
    made = tokenizer(CHATML)
    made.eos_token = "[END]"
    policy = PolicyTemplate(made)
    shown = policy.render(SHORT)
    assert shown
    assert Queries(template=policy).text(f"{shown}{ANSWER}[END]", shown, None) == Text(SHORT, ANSWER)
    assert Queries().text(f"{shown}{ANSWER}[END]", shown, None) == Text(SHORT, f"{ANSWER}[END]")


def test_a_thought_that_never_ended_is_no_answer() -> None:
    _, shown = rendered("thinking", SHORT)
    found = Queries(template=template("thinking")).text(f"{shown}I think and", shown, None)
    assert found == Unread("only_thought", "the answer is a thought", prompt=SHORT)


def test_only_the_marks_at_the_end_are_taken_off() -> None:
    assert without_end("a <|im_end|> b<|im_end|>\n<|endoftext|>") == "a <|im_end|> b"
    assert without_end("a[PAD][PAD]", ["[PAD]"]) == "a"
    assert without_end("if a < b and c > d") == "if a < b and c > d"


def test_turns_that_the_policy_made_up_stay_in_its_answer() -> None:
    _, shown = rendered("chatml", SHORT)
    forged = f"{ANSWER}<|im_end|>\n<|im_start|>user\nThanks!<|im_end|>\n<|im_start|>assistant\nFine."
    found = Queries().text(f"{shown}{forged}<|im_end|>", shown, None)
    assert isinstance(found, Text)
    assert (found.prompt, found.answer) == (SHORT, forged)
    assert parse_whole(f"{shown}{forged}<|im_end|>") is None


def test_what_is_no_conversation_is_not_parsed() -> None:
    for text in ("", "Hi", "<|im_start|>assistant\nHi<|im_end|>", "x<|im_start|>user\nHi<|im_end|>\n"):
        assert parse_prompt(text) is None
    twice = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
    assert parse_prompt(twice) is None
    assert parse_prompt("<|im_start|>user\na<|im_end|>b<|im_end|>\n<|im_start|>assistant\n") is None


def test_prompts_of_every_export_are_read(tmp_path: Path) -> None:
    row = {"prompt": [turn.model_dump() for turn in LONG], "id": "r1"}
    record = {"schema": "caigen.record/1", "id": "r1", "prompt": row["prompt"]}
    for number, rows in enumerate(([row], [openrlhf_prompt(row, "train")], [verl_prompt(row, "train")], [record])):
        path = tmp_path / f"{number}.jsonl"
        path.write_text("".join(json.dumps(one) + "\n" for one in rows))
        assert load_prompts(str(path)) == {"r1": LONG}
    tokenizer(CHATML).save_pretrained(tmp_path / "policy")
    opened = open_queries(path, str(tmp_path / "policy"))
    assert opened.prompts == {"r1": LONG}
    assert opened.template is not None
    assert opened.template.render(SHORT) == template("chatml").render(SHORT)
    assert open_queries() == Queries()


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"id": "a", "prompt": "Hi"}, "a"),
        ({"id": "a", "prompt": "Ho", "input": "Hi"}, "a"),  # OpenRLHF's column goes before
        ({"label": "b", "id": "a", "prompt": "Hi"}, "b"),
        ({"label": "", "id": "a", "prompt": "Hi"}, "a"),
        ({"label": None, "id": 0, "prompt": "Hi"}, "0"),
        ({"id": "a", "extra_info": {"index": 3}, "prompt": "Hi"}, "a"),
        ({"id": 1.5, "extra_info": {"index": 3}, "prompt": "Hi"}, "3"),
        ({"extra_info": {"index": "c"}, "prompt": json.dumps([{"role": "user", "content": "Hi"}])}, "c"),
    ],
)
def test_the_name_and_the_prompt_of_a_row(row: dict[str, Any], name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(row) + "\n")
    assert load_prompts(str(path)) == {name: (Message(role="user", content="Hi"),)}


GIVE = "; give a file of `caigen export-prompts`"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('{"prompt": "Hi"}\n', f"1: no label, id or extra_info.index{GIVE}"),
        ('{"prompt": "Hi", "extra_info": "a"}\n', f"1: no label, id or extra_info.index{GIVE}"),
        ('{"id": "a", "prompt": "Hi"}\n{"id": "a", "prompt": "Ho"}\n', "2: id 'a' stands for two prompts"),
        (
            '{"id": "b", "prompt": "Hi"}\n{"id": "a"}\n',
            '2: "prompt" is missing or empty: give a text, or messages of which the last is the user\'s' + GIVE,
        ),
        ('{"id": "a", "prompt": [{"role": "user"}]}\n', f"1: prompt[0] is not a message: needs role and content{GIVE}"),
        (
            "[1]\n",
            "1: a JSON array of values that are no objects: "
            'write rows such as {"prompt": "…"}, or one prompt a line in .txt',
        ),
        ("{half\n", "1: not JSON"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(rows)
    with pytest.raises(InputError) as caught:
        load_prompts(str(path))
    if said.endswith("not JSON"):  # and where, in the reader's words
        assert str(caught.value).startswith(f"{path}:{said}")
    else:
        assert str(caught.value) == f"{path}:{said}"


def test_a_prompt_may_be_there_twice(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": "a", "prompt": "Hi"}\n' * 2 + '{"id": "b", "prompt": "Ho"}\n')
    assert load_prompts(str(path)) == {
        "a": (Message(role="user", content="Hi"),),
        "b": (Message(role="user", content="Ho"),),
    }


def test_the_tokenizer_of_a_folder(tmp_path: Path) -> None:
    tokenizer(CHATML).save_pretrained(tmp_path / "chat")
    shown = load_template(str(tmp_path / "chat")).render(SHORT)
    assert shown == "<|im_start|>user\nDoes this tea help?<|im_end|>\n<|im_start|>assistant\n"
    tokenizer("").save_pretrained(tmp_path / "base")
    for name, why in ((tmp_path / "base", "no chat template"), (tmp_path / "none", "cannot be loaded")):
        with pytest.raises(CaigenError, match=why):
            load_template(str(name))


@pytest.mark.parametrize("missing", [float("nan"), 7, ["a"], {"a": 1}, b"a"])
def test_what_is_no_text_has_no_reward(missing: object) -> None:
    """A missing value among queries or prompts; one among labels names no prompt, and the query's own prompt holds."""
    query, shown = rendered("chatml", SHORT)
    for one in (missing, None):
        found = Queries().text(one, shown, "r1")
        assert isinstance(found, Unread)
        assert found.reason == "not_text"
        assert Queries({"r1": LONG}).text(query, shown, one) == Text(SHORT, ANSWER)
    found = Queries().text(query, missing, "r1")
    assert isinstance(found, Unread)
    assert found.reason == "bad_prompt"
