"""Train the second vote: python -m tools.train_practice_model appsi139.jsonl.zst OUT.npz.

Needs scikit-learn (extra "train"), which the product itself does not. Three kinds of sentences teach it:

- `practice_sentences/<language>*.tsv`: written and labelled for this purpose ("labels<TAB>sentence", or "none");
- `practice_sentences/appsi139.tsv`: sentences of APPSI-139, read and labelled with practices here (key<TAB>labels);
- the rest of APPSI-139 with its own topics: of a topic's practices the one that a first model finds likeliest is taken
  to be meant, of those that it is unsure of nothing is said.

A tenth of APPSI-139, chosen by the words of each text so that no text is in both parts, is left out: `./run bench
practices` measures on it what was shipped. `--check` trains on three quarters of what was labelled here and prints how
well the rest is found.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from monitor.practices.lexicon import lexicon
from monitor.practices.sentence import analyse, marks, merged, present_in, sentence_facts
from monitor.practices.taxonomy import taxonomy
from monitor.practices.vote import BUCKETS, MARK, features
from tools.appsi import TOPICS, held_out, sentences, short_key

PRACTICES = tuple(taxonomy().practices)
PLACE = {practice: place for place, practice in enumerate(PRACTICES)}
TOPIC_OF = {practice: topic for topic, practices in TOPICS.items() for practice in practices}
FOLDER = Path(__file__).parent / "practice_sentences"
LIKELY, SURE, UNLIKELY, ODD = 0.5, 0.8, 0.15, 0.7  # what the first model says of a practice that a topic leaves open
BOUND = 0.4  # of what is called found
REST = 0.5  # what a sentence with topics alone counts for


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with its labels, or its topics, or both: `labelled` says whether the labels are all there are."""

    text: str
    language: str
    labels: tuple[str, ...] = ()
    topics: frozenset[str] | None = None

    @property
    def labelled(self) -> bool:
        """Whether a person gave it practices."""
        return bool(self.labels)


def own_sentences() -> list[Example]:
    """Those written for this purpose."""
    found = []
    for path in sorted(FOLDER.glob("*.tsv")):
        if path.stem != "appsi139":
            for line in path.read_text(encoding="utf-8").splitlines():
                labels, text = line.split("\t", 1)
                found.append(Example(text, path.stem[:2], tuple(labels.split(","))))
    return found


def appsi_sentences(path: Path) -> list[Example]:
    """All but the tenth held out, with labels where we gave some."""
    lines = (FOLDER / "appsi139.tsv").read_text(encoding="utf-8").splitlines()
    labelled = {key: tuple(labels.split(",")) for key, labels in (line.split("\t") for line in lines)}
    return [
        Example(text, "en", labelled.get(short_key(text), ()), frozenset(topics))
        for text, topics in sentences(path).values()
        if not held_out(text)
    ]


def read_features(example: Example) -> tuple[NDArray[np.intp], list[str]]:
    """Buckets and marks, as the product makes them of one sentence."""
    text = analyse(example.text, lexicon(example.language))
    present = present_in(text, 0, len(text.words))
    return features(text.words.lower), marks(present, merged(sentence_facts(text, present)))


def matrix(read: Sequence[tuple[NDArray[np.intp], list[str]]], names: dict[str, int]) -> csr_matrix:
    """A row per sentence: its buckets with length 1, and MARK for each of its marks."""
    rows, values, starts = [], [], [0]
    for buckets, found in read:
        places = [BUCKETS + names[name] for name in found if name in names]
        rows.append(np.concatenate([buckets, np.array(places, dtype=np.intp)]))
        values.append(np.full(len(buckets), 1 / np.sqrt(max(len(buckets), 1)), dtype=np.float32))
        values.append(np.full(len(places), MARK, dtype=np.float32))
        starts.append(starts[-1] + len(rows[-1]))
    return csr_matrix((np.concatenate(values), np.concatenate(rows), starts), shape=(len(read), BUCKETS + len(names)))


@dataclass(frozen=True, slots=True)
class Linear:
    """A column of weights and a bias per practice."""

    weights: NDArray[np.float64]
    biases: NDArray[np.float64]

    def shares(self, rows: csr_matrix) -> NDArray[np.float64]:
        """Probabilities, a row per sentence and a column per practice."""
        return 1 / (1 + np.exp(-(rows @ self.weights + self.biases)))


def fit(
    rows: csr_matrix, wanted: NDArray[np.bool_], known: NDArray[np.bool_], counts: NDArray[np.float64], c: float
) -> Linear:
    """One logistic regression per practice, over the sentences of which it is known."""
    weights, biases = [], []
    for place in range(len(PRACTICES)):
        take = known[:, place]
        model = LogisticRegression(C=c, solver="liblinear", dual=True, max_iter=1000, tol=2e-3, random_state=0)
        model.fit(rows[take], wanted[take, place], sample_weight=counts[take])
        weights.append(model.coef_[0])
        biases.append(model.intercept_[0])
    return Linear(np.stack(weights, axis=1), np.array(biases))


