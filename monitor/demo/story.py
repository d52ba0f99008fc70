"""The site ages, the real pipeline looks at it when its own schedule says so, and alerts arrive at real receivers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from monitor.app import App
from monitor.check import Checked
from monitor.config import Config
from monitor.demo.receivers import Hook, Mailbox
from monitor.demo.site import Age, Site, ages
from monitor.model import Change, Outcome, Version
from monitor.report import document, redline

START = datetime(2025, 3, 10, 8, 0, tzinfo=UTC)
# The last age is looked at once: it shows a page that is not believed, not the alert that follows days of them.
LAST_GLANCE = timedelta(minutes=30)


class StoryClock:
    """A clock that the story sets."""

    def __init__(self, start: datetime) -> None:
        self.time = start

    def now(self) -> datetime:
        """The time of the story."""
        return self.time


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came in during a scene."""

    mails: tuple[EmailMessage, ...] = ()
    calls: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True)
class Scene:
    """One age of the site, and what the watch made of it."""

    age: Age
    starts: datetime
    looks: Counter[Outcome] = field(default_factory=Counter)
    suspicions: list[str] = field(default_factory=list)
    changes: list[redline.Redline] = field(default_factory=list)
    first: list[Version] = field(default_factory=list)
    arrived: Arrived = Arrived()


class Story:
    """Run as a context; `play` it once, then ask what was found."""

    def __init__(self, folder: Path) -> None:
        """`folder` takes the SQLite file."""
        self._folder = folder
        self._open = ExitStack()
        self._clock = StoryClock(START)
        self._changes: list[Change] = []
        self._suspects = 0

    def __enter__(self) -> Self:
        self._site = self._open.enter_context(Site(now=START))
        self._mailbox = self._open.enter_context(Mailbox())
        self._hook = self._open.enter_context(Hook())
        self._app = App(self._config(), clock=self._clock)
        self._open.callback(self._app.close)
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()

    def _config(self) -> Config:
        return Config.model_validate(
            {
                "monitor": {"every": "1d", "contact": "demo@kancil.example"},
                "storage": {"url": str(self._folder / "demo.db")},
                "fetch": {"allow_private": ["127.0.0.1"], "pace": "0s"},
                "notify": {
                    "email": {
                        "host": "127.0.0.1",
                        "port": self._mailbox.port,
                        "security": "none",
                        "from": "clausewatch@kancil.example",
                        "to": ["you@kancil.example"],
                    },
                    "webhook": {
                        "url": self._hook.url,
                        "secret": "whsec_ZGVtb25zdHJhdGlvbi1vbmx5LW5vdC1hLXNlY3JldA==",
                        "allow_private": True,
                    },
                },
                "policy": [
                    {
                        "name": "kancil-privacy",
                        "service": "Kancil",
                        "url": f"{self._site.url}/privacy",
                        "language": "en",
                    },
                    {
                        "name": "kancil-privasi",
                        "service": "Kancil",
                        "url": f"{self._site.url}/privasi",
                        "language": "ms",
                    },
                ],
            }
        )

    def play(self) -> Iterator[Scene]:
        """Live through the ages; each scene is given when it is over."""
        life = ages()
        starts = START
        for number, age in enumerate(life):
            starts += age.after
            self._site.age, self._site.now, self._clock.time = age, starts, max(self._clock.time, starts)
            ends = starts + (life[number + 1].after if number + 1 < len(life) else LAST_GLANCE)
            if number + 1 == len(life):
                for policy in self._app.store.policies():
                    self._app.store.postpone(policy.id, until=starts)
            yield self._live(Scene(age, starts), until=ends)

    def _live(self, scene: Scene, *, until: datetime) -> Scene:
        mails, calls = len(self._mailbox.mails), len(self._hook.calls)
        store = self._app.store
        while (due := store.next_due()) is not None and due < until:
            self._clock.time = max(self._clock.time, due)
            for policy in store.due(now=self._clock.time, limit=len(store.policies())):
                result = self._app.looks.look(policy)
                assert isinstance(result, Checked), result
                self._note(scene, result)
            self._app.deliver()
        scene.arrived = Arrived(tuple(self._mailbox.mails[mails:]), tuple(self._hook.calls[calls:]))
        return scene

    def _note(self, scene: Scene, result: Checked) -> None:
        store, committed = self._app.store, result.committed
        scene.looks[result.outcome] += 1
        if result.outcome is Outcome.SUSPECT:
            self._suspects += 1
            scene.suspicions.append(f"{result.policy.spec.name}: {result.record.observation.detail}")
        if result.outcome is Outcome.FIRST and committed.version_id is not None:
            scene.first.append(store.version(committed.version_id))
        if committed.change_id is not None:
            change = store.change(committed.change_id)
            self._changes.append(change)
            old, new = store.version(change.old_version_id), store.version(change.new_version_id)
            scene.changes.append(redline.from_change(result.policy, change, old, new))

    @property
    def mails(self) -> list[EmailMessage]:
        """All mails that arrived."""
        return self._mailbox.mails

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self._folder / "demo.db"

    def found(self) -> dict[str, Any]:
        """What the watch found, for a program."""
        store = self._app.store
        names = {policy.id: policy.spec.name for policy in store.policies()}
        return {
            "versions": sum(len(store.versions(number)) for number in names),
            "changes": [
                {
                    "policy": names[change.policy_id],
                    "kind": change.kind,
                    "significance": change.significance,
                    "silent": change.silent,
                    "summary": change.summary,
                    "operations": self._operations(change),
                }
                for change in self._changes
            ],
            "alerts": {"email": len(self._mailbox.mails), "webhook": len(self._hook.calls)},
            "suspects": self._suspects,
        }

    def _operations(self, change: Change) -> list[dict[str, Any]]:
        old, new = (self._app.store.version(number) for number in (change.old_version_id, change.new_version_id))
        policy = next(policy for policy in self._app.store.policies() if policy.id == change.policy_id)
        shown = document.document(redline.from_change(policy, change, old, new))
        return [
            {
                "kind": operation["kind"],
                "old": [clause["text"] for clause in operation["old"]],
                "new": [clause["text"] for clause in operation["new"]],
            }
            for operation in shown["operations"]
        ]
