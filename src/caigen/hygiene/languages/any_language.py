"""What is the same in every language: control tokens, speakers' names, and a critique before its revision."""

import re

from caigen.hygiene.rules import Rule, pattern

TURN_END = (
    r"(?:<\|(?:im_end|eot_id|eom_id|end|endoftext|end_of_text|eos|return)\|>|<end_of_turn>|<eos>|<｜end▁of▁sentence｜>)"
)
TOKEN = (
    rf"(?:{TURN_END}|<\|[\w-]{{1,40}}\|>|<｜[^｜\n<>]{{1,40}}｜>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>|<(?:bos|eos"
    rf"|pad)>|<</?SYS>>)"
)
ROLE = r"(?:assistant|model|user|system|final)"
SPEAKER = r"(?:Assistant|AI|Assistent|Assistant·e|Asistente|Model|Bot|助手|助理|アシスタント)"

CONTROL_HEAD = Rule(
    "control_token",
    "any",
    pattern(rf"(?:{TOKEN}\s{{0,4}}(?:{ROLE}(?=\s{{0,2}}(?:\n|<)))?\s{{0,4}}){{1,8}}"),
    (
        "<|im_start|>assistant\nTea may help.",
        "<s>Tea may help.",
        "<|start_header_id|>assistant<|end_header_id|>\n\nTea.",
        "[/INST] Tea.",
    ),
    ("<table><tr><td>Tea</td></tr></table>", "< 5 % of people", "[1] Tea"),
)
CONTROL_TAIL = Rule(
    "control_token",
    "any",
    pattern(rf"(?:{TOKEN}\s{{0,4}}){{1,8}}$"),
    ("Tea may help.<|eot_id|>", "Tea may help. </s>", "Tea may help.\n<end_of_turn>\n<eos>", "Tea may help.<|im_end|>"),
    ("It ends a turn with <|im_end|> and goes on.", "`</s>`", "a < b > c"),
    "close",
)
CRITIQUE_HEAD = Rule(
    "role_tag",
    "any",
    pattern(
        r"[*#_ ]{0,6}(?:critique|kritik|crítica|批评|批評|评论)[*_]{0,3}\s?[:：].{0,3800}?\n[*#_ \t]{0,8}"
        r"(?:revision|revised (?:answer|response|reply)|überarbeitung|überarbeitete antwort|révision|réponse révisée"
        r"|revisión|respuesta revisada|修改|修订|修改后的回答|修正|修正後の回答)[*_]{0,3}\s?[:：][*_]{0,3}"
    ),
    (
        "Critique: it promises.\n\nRevision: Tea may help.",
        "**Kritik:** zu viel.\n\n**Überarbeitung:** Tee kann helfen.",
    ),
    ("Critique: it promises.", "Criticism: harsh.\n\nRevision: none"),
)
ASSISTANT = Rule(
    "role_tag",
    "any",
    re.compile(rf"\**{SPEAKER}\**\s?[:：]\**"),
    ("Assistant: Tea may help.", "**AI:** Tea may help.", "助手：茶可能有帮助。"),
    ("Assistants: two.", "Assistant professor: Ana Ruiz."),
)
RULES = (CONTROL_HEAD, CONTROL_TAIL, CRITIQUE_HEAD, ASSISTANT)
