"""Other ways to compare two texts, each in the form that its makers recommend."""

from __future__ import annotations

import difflib
import html
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from diff_match_patch import diff_match_patch
from lxml.html.diff import htmldiff
from redlines import Redlines

from benchmarks.diff_scores import letters, plain
from benchmarks.gold import Fact
from monitor.model import Clause, OperationKind

Clauses = Sequence[Clause]


def difflib_facts(old: Clauses, new: Clauses) -> set[Fact]:
    """Clauses by difflib: what it replaces is paired in order, the rest came or went."""
    found = set()
    matcher = difflib.SequenceMatcher(None, [c.digest for c in old], [c.digest for c in new], autojunk=False)
    for _, i, i_stop, j, j_stop in (code for code in matcher.get_opcodes() if code[0] != "equal"):
        paired = min(i_stop - i, j_stop - j)
        found |= {Fact(OperationKind.MODIFIED, (i + k,), (j + k,)) for k in range(paired)}
        found |= {Fact(OperationKind.REMOVED, (k,), ()) for k in range(i + paired, i_stop)}
        found |= {Fact(OperationKind.ADDED, (), (k,)) for k in range(j + paired, j_stop)}
    return found


def difflib_marked(old: Clauses, new: Clauses) -> int:
    """Characters marked if every clause that differs is shown whole."""
    found = difflib_facts(old, new)
    return sum(letters(old[i].text) for f in found for i in f.old) + sum(
        letters(new[j].text) for f in found for j in f.new
    )


def git_marked(old: Clauses, new: Clauses) -> int:
    """`git diff --word-diff` on one clause a line."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder, "old"), Path(folder, "new")
        one.write_text(plain(old) + "\n", encoding="utf-8")
        other.write_text(plain(new) + "\n", encoding="utf-8")
        command = ["git", "diff", "--no-index", "--word-diff=porcelain", "--no-color", str(one), str(other)]
        done = subprocess.run(command, capture_output=True, check=False)
    lines = done.stdout.decode("utf-8", "replace").split("\n")[4:]
    return sum(letters(line[1:]) for line in lines if line[:1] in {"+", "-"})


def dmp_marked(old: Clauses, new: Clauses) -> int:
    """diff-match-patch as it comes, with its semantic clean-up."""
    engine = diff_match_patch()
    edits = engine.diff_main(plain(old), plain(new))
    engine.diff_cleanupSemantic(edits)
    return sum(letters(text) for kind, text in edits if kind)


def htmldiff_marked(old: Clauses, new: Clauses) -> int:
    """As by htmldiff of lxml on one paragraph a clause."""
    one, other = ("".join(f"<p>{html.escape(c.text)}</p>" for c in side) for side in (old, new))
    marked = re.findall(r"<(ins|del)>(.*?)</\1>", htmldiff(one, other), flags=re.DOTALL)
    return sum(letters(html.unescape(re.sub(r"<[^>]*>", "", text))) for _, text in marked)


def redlines_marked(old: Clauses, new: Clauses) -> int:
    """As by redlines on the whole text."""
    changes = Redlines(plain(old), plain(new)).changes
    return sum(letters(c.source_text or "") + letters(c.test_text or "") for c in changes)


MARKERS: dict[str, Callable[[Clauses, Clauses], int]] = {
    "difflib": difflib_marked,
    "git": git_marked,
    "diff-match-patch": dmp_marked,
    "htmldiff": htmldiff_marked,
    "redlines": redlines_marked,
}


def cpu() -> float:
    """Seconds of CPU that this process and its finished children took."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
