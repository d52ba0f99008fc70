"""Captures that were imported behind the back of later looks: read, so that they join the archived ones in the past.

Such a look is named by the number of its capture. Whose bytes are equal is not asked: they are here, reading is cheap.
"""

from __future__ import annotations

from monitor.errors import StoreError, StoreUnavailable
from monitor.model import Capture, CaptureSource, Found, PastLookDraft, Policy
from monitor.past.identity import words_digest
from monitor.past.looking import PastParts, as_fetched, interpret, subject_of

IMPORTED = CaptureSource.IMPORTED.value  # in place of an archive's name
_KEY = "import:"


def key_of(capture: Capture) -> str:
    """What names an imported capture among archived ones."""
    return f"{_KEY}{capture.id}"


def is_imported(key: str) -> bool:
    """Whether a digest of the past is the name of an imported capture."""
    return key.startswith(_KEY)


def read_kept(policy: Policy, parts: PastParts) -> int:
    """Read what was imported and kept without a look; tell how many captures. Nothing is fetched.

    Those of a policy on several pages stay as they are: one page is not the text.

    Raises:
        StoreError: the database failed.
    """
    if len(policy.spec.urls) > 1:
        return 0
    kept = [one for one in parts.store.kept_captures(policy.id) if one.url in policy.spec.urls]
    subject = subject_of(parts.store, policy.id)
    for capture in kept:
        found, reading, reason, why = Found.UNPLAYABLE, None, "damaged", ""
        try:
            fetched = as_fetched(capture, parts.store.body(capture.id))
        except StoreUnavailable:
            raise
        except StoreError as error:
            why = str(error)
        else:
            found, reading, reason, why = interpret(fetched, subject, convert=parts.convert, languages=parts.languages)
        parts.store.keep_past_look(
            PastLookDraft(
                policy_id=policy.id,
                archive=IMPORTED,
                digest=key_of(capture),
                found=found,
                taken=capture.taken,
                now=parts.clock.now(),
                extractor=subject.extractor,
                kept=capture.id,
                reading=reading,
                words=words_digest(reading.clauses) if reading else "",
                reason=reason,
                why=why,
            )
        )
    return len(kept)
