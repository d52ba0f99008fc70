"""Train the linear second vote: python -m tools.train_practice_model appsi139.jsonl.zst OUT.npz.

Needs scikit-learn (extra "train"), which the product itself does not. A tenth of the texts, chosen by their words so
that no text is in both parts, is left out: `./run bench practices` measures on it what was shipped.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from monitor.practices.vote import BUCKETS, TOPICS, features
from monitor.practices.words import split_words
from tools.appsi import held_out, sentences


def own_sentences() -> list[tuple[str, set[str]]]:
    """Sentences written for this purpose; the section names the topic, "none" those of no topic."""
    raw = tomllib.loads((Path(__file__).parent / "practice_sentences.toml").read_text(encoding="utf-8"))
    return [(text, set() if topic == "none" else {topic}) for topic, texts in raw.items() for text in texts]


def matrix(texts: list[str]) -> csr_matrix:
    """Binary features, each row of length 1."""
    rows = [features(split_words(text).lower).astype(np.int32) for text in texts]
    data = np.concatenate([np.full(len(row), 1 / np.sqrt(max(len(row), 1)), dtype=np.float32) for row in rows])
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return csr_matrix((data, np.concatenate(rows), starts), shape=(len(texts), BUCKETS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("appsi", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--strength", type=float, default=6.0, help="inverse of the regularisation")
    arguments = parser.parse_args()
    rows = list(sentences(arguments.appsi).values())
    train = [row for row in rows if not held_out(row[0])] + own_sentences() * 3
    features_of = matrix([text for text, _ in train])
    weights, biases = [], []
    for topic in TOPICS:
        wanted = np.array([topic in topics for _, topics in train])
        model = LogisticRegression(C=arguments.strength, solver="liblinear").fit(features_of, wanted)
        weights.append(model.coef_[0])
        biases.append(model.intercept_[0])
        print(topic, int(wanted.sum()), flush=True)
    table = np.stack(weights, axis=1)
    scales = np.abs(table).max(axis=0) / 127
    np.savez_compressed(
        arguments.out,
        topics=np.array(list(TOPICS)),
        weights=np.round(table / scales).astype(np.int8),
        scales=scales.astype(np.float32),
        biases=np.array(biases, dtype=np.float32),
    )
    print(arguments.out, arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
