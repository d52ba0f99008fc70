"""A channel by hand: it keeps what it was told, and fails when told to."""

from __future__ import annotations

from monitor.errors import DeliveryError
from monitor.model import Digest, Notice, Settled


class FakeChannel:
    """Implements `monitor.ports.Channel`."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.sent: list[Notice] = []
        self.digests: list[Digest] = []
        self._errors: list[DeliveryError] = []

    def refusing(
        self,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        settled: Settled = (),
        there: bool = False,
        stops: bool = False,
    ) -> FakeChannel:
        """Refuse the next notice; call again to refuse more."""
        self._errors.append(
            DeliveryError(
                "the fake refuses",
                permanent=permanent,
                retry_after=retry_after,
                settled=settled,
                there=there,
                stops=stops,
            )
        )
        return self

    def send(self, notice: Notice) -> None:
        """Keep it, or raise what was ordered."""
        if self._errors:
            raise self._errors.pop(0)
        self.sent.append(notice)

    def send_digest(self, digest: Digest) -> None:
        """The same for a digest."""
        if self._errors:
            raise self._errors.pop(0)
        self.digests.append(digest)
