from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.errors import DeliveryError
from monitor.model import AlertKind, Notice
from notifiers.render import Renderer
from tests.notices import BOOKSHOP, alert, changed, replace_all, seen


def letter_of(renderer: Renderer, notice: Notice) -> object:
    return renderer.letter(notice)


def payload_of(renderer: Renderer, notice: Notice) -> object:
    return renderer.payload(notice, limit=1_000)


both = pytest.mark.parametrize("render", [letter_of, payload_of])


@both
@pytest.mark.parametrize("template", ["{{ nonsense }}", "{% if %}", "{{ title.nonsense() }}"])
def test_a_broken_template_is_a_permanent_error(
    tmp_path: Path, template: str, render: Callable[[Renderer, Notice], object]
) -> None:
    (tmp_path / "subject.txt.j2").write_text(template, "utf-8")
    with pytest.raises(DeliveryError, match="cannot be rendered") as caught:
        render(Renderer(replace_all, tmp_path), changed())
    assert caught.value.permanent


def test_a_change_that_does_not_fit_its_texts_is_a_permanent_error() -> None:
    notice = changed()
    assert notice.change
    wrong = replace(notice, change=replace(notice.change, operations=()))
    with pytest.raises(DeliveryError, match="leave 31 old clauses but 33 new") as caught:
        Renderer(replace_all).letter(wrong)
    assert caught.value.permanent


def test_a_text_seen_without_an_older_one_is_told_without_a_redline() -> None:
    letter = Renderer(replace_all).letter(replace(seen(), old=None))
    assert letter.subject == "Harbour Lane Books privacy policy, not confirmed yet: a new text"
    assert "NOT CONFIRMED YET" in letter.text


def test_a_name_fit_to_trick_a_shell_is_quoted() -> None:
    spec = replace(BOOKSHOP.spec, name="$(reboot) 'x'", urls=())
    notice = Notice(alert=alert(AlertKind.UNREACHABLE), policy=replace(BOOKSHOP, spec=spec))
    letter = Renderer(replace_all).letter(notice)
    assert """monitor log '$(reboot) '"'"'x'"'"''""" in letter.text
    assert "Published at" not in letter.text
    assert letter.subject.endswith("cannot be read, for several checks")
