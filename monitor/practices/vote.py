"""A second vote on what a sentence is about: a linear model over words, runs of bytes and concepts.

It is scored with numpy alone, which is loaded with the weights on first use. It knows every language that has a
lexicon: the words of a language carry it where it was trained on them, and the concepts of the lexicon, which are the
same for all languages, where it was not. The weights are made by `tools/train_practice_model.py` from APPSI-139 (CC BY
4.0; see `weights/ATTRIBUTION.md`) and sentences of our own.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = "practices-2"
BUCKETS = 1 << 16
MARK = 0.4  # what one concept counts for, where all words together have the length 1
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
    places = np.concatenate(found) >> np.uint32(16)
    places.sort()
    first = np.empty(len(places), dtype=bool)
    first[:1] = True
    np.not_equal(places[1:], places[:-1], out=first[1:])
    return places[first].astype(np.intp)


@dataclass(frozen=True, slots=True)
class _Model:
    """`weights` has a row per bucket and then one per mark, and a column per practice."""

    practices: tuple[str, ...]
    rows: Mapping[str, int]
    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    biases: NDArray[np.float32]


@cache
def _model() -> _Model:
    import numpy as np  # noqa: PLC0415 - loaded on first use only

    raw = files("monitor.practices").joinpath("weights", f"{VERSION}.npz").read_bytes()
    with np.load(BytesIO(raw), allow_pickle=False) as held:
        rows = {str(name): BUCKETS + place for place, name in enumerate(held["marks"])}
        return _Model(tuple(map(str, held["practices"])), rows, held["weights"], held["scales"], held["biases"])


def votes(words: Sequence[str], marks: Iterable[str]) -> dict[str, float]:
    """Practice → probability that a sentence is about it.

    `words` are its lower-case words and marks, as of `split_words`; `marks` the names of the concepts and facts in it,
    as of `sentence.marks`. Names that the model has not met count for nothing.
    """
    import numpy as np  # noqa: PLC0415 - loaded on first use only

    model = _model()
    buckets = features(words)
    if not len(buckets):
        return dict.fromkeys(model.practices, 0.0)
    rows = np.array([model.rows[mark] for mark in marks if mark in model.rows], dtype=np.intp)
    said = np.add.reduce(model.weights.take(buckets, axis=0), axis=0, dtype=np.int32) / len(buckets) ** 0.5
    meant = np.add.reduce(model.weights.take(rows, axis=0), axis=0, dtype=np.int32) * MARK
    shares = 1.0 / (1.0 + np.exp(-((said + meant) * model.scales + model.biases)))
    return dict(zip(model.practices, shares.tolist(), strict=True))
