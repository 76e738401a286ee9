"""What the server counts, in Prometheus' text. The only import of prometheus_client."""

import importlib
from typing import Any

from caigen.errors import needs

PATHS = ("/get_reward", "/score", "/compare", "/health", "/metrics")


def need(name: str) -> Any:
    """A library of the server.

    Raises CaigenError where it is missing.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise needs("serve", f"caigen serve needs {name}", error) from error


class Metrics:
    """Requests by path and status, seconds to an answer, texts that were judged, and those without a reward by reason."""

    def __init__(self) -> None:
        self._library = need("prometheus_client")
        self._registry = self._library.CollectorRegistry()
        self.requests = self._counter("caigen_requests", "Requests by path and status.", "path", "status")
        self.texts = self._counter("caigen_texts", "Texts judged.")
        self.unread = self._counter("caigen_texts_unread", "Texts without a reward, by reason.", "reason")
        self.seconds = self._library.Histogram(
            "caigen_request_seconds", "Seconds to an answer.", ("path",), registry=self._registry
        )

    def count(self, path: str, status: int, seconds: float) -> None:
        """One request that was answered."""
        known = path if path in PATHS else "other"
        self.requests.labels(known, str(status)).inc()
        self.seconds.labels(known).observe(seconds)

    def text(self) -> str:
        """All of it."""
        found: bytes = self._library.generate_latest(self._registry)
        return found.decode()

    def _counter(self, name: str, said: str, *labels: str) -> Any:
        return self._library.Counter(name, said, labels, registry=self._registry)
