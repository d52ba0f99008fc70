from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from monitor.model import PolicyKind
from monitor.text.language import supported
from monitor.text.markers import guards
from monitor.text.vocabulary import beginnings, either, fold, languages, whole, words

SHAPE = {
    "dates": {
        "order",
        "months",
        "ordinals",
        "joiners",
        "updated",
        "effective",
        "updated_on_line",
        "effective_on_line",
        "not_own",
    },
    "policy": {"privacy", "terms"},
    "pages": {"error", "not_found", "challenge", "login", "consent", "javascript"},
    "links": {kind.value for kind in PolicyKind if kind is not PolicyKind.OTHER} | {"not"},
}
MAY_BE_EMPTY = {"ordinals", "joiners"}


def test_there_are_languages() -> None:
    assert {"en", "ms", "fr", "de", "es", "nl", "it", "pt", "id"} <= set(languages())


@pytest.mark.parametrize("code", languages())
def test_each_file_is_whole(code: str) -> None:
    table = words(code)
    assert code in supported()
    assert set(table) == set(SHAPE)
    for name, keys in SHAPE.items():
        assert set(table[name]) - {"day_first", "month_first"} == keys
        for key, entries in table[name].items():
            if key in {"order", "months"}:
                continue
            assert entries or key in MAY_BE_EMPTY, (name, key)
            folded = [fold(entry) for entry in entries]
            assert all(folded), (name, key)
            assert len(set(folded)) == len(folded), (name, key, sorted(one for one in folded if folded.count(one) > 1))
    assert table["dates"]["order"] in {"dmy", "mdy"}
    assert ({"day_first", "month_first"} <= set(table["dates"])) == (table["dates"]["order"] == "mdy")


@pytest.mark.parametrize("code", languages())
def test_months_are_twelve_and_differ(code: str) -> None:
    months = words(code)["dates"]["months"]
    names = [fold(name) for month in months for name in month]
    assert len(months) == 12
    assert all(months)
    assert len(set(names)) == len(names)


def test_a_month_means_the_same_in_all_languages() -> None:
    numbers: dict[str, int] = {}
    for code in languages():
        for number, names in enumerate(words(code)["dates"]["months"], 1):
            for name in names:
                assert numbers.setdefault(fold(name), number) == number, name


def test_no_phrase_is_both_updated_and_effective() -> None:
    for code in languages():
        dates = words(code)["dates"]
        updated = {fold(one) for key in ("updated", "updated_on_line") for one in dates[key]}
        effective = {fold(one) for key in ("effective", "effective_on_line") for one in dates[key]}
        assert not updated & effective, code


def test_no_file_no_words() -> None:
    with pytest.raises(KeyError):
        words("xx")
    with pytest.raises(KeyError):
        words("../../secrets")


def test_guards_have_names_and_markers_in_lower_case() -> None:
    source = files("monitor.text").joinpath("challenges.toml").read_text("utf-8")
    assert len(tomllib.loads(source)["guard"]) == len(guards())
    assert len({guard.name for guard in guards()}) == len(guards())
    for guard in guards():
        assert guard.certain or guard.likely
        for marker in (*guard.certain, *guard.likely):
            assert marker == marker.lower()
            assert len(marker) >= 5


def test_phrases_match_whole_words_or_beginnings() -> None:
    assert whole(["collect"]).search("we collected") is None
    assert beginnings(["collect"]).search("we collected")
    assert beginnings(["collect"]).search("recollect") is None
    assert whole([]).search("anything") is None
    assert either(["a", "ab"]) == "ab|a"
