"""The server's counters, written in Prometheus' text format. The only import of prometheus_client."""

import importlib
from typing import Any

from caigen.errors import needs

POST_PATHS = ("/get_reward", "/score", "/compare")
PATHS = (*POST_PATHS, "/health", "/metrics")


def need(name: str) -> Any:
    """Import a library of the server and return its module.

    Raises CaigenError if it is missing.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise needs("serve", f"caigen serve needs {name}", error) from error


class Metrics:
    """Counts requests by path and status, seconds to an answer, texts judged, and texts without a reward by reason."""

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
        """Count one answered request; paths that the server does not have share the label `other`."""
        # any client can invent paths, and each label value is kept for good
        label = path if path in PATHS else "other"
        self.requests.labels(label, str(status)).inc()
        self.seconds.labels(label).observe(seconds)

    def text(self) -> str:
        """All counters as the page of /metrics."""
        page: bytes = self._library.generate_latest(self._registry)
        return page.decode()

    def _counter(self, name: str, description: str, *labels: str) -> Any:
        return self._library.Counter(name, description, labels, registry=self._registry)
