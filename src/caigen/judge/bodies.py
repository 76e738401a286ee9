"""The JSON bodies that the server is sent, as pydantic models. A bad body is a CaigenError that says what is wrong.

Validators raise CaigenError, which pydantic passes on as it is, so that a client reads one sentence of ours.
"""

from typing import Annotated, Any, Self, TypeVar

import orjson
from pydantic import BaseModel, BeforeValidator, Field, model_validator

from caigen.errors import CaigenError
from caigen.judge.rollouts import Text, Unread, encoding_fault, messages_of, text_of
from caigen.records import Message

MAX_TEXTS = 4096  # of one request


class BodyError(CaigenError):
    """A body that is no JSON, or holds half of a surrogate pair, which no UTF-8 can write."""


def _check_list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_TEXTS:
        raise CaigenError(f'"{name}" is a list of at most {MAX_TEXTS}')
    return value


def _check_texts(value: Any, name: str) -> list[str]:
    texts = _check_list(value, name)
    for text in texts:
        if not isinstance(text, str):
            raise CaigenError(f'"{name}" is a list of texts')
        if fault := encoding_fault(text):
            raise CaigenError(f'a text of "{name}" {fault}')
    return texts


def _check_text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CaigenError(f'"{name}" is needed, a text')
    if fault := encoding_fault(value):
        raise CaigenError(f'"{name}" {fault}')
    return value


def _check_response(value: Any) -> str:
    # an empty response is allowed: it has no reward, as in training
    if not isinstance(value, str):
        raise CaigenError('"response" is needed, a text')
    if fault := encoding_fault(value):
        raise CaigenError(f'"response" {fault}')
    return value


def _check_item(value: Any) -> Any:
    if not isinstance(value, dict):
        raise CaigenError('an item is an object with a "prompt" and a "response"')
    return value


# the validators run on absent fields too (validate_default), so that one message covers absent and wrong values
Prompt = Annotated[tuple[Message, ...], BeforeValidator(messages_of), Field(default=None, validate_default=True)]
Response = Annotated[str, BeforeValidator(_check_response), Field(default=None, validate_default=True)]


class Item(BaseModel):
    """A text to score; `id` is the id of its record."""

    prompt: Prompt
    response: Response
    id: Any = None

    def text(self) -> Text | Unread:
        """The item as a text to judge; a response without words is `Unread`."""
        return text_of(self.prompt, self.response, id=self.id)


class ScoreBody(BaseModel):
    """POST /score: one item, or `items`, a list of them."""

    items: Annotated[
        list[Annotated[Item, BeforeValidator(_check_item)]], BeforeValidator(lambda value: _check_list(value, "items"))
    ]

    @model_validator(mode="before")
    @classmethod
    def _as_list(cls, body: dict[str, Any]) -> dict[str, Any]:
        return body if "items" in body else {"items": [body]}

    def texts(self) -> list[Text | Unread]:
        """The items as texts to judge."""
        return [item.text() for item in self.items]


class RewardBody(BaseModel):
    """POST /get_reward, OpenRLHF's: `query` and `prompts` as rendered, and `labels`.

    `prompts` and `labels` may be empty or absent.
    """

    query: Annotated[list[str], BeforeValidator(lambda value: _check_texts(value, "query"))]
    prompts: Annotated[list[str], BeforeValidator(lambda value: _check_texts(value or [], "prompts"))] = []
    labels: Annotated[list[Any], BeforeValidator(lambda value: _check_list(value or [], "labels"))] = []

    @model_validator(mode="before")
    @classmethod
    def _has_query(cls, body: dict[str, Any]) -> dict[str, Any]:
        if "query" not in body:
            raise CaigenError('"query" is needed, a list of texts (POST /score takes "prompt" and "response")')
        return body

    @model_validator(mode="after")
    def _same_lengths(self) -> Self:
        for rows in (self.prompts, self.labels):
            if rows and len(rows) != len(self.query):
                raise CaigenError("query, prompts and labels are lists of one length")
        return self


class CompareBody(BaseModel):
    """POST /compare: two texts for a prompt, and the principle to compare them under."""

    prompt: Prompt
    a: Annotated[str, BeforeValidator(lambda value: _check_text(value, "a")), Field(None, validate_default=True)]
    b: Annotated[str, BeforeValidator(lambda value: _check_text(value, "b")), Field(None, validate_default=True)]
    principle: Annotated[
        str, BeforeValidator(lambda value: _check_text(value, "principle")), Field(None, validate_default=True)
    ]


Body = TypeVar("Body", bound=BaseModel)


def read_body(model: type[Body], raw: bytes) -> Body:
    """The body of a request. Raises CaigenError.

    FastAPI's own reader would take NaN and half surrogate pairs, which no answer can be written with, and refuse JSON
    that comes without its content type, as from `curl -d`.
    """
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BodyError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise CaigenError("the body is not a JSON object")
    return model.model_validate(body)
