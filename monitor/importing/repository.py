"""The git repositories in which Open Terms Archive keeps snapshots (pages) and versions (Markdown).

Read by the `git` command, which is on every machine that has such a repository: no library is needed. A repository
of others is hostile input: no hook, pager, filter or monitor that it configures is run.

Each file is `Service/Terms type.ext`, or `Service/Terms type #document.ext` for a part of a combined document; each
commit is a record, and its author date is when the page was fetched (OpenTermsArchive/engine, dataMapper.js).
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from monitor.errors import ReadError
from monitor.importing.files import SUFFIXES
from monitor.importing.item import Item, Skipped, Unreadable, as_fetched
from monitor.model import Fetched

_SECONDS = 600.0
# Commits that changed how a page was read, not what it said; the second is what older engines wrote.
_TECHNICAL = ("Apply technical or declaration upgrade", "Refilter")
_SAFE = ("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


def is_repository(path: Path) -> bool:
    """Whether a folder is a git repository, bare or not."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def documents(path: Path) -> list[str]:
    """Names of all documents that a repository has now, without suffix, such as `Acme/Privacy Policy`.

    Raises:
        ReadError: git cannot read it, or is not there.
    """
    listed = _git(path, "ls-tree", "-r", "-z", "--name-only", "HEAD").decode("utf-8", "replace").split("\0")
    return sorted({_stem(name) for name in listed if PurePosixPath(name).suffix.lower() in SUFFIXES})


def list_repository(path: Path, document: str, *, url: str, limit: int) -> Iterator[Item | Skipped]:
    """Every record of a document, oldest first; `url` is the page that it is of.

    Raises:
        ReadError: git cannot read it, or is not there, or the document is not in it.
    """
    found = False
    for suffix in sorted(SUFFIXES):
        name = document + suffix
        log = _git(
            path, "log", "--reverse", "--no-renames", "--diff-filter=AM", "--format=%H %at %s", "HEAD", "--", name
        )
        for line in log.decode("utf-8", "replace").splitlines():
            found = True
            commit, seconds, subject = [*line.split(" ", 2), ""][:3]
            place = f"{commit[:12]} {name}"
            if subject.startswith(_TECHNICAL):
                yield Skipped(place, "records another reading of the same page")
                continue
            taken = datetime.fromtimestamp(int(seconds), UTC)
            load = partial(_load, path, commit, name, url=url, taken=taken, limit=limit)
            yield Item(place=place, taken=taken, load=load)
    if not found:
        raise ReadError(f"{path} has no document {document!r}")


def _load(path: Path, commit: str, name: str, *, url: str, taken: datetime, limit: int) -> Fetched:
    try:
        size = int(_git(path, "cat-file", "-s", f"{commit}:{name}"))
        if size > limit:
            raise Unreadable(f"is larger than {limit:,} bytes (fetch.max_bytes)")
        body = _git(path, "cat-file", "blob", f"{commit}:{name}")
    except ReadError as error:
        raise Unreadable(str(error)) from error
    return as_fetched(body, url=url, taken=taken, name=f"file:///page{PurePosixPath(name).suffix}")


def _git(path: Path, *arguments: str) -> bytes:
    command = ["git", *_SAFE, "-C", str(path), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - no shell
    except FileNotFoundError as error:
        raise ReadError("reading a repository needs the git command, which is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise ReadError(f"git took longer than {_SECONDS:.0f} s to read {path}") from error
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise ReadError(f"git cannot read {path}: {said[:300]}")
    return done.stdout


def _stem(name: str) -> str:
    return name.removesuffix(PurePosixPath(name).suffix)
