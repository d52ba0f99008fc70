from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from monitor.model import ClauseKind
from monitor.text import clause
from monitor.text.language import SAMPLE_CHARACTERS, foreign, identify, likely, sample_of, supported
from tests.pages import POLICIES

CONFIGURED = ("en", "ms", "fr", "de")
TEXTS = {code: " ".join(line for line in lines if not line.startswith("#")) for code, lines in POLICIES.items()}
INDONESIAN = (
    "Kami mengumpulkan data pribadi Anda ketika Anda membuat akun, termasuk nama, alamat surel, dan nomor telepon. Data"
    " tersebut kami gunakan untuk menyediakan layanan, dan tidak akan kami bagikan kepada pihak lain tanpa izin Anda."
)


@pytest.mark.parametrize("length", [80, 120, 200, 500, 1500])
@pytest.mark.parametrize("code", TEXTS)
def test_policies_are_told_apart(code: str, length: int) -> None:
    text = TEXTS[code]
    for start in range(0, len(text) - length, max(60, length // 2)):
        assert identify(text[start : start + length], CONFIGURED) == code


def test_malay_is_not_indonesian() -> None:
    assert identify(TEXTS["ms"], ("id", "ms", "en")) == "ms"
    assert identify(INDONESIAN, ("id", "ms", "en")) == "id"


@pytest.mark.parametrize(
    "sample", ["", "   ", "Privacy", "12345 67890 " * 30, "https://a.example/this/is/a/long/address/of/a/page " * 9]
)
def test_too_little_text(sample: str) -> None:
    assert identify(sample, CONFIGURED) is None
    assert likely(sample) is None
    assert foreign(sample, CONFIGURED) is None


def test_without_languages_all_are_wanted() -> None:
    assert identify(INDONESIAN, ()) == "id"
    assert foreign(INDONESIAN, ()) is None


def test_languages_that_nobody_knows_are_passed_over() -> None:
    assert identify(TEXTS["en"], ("xx", "en")) == "en"
    assert identify(TEXTS["en"], ("xx",)) is None


@pytest.mark.parametrize("code", TEXTS)
def test_the_likeliest_of_all(code: str) -> None:
    found = likely(TEXTS[code])
    assert found
    assert found[0] == code
    assert 0.9 < found[1] <= 1


@pytest.mark.parametrize("code", TEXTS)
def test_another_language_is_told(code: str) -> None:
    others = [other for other in TEXTS if other != code]
    assert foreign(TEXTS[code], others) == code
    assert foreign(TEXTS[code], [*others, code]) is None
    assert foreign(TEXTS[code][:100], others) is None


def test_only_the_beginning_counts() -> None:
    assert identify(TEXTS["de"] * 3 + TEXTS["fr"] * 40, CONFIGURED) == "de"
    assert identify("x" * 9 * SAMPLE_CHARACTERS, CONFIGURED) is not None


def test_samples_are_running_text() -> None:
    heading = clause("Home About Contact " * 20, ClauseKind.HEADING)
    prose = [clause(line) for line in POLICIES["fr"]]
    assert sample_of([heading, *prose]).startswith("# Politique")
    assert sample_of([heading]) == heading.text
    assert sample_of([]) == ""
    assert len(sample_of([clause("word " * 100)] * 50)) < 2 * SAMPLE_CHARACTERS


def test_threads_share_the_model() -> None:
    wanted = [(code, others) for code in TEXTS for others in (CONFIGURED, ("id", code), (code, "es"))] * 5
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda one: identify(TEXTS[one[0]], one[1]), wanted))
    assert told == [code for code, _ in wanted]


def test_languages_with_a_vocabulary_can_be_told() -> None:
    assert {"en", "ms", "fr", "de", "id"} <= supported()
