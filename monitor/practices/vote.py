"""A second vote on what a sentence is about: a linear model over words and characters, scored with numpy alone.

It knows English only, and topics rather than practices: a topic stands for the practices that `TOPICS` names. The
weights are made by `tools/train_practice_model.py` from APPSI-139 (CC BY 4.0; see `weights/ATTRIBUTION.md`) and
sentences of our own. numpy and the weights are loaded on first use.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = "appsi139-1"
LANGUAGE = "en"
BUCKETS = 1 << 16
TOPICS: Mapping[str, tuple[str, ...]] = {
    "collection": ("first-party-collection", "cookies-tracking", "automated-decisions-ai", "do-not-track"),
    "sharing": ("third-party-sharing", "sale"),
    "control": ("user-choice", "user-access", "do-not-track"),
    "retention": ("data-retention", "international-transfer"),
    "security": ("data-security",),
    "change": ("policy-change",),
    "audiences": ("specific-audiences", "eligibility"),
    "contact": ("identity-contact",),
}
_MIXERS = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35)  # odd constants that spread 32-bit hashes (xxHash)
_LONGEST = 1_000  # words of one sentence that are scored


def features(words: Sequence[str]) -> NDArray[np.intp]:
    """Hashed features of a sentence, each bucket once: words, word pairs, and runs of 3 to 5 bytes.

    `words` are lower-case words and marks, as of `split_words`.
    """
    import numpy as np  # noqa: PLC0415 - loaded on first use only

    words = ["0" if word.isdigit() else word for word in words[:_LONGEST] if word[0].isalnum()]
    runs = np.frombuffer((" " + " ".join(words) + " ").encode(), dtype=np.uint8).astype(np.uint32)
    hashes = np.array([zlib.crc32(word.encode()) for word in words], dtype=np.uint32)
    found = [hashes * np.uint32(_MIXERS[0])]
    if len(hashes) > 1:
        found.append((hashes[:-1] * np.uint32(31) + hashes[1:]) * np.uint32(_MIXERS[1]))
    rolling = runs
    for length in (2, 3, 4, 5):
        if len(runs) < length:
            break
        rolling = rolling[:-1] * np.uint32(257) + runs[length - 1 :]
        if length > 2:  # noqa: PLR2004 - pairs say nothing, they only lead to the longer runs
            found.append((rolling + np.uint32(length)) * np.uint32(_MIXERS[2]))
    present = np.zeros(BUCKETS, dtype=bool)
    present[np.concatenate(found) >> np.uint32(16)] = True
    return np.flatnonzero(present)


@cache
def _weights() -> tuple[tuple[str, ...], NDArray[np.int8], NDArray[np.float32], NDArray[np.float32]]:
    import numpy as np  # noqa: PLC0415 - loaded on first use only

    raw = files("monitor.practices").joinpath("weights", f"{VERSION}.npz").read_bytes()
    with np.load(BytesIO(raw), allow_pickle=False) as held:
        return tuple(map(str, held["topics"])), held["weights"], held["scales"], held["biases"]


def topics(words: Sequence[str]) -> dict[str, float]:
    """Topic → probability that a sentence of these words is about it."""
    import numpy as np  # noqa: PLC0415 - loaded on first use only

    names, weights, scales, biases = _weights()
    buckets = features(words)
    if not len(buckets):
        return dict.fromkeys(names, 0.0)
    sums = weights[buckets].sum(axis=0, dtype=np.int32) * scales / np.sqrt(len(buckets)) + biases
    shares = 1.0 / (1.0 + np.exp(-sums))
    return dict(zip(names, shares.tolist(), strict=True))
