"""What a person can do about a page that is not believed to be the policy."""

from __future__ import annotations

import shlex

from monitor.model import SuspectReason


def advice(reason: str, policy: str) -> str:
    """In a sentence or two, by the reason of a doubt, for the policy of that name."""
    policy = shlex.quote(policy)
    match reason:
        case SuspectReason.NEEDS_BROWSER:
            return (
                "The text is put there by scripts, and no browser is run here, so nothing was kept as a version. "
                "Many sites also have it as plain HTML or PDF (a print view, a help page): "
                f"`monitor find` looks for one, `monitor move {policy} URL` watches it."
            )
        case SuspectReason.EMPTY:
            return (
                f"There is hardly any text. If this is the whole policy: monitor accept {policy}. "
                f"If the address is wrong: monitor move {policy} URL"
            )
        case SuspectReason.CHALLENGE | SuspectReason.LOGIN | SuspectReason.CONSENT:
            return (
                "The site shows this to programs instead of the policy. Later looks may get through; "
                f"another address of the same text may do: monitor move {policy} URL"
            )
        case _:
            return f"It is kept, and makes no version. If this is the policy now: monitor accept {policy}"
