"""Which prompts count as those of an evaluation set."""

import pytest

from caigen.exports.decontaminate import Evaluations
from caigen.records import Message, Record


def prompt(*turns: str) -> Record:
    """Turns of user and assistant, the user first."""
    spoken = [Message(role="assistant" if number % 2 else "user", content=text) for number, text in enumerate(turns)]
    return Record(id="r", prompt=tuple(spoken))


def counted(count: int, prefix: str = "w") -> str:
    return " ".join(f"{prefix}{number}" for number in range(count))


def test_thirteen_words_in_a_row_and_not_twelve() -> None:
    known = Evaluations([prompt(counted(30))])
    for length in (8, 12):
        assert prompt(f"Say: {counted(length)} and so on") not in known
    assert prompt(f"Say: {counted(13)} and so on") in known
    assert prompt(f"Say: {counted(13).replace('w6', 'v6')} and so on") not in known


def test_only_what_users_say_counts() -> None:
    long = counted(20)
    assert prompt("Go on", long, "More?") not in Evaluations([prompt(long)])
    assert prompt(long) not in Evaluations([prompt("Go on", long, "More?")])
    told = Record(id="s", prompt=(Message(role="system", content=long), Message(role="user", content="Hi")))
    assert told not in Evaluations([prompt(long)])
    assert prompt("Go on", "Yes.", long) in Evaluations([prompt(long)])


def test_case_width_and_punctuation_do_not_count() -> None:
    known = Evaluations([prompt("How far is ABC from DEF?")])
    assert prompt("how far, is ａｂｃ from def") in known
    assert prompt("how far is abc from the def") not in known


TANK = "一个水池装有进水管和出水管，单开进水管六小时可以注满，单开出水管八小时可以放空，两管同时打开需要多少小时注满？"
APPLES = (
    "りんごが十二個あります。三人で同じ数ずつ分けたあと、一人が二個食べました。その人の手元には何個残っていますか？"
)
THAI = "มีแอปเปิ้ลสิบสองผล แบ่งให้เด็กสามคนเท่ากัน แล้วเด็กคนหนึ่งกินไปสองผล เขาเหลือแอปเปิ้ลกี่ผล"


@pytest.mark.parametrize("text", [TANK, APPLES, THAI])
def test_scripts_without_spaces(text: str) -> None:
    known = Evaluations([prompt(text)])
    assert prompt(text) in known
    assert prompt(f"请先写出思路，再给出答案。{text}请用整数小时回答。") in known
    assert prompt("怎样给多肉植物浇水？味噌汁の作り方を教えてください。") not in known


def test_a_row_of_twenty_chinese_characters_or_thirty_nine_thai_letters() -> None:
    chinese = "".join(chr(0x4E00 + number) for number in range(60))
    known = Evaluations([prompt(chinese)])
    assert prompt(f"ab {chinese[10:29]} cd") not in known
    assert prompt(f"ab {chinese[10:30]} cd") in known
    thai = "".join(chr(0x0E01 + number % 40) for number in range(80))
    known = Evaluations([prompt(thai)])
    assert prompt(f"ab {thai[10:48]} cd") not in known
    assert prompt(f"ab {thai[10:49]} cd") in known


def test_a_mixed_row_counts_each_for_its_part() -> None:
    mixed = "用 Python 写一个 function 计算两个 list 的交集 union 差集 and print 出来"
    known = Evaluations([prompt(mixed)])
    assert prompt(f"请 {mixed} 谢谢") in known
    assert prompt("请 用 Python 写一个 function 谢谢") not in known
