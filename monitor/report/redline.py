"""The view that every rendering takes: two texts compared, and what is known of them and of the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.model import (
    Bracket,
    Capture,
    Change,
    ChangeKind,
    Diff,
    Meaning,
    Policy,
    PolicyKind,
    PublicCopy,
    Significance,
    StatedDates,
    Version,
)
from monitor.practices import meaning
from monitor.report.meaning import told_line

_NOUNS = {
    PolicyKind.PRIVACY: "privacy policy",
    PolicyKind.TERMS: "terms",
    PolicyKind.COOKIES: "cookie policy",
    PolicyKind.DPA: "data processing agreement",
    PolicyKind.SUBPROCESSORS: "subprocessor list",
    PolicyKind.ACCEPTABLE_USE: "acceptable use policy",
    PolicyKind.AI: "AI policy",
    PolicyKind.OTHER: "policy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two texts: a version of a policy, or a file or URL that was given."""

    label: str  # "version 3", "old.html"
    number: int = 0  # of a confirmed version; 0 for others
    digest: str = ""
    language: str | None = None
    dates: StatedDates = StatedDates()  # noqa: RUF009 - frozen
    first_seen: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A capture that shows the new text. `digest` is the SHA-256 of its decoded bytes."""

    url: str
    taken: datetime
    digest: str
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The policy that the two texts belong to."""

    name: str
    service: str
    kind: PolicyKind
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redline:
    """Two texts compared, ready to be rendered. Fields that only a stored change has are empty for bare files."""

    title: str
    old: Side
    new: Side
    diff: Diff
    summary: str
    subject: Subject | None = None
    change_id: int | None = None
    kind: ChangeKind | None = None
    significance: Significance | None = None
    why: str = ""
    bracket: Bracket | None = None
    silent: bool = False
    confirmed: bool = True
    evidence: tuple[Evidence, ...] = ()
    copies: tuple[str, ...] = ()  # addresses of public copies that third parties hold
    meaning: Meaning | None = None  # none for what only our reading made differ

    @property
    def url(self) -> str:
        """Where the policy is published, or nothing."""
        return self.subject.urls[0] if self.subject and self.subject.urls else ""


def policy_title(policy: Policy) -> str:
    """What a reader calls it: "Acme privacy policy", or its name where no service is given."""
    return f"{policy.spec.service} {_NOUNS[policy.spec.kind]}" if policy.spec.service else policy.spec.name


def from_diff(diff: Diff, *, title: str, old_label: str, new_label: str, language: str | None = None) -> Redline:
    """Two files or URLs compared. Without a `language` it is told from the words."""
    meant = meaning(diff, language)
    return Redline(
        title=title,
        old=Side(label=old_label),
        new=Side(label=new_label, language=language),
        diff=diff,
        summary=told_line(meant, diff.old, diff.new, diff.operations),
        significance=meant.significance,
        why=meant.why,
        meaning=meant,
    )


def from_change(
    policy: Policy,
    change: Change,
    old: Version,
    new: Version,
    captures: Sequence[Capture] = (),
    copies: Sequence[PublicCopy] = (),
) -> Redline:
    """A confirmed change. `captures` are those behind the new version, `copies` those that third parties hold."""
    diff = Diff(old=old.clauses, new=new.clauses, operations=change.operations)
    return Redline(
        title=policy_title(policy),
        old=_side(old),
        new=_side(new),
        diff=diff,
        summary=change.summary,
        subject=_subject(policy),
        change_id=change.id,
        kind=change.kind,
        significance=change.significance,
        why=change.why,
        bracket=change.bracket,
        silent=change.silent,
        evidence=_evidence(captures),
        copies=tuple(copy.archive_url for copy in copies if copy.archive_url),
        meaning=None if change.kind is ChangeKind.REEXTRACTED else meaning(diff, new.language),
    )


def from_versions(policy: Policy, diff: Diff, old: Version, new: Version, captures: Sequence[Capture] = ()) -> Redline:
    """Two texts of one policy without a change between them: a candidate, or versions that are not neighbours."""
    meant = meaning(diff, new.language)
    return Redline(
        title=policy_title(policy),
        old=_side(old),
        new=_side(new),
        diff=diff,
        summary=told_line(meant, diff.old, diff.new, diff.operations),
        subject=_subject(policy),
        significance=meant.significance,
        why=meant.why,
        meaning=meant,
        bracket=Bracket(after=old.last_seen, before=new.first_seen) if old.last_seen <= new.first_seen else None,
        confirmed=new.confirmed is not None,
        evidence=_evidence(captures),
    )


def from_days(
    policy: Policy, diff: Diff, old: tuple[Version, str], new: tuple[Version, str], *, captures: Sequence[Capture] = ()
) -> Redline:
    """The texts of two days, each with what it is to be called. No bracket: much may have happened between them."""
    return replace(
        from_versions(policy, diff, old[0], new[0], captures),
        old=replace(_side(old[0]), label=old[1]),
        new=replace(_side(new[0]), label=new[1]),
        bracket=None,
        confirmed=True,
    )


def _side(version: Version) -> Side:
    return Side(
        label=f"version {version.number}" if version.number else "a text that is not confirmed",
        number=version.number,
        digest=version.digest,
        language=version.language,
        dates=version.dates,
        first_seen=version.first_seen,
        last_seen=version.last_seen,
    )


def _subject(policy: Policy) -> Subject:
    return Subject(name=policy.spec.name, service=policy.spec.service, kind=policy.spec.kind, urls=policy.spec.urls)


def _evidence(captures: Sequence[Capture]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            url=capture.archive_url or capture.final_url,
            taken=capture.taken,
            digest=capture.digest,
            archived=capture.archive_url is not None,
        )
        for capture in captures
    )
