"""A judge over HTTP for tests of rewards: it sees which texts promise too much, and gives no verdict on some."""

import json
import math
import threading
from typing import Any

from tests.server import Server

PROMPT, BAD, GOOD, UNREADABLE = "Does this tea help?", "It never fails.", "It may help.", "UNREADABLE"
BROKEN, KEPT = 0.9, 0.1  # probability of Yes


def answer(p: float | None) -> bytes:
    """A chat completion whose first token is Yes with probability `p`; prose without log-probabilities for None."""
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "logprobs": None}
    choice["message"] = {"role": "assistant", "content": "I would rather not say."}
    if p is not None:
        top = [{"token": word, "logprob": math.log(q)} for word, q in sorted({"Yes": p, "No": 1 - p}.items())]
        choice["message"]["content"] = "Yes" if p > 0.5 else "No"
        choice["logprobs"] = {"content": [{**top[0], "top_logprobs": top}]}
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 4, "completion_tokens": 1}}).encode()


class JudgeServer(Server):
    """Answers Yes to what `never fails`, prose to `UNREADABLE`; `SLOW` is not answered before `release`."""

    def __init__(self, unread_rule: str = "") -> None:
        self.unread_rule = unread_rule  # principles with these words cannot be read for any text
        self.slow, self.at_once, self.most = threading.Event(), 0, 0
        self._lock = threading.Lock()
        super().__init__(self._reply)

    def release(self) -> None:
        """Answer what waits."""
        self.slow.set()

    def shown(self) -> list[str]:
        """What the judge was asked, so far."""
        return ["\n".join(turn["content"] for turn in body["messages"]) for _, body in self.asked]

    def close(self) -> None:
        self.release()
        super().close()

    def _reply(self, path: str, body: dict[str, Any]) -> tuple[Any, ...]:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        try:
            text = "\n".join(turn["content"] for turn in body["messages"])
            if "SLOW" in text:
                self.slow.wait(60)
            if "UNREADABLE" in text or (self.unread_rule and self.unread_rule in text):
                return 200, answer(None)
            return 200, answer(BROKEN if "never fails" in text else KEPT)
        finally:
            with self._lock:
                self.at_once -= 1
