"""The address of a server: `what a user wrote -> base URL, query, deployment`; pasted URLs of one request too."""

import re
from dataclasses import dataclass
from urllib.parse import urlunsplit

from caigen.errors import EngineError
from caigen.text.secrets import parse_url

# the ends of URLs that people paste from a provider's page
_ENDS = re.compile(r"/(?:chat/completions|completions|chat|models|responses|embeddings)$")
_DEPLOYMENT = re.compile(r"^(?P<base>.*/openai/deployments/(?P<name>[^/]+))(?:/.*)?$")
_LOCAL_HOST = r"(?:localhost|\[[0-9a-f:]+\]|\d{1,3}(?:\.\d{1,3}){3})"
# A server without `http://`: match `localhost:8000/v1`, `gpu-07:8000`, `10.0.0.7:8000#m`, `localhost/v1`. No match:
# `llama3:8b`, `org/name:4`, `C:\models`.
_BARE = re.compile(
    rf"(?:{_LOCAL_HOST}(?::\d{{2,5}})?(?=[/#?]|$)|[a-z0-9][\w.-]*:\d{{2,5}}(?=[/#?]|$)).*", re.IGNORECASE
)
_AZURE_HOSTS = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com", ".azure-api.net")
# services whose temperature and top_p are 1 unless they are sent; others have defaults of their own
_HOSTS_WITH_DEFAULT_OF_ONE = ("api.openai.com", *_AZURE_HOSTS, "api.anthropic.com", "api.deepseek.com")


@dataclass(frozen=True)
class Address:
    """A server: its base URL without a query, the query that goes with every request, and what is known of its kind.

    `deployment` is the model in an Azure URL of the classic form. With `azure` the key goes into the `api-key` header.
    """

    base: str
    query: str = ""
    deployment: str = ""
    azure: bool = False
    default_of_one: bool = False

    def url(self, path: str) -> str:
        """The URL of a path below the base."""
        return f"{self.base}{path}?{self.query}" if self.query else f"{self.base}{path}"


def is_server(name: str) -> bool:
    """Whether a model is named by the server it is on: by a URL, or by `HOST:PORT` with or without a path."""
    return name.lower().startswith(("http://", "https://")) or bool(_BARE.fullmatch(name))


def with_scheme(text: str) -> str:
    """A server's URL with its scheme: `https://`, or `http://` for this machine, a number, and a host with a port."""
    if "://" in text:
        return text
    host = re.split(r"[/?#]", text, maxsplit=1)[0].rpartition("@")[2]
    plain = re.fullmatch(_LOCAL_HOST, host, re.IGNORECASE) or re.search(r":\d+$", host) or "." not in host
    return f"{'http' if plain else 'https'}://{text}"


def read_address(text: str) -> Address:
    """The address in a URL as a user writes or pastes it.

    `https://host/v1/chat/completions` gives `https://host/v1`, a URL without a path gets `/v1`. Raises EngineError for
    one that cannot be read, and for an Azure deployment without its version.
    """
    try:
        parts = parse_url(with_scheme(text.strip()))
    except ValueError as error:
        raise EngineError("the URL cannot be read; write http://HOST:PORT/v1") from error
    host, path = parts.hostname or "", parts.path.rstrip("/")
    azure = host.endswith(_AZURE_HOSTS)
    if found := _DEPLOYMENT.match(path):
        if "api-version=" not in parts.query:
            raise EngineError(
                f"{host}: the URL of an Azure deployment needs its version: …/openai/deployments/{found['name']}"
                "?api-version=…, or write …/openai/v1 with --model"
            )
        base = urlunsplit((parts.scheme, parts.netloc, found["base"], "", ""))
        return Address(base, parts.query, found["name"], azure=True, default_of_one=True)
    while end := _ENDS.search(path):
        path = path[: end.start()].rstrip("/")
    path = path or ("/openai/v1" if azure else "/v1")
    if azure and path == "/openai":
        path = "/openai/v1"
    base = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    return Address(base, parts.query, azure=azure, default_of_one=host.endswith(_HOSTS_WITH_DEFAULT_OF_ONE))