def guess(topics: frozenset[str], shares: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What topics say of the practices, with the help of a first model: which are meant, and of which that is known."""
    wanted, known = np.zeros(len(PRACTICES), dtype=bool), np.zeros(len(PRACTICES), dtype=bool)
    spoken = {PLACE[practice] for practices in TOPICS.values() for practice in practices}
    open_places: set[int] = set()
    for topic in topics:
        places = [PLACE[practice] for practice in TOPICS[topic]]
        open_places.update(places)
        for place in [p for p in places if shares[p] >= LIKELY] or [max(places, key=lambda p: shares[p])]:
            wanted[place] = known[place] = True
    for place, share in enumerate(shares):
        if place in open_places:
            known[place] |= share < UNLIKELY
        elif place in spoken:
            known[place] = share < ODD
        else:
            known[place] = share < UNLIKELY or share > SURE
            wanted[place] = share > SURE
    return wanted, known


def agreed(example: Example, practice: str) -> bool:
    """Whether labels settle a practice: the topics of the same sentence, where it has some, do not say otherwise."""
    if example.topics is None or practice not in TOPIC_OF:
        return True
    stands = set(example.labels) & set(TOPICS[TOPIC_OF[practice]])
    return bool(stands) == (TOPIC_OF[practice] in example.topics)


def train(examples: Sequence[Example], rows: csr_matrix, c: float) -> Linear:
    """First on what was labelled, then on all."""
    labelled = np.array([example.labelled for example in examples])
    wanted = np.array([[p in example.labels for p in PRACTICES] for example in examples])
    known = np.array([[agreed(example, p) for p in PRACTICES] for example in examples])
    counts = np.where(labelled, 1.0, REST)
    first = fit(rows[labelled], wanted[labelled], known[labelled], counts[labelled], c)
    shares = first.shares(rows)
    for place, example in enumerate(examples):
        if example.topics is not None and not example.labelled:
            wanted[place], known[place] = guess(example.topics, shares[place])
    return fit(rows, wanted, known, counts, c)


def f1(wanted: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    """Over all practices together."""
    hit = int((wanted & found).sum())
    return 2 * hit / max(1, int(wanted.sum()) + int(found.sum()))


def check(examples: Sequence[Example], read: Sequence[tuple[NDArray[np.intp], list[str]]], c: float) -> None:
    """Print how well a quarter of what was labelled is found by a model that has not seen it."""
    aside = np.array([e.labelled and zlib.crc32(e.text.encode()) % 4 == 0 for e in examples])
    names = all_marks([r for r, out in zip(read, aside, strict=True) if not out])
    rows = matrix(read, names)
    model = train([e for e, out in zip(examples, aside, strict=True) if not out], rows[~aside], c)
    tried = [e for e, out in zip(examples, aside, strict=True) if out]
    shares = model.shares(rows[aside])
    wanted = np.array([[p in e.labels for p in PRACTICES] for e in tried])
    languages = np.array([e.language for e in tried])
    for bound in (0.3, 0.35, 0.4, 0.5):
        figures = {"all": f1(wanted, shares >= bound)}
        for language in sorted(set(languages)):
            here = languages == language
            figures[language] = f1(wanted[here], shares[here] >= bound)
        print(bound, {name: round(figure, 3) for name, figure in figures.items()})
    print({p: round(f1(wanted[:, [i]], shares[:, [i]] >= BOUND), 2) for p, i in PLACE.items()})


def all_marks(read: Sequence[tuple[NDArray[np.intp], list[str]]]) -> dict[str, int]:
    """Every name that a sentence has, numbered."""
    return {name: place for place, name in enumerate(sorted({name for _, found in read for name in found}))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("appsi", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--strength", type=float, default=8.0, help="inverse of the regularisation")
    parser.add_argument("--check", action="store_true", help="measure on a quarter held back; writes nothing")
    arguments = parser.parse_args()
    examples = own_sentences() + appsi_sentences(arguments.appsi)
    read = [read_features(example) for example in examples]
    print(len(examples), "sentences,", sum(example.labelled for example in examples), "labelled", flush=True)
    if arguments.check:
        check(examples, read, arguments.strength)
        return
    names = all_marks(read)
    model = train(examples, matrix(read, names), arguments.strength)
    scales = np.abs(model.weights).max(axis=0) / 127
    np.savez_compressed(
        arguments.out,
        practices=np.array(PRACTICES),
        marks=np.array(list(names)),
        weights=np.round(model.weights / scales).astype(np.int8),
        scales=scales.astype(np.float32),
        biases=model.biases.astype(np.float32),
    )
    print(arguments.out, arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
