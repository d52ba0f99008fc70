"""Times, days and windows in config.toml."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from monitor.config import Config, load
from monitor.config.languages import CODES
from monitor.errors import ConfigError, ConfigProblem
from monitor.model import Timetable
from monitor.text.language import supported


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def loaded(file: Path, text: str) -> Config:
    file.write_text(text, encoding="utf-8")
    return load(file)


def problem(file: Path, text: str) -> ConfigProblem:
    with pytest.raises(ConfigError) as caught:
        loaded(file, text)
    (only,) = caught.value.problems
    return only


SCHEDULED = """
[monitor]
timezone = "Europe/Berlin"
window = "22:00-24:00"
weekdays = "sat-mon"
jitter = "5m"
listen = 9464
[[policy]]
name = "a"
url = "https://a.example/"
[[policy]]
name = "b"
url = "https://b.example/"
cron = "30 9 * * tue"
timezone = "Asia/Kuala_Lumpur"
window = "09:00-17:00"
weekdays = ["tue", "Thu"]
jitter = "0s"
"""


def test_schedules_are_read(file: Path) -> None:
    config = loaded(file, SCHEDULED)
    first, second = (spec.timetable for spec in config.specs)
    assert first == Timetable(
        zone="Europe/Berlin", opens=time(22), closes=time(0), days=(0, 5, 6), jitter=timedelta(minutes=5)
    )
    assert second == Timetable(
        cron="30 9 * * tue", zone="Asia/Kuala_Lumpur", opens=time(9), closes=time(17), days=(1, 3)
    )
    assert config.monitor.listen == ("127.0.0.1", 9464)
    assert loaded(file, '[monitor]\nlisten = "[::1]:80"').monitor.listen == ("::1", 80)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('[monitor]\ntimezone = "Mars/Olympus"', "monitor.timezone", "no time zone"),
        ('[monitor]\ntimezone = "../etc/passwd"', "monitor.timezone", "no time zone"),
        ('[monitor]\nwindow = "9-17"', "monitor.window", "is written as"),
        ('[monitor]\nwindow = "09:00-25:00"', "monitor.window", "is written as"),
        ("[monitor]\nwindow = 9", "monitor.window", "is written as"),
        ('[monitor]\nweekdays = "mon-fry"', "monitor.weekdays", "are written as"),
        ("[monitor]\nweekdays = [1]", "monitor.weekdays", "are written as"),
        ("[monitor]\nweekdays = []", "monitor.weekdays", "at least one"),
        ('[monitor]\nlisten = "example.org:80"', "monitor.listen", "to listen at"),
        ('[monitor]\nlisten = "999.1.1.1:80"', "monitor.listen", "to listen at"),
        ("[monitor]\nlisten = 70000", "monitor.listen", "to listen at"),
        ('[monitor]\nlanguages = ["xx"]', "monitor.languages[1]", "no language"),
        (
            '[[policy]]\nname = "a"\nurl = "https://a.example/"\ncron = "0 9 * * *"\nevery = "1h"',
            "policy[1]",
            "either every or cron",
        ),
        ('[[policy]]\nname = "a"\nurl = "https://a.example/"\ncron = "0 9 31 2 *"', "", "policy a: cron: "),
    ],
)
def test_schedules_that_make_no_sense(file: Path, text: str, place: str, message: str) -> None:
    found = problem(file, text)
    assert found.place == place
    assert message in found.message


def test_the_codes_of_languages_are_those_that_can_be_told_apart() -> None:
    assert {code for code in supported() if len(code) == 2} == CODES
