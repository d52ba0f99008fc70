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


@pytest.mark.parametrize(
    ("file", "template", "words"),
    [
        ("subject.txt.j2", "{{ nonsense }}", "subject.txt.j2: 'nonsense' is undefined"),
        ("subject.txt.j2", "a\n{% if %}", "subject.txt.j2: line 2"),
        ("email.html.j2", "{{ 1 / 0 }}", "email.html.j2: ZeroDivisionError"),
        ("digest.txt.j2", "{{ items[9].title }}", "digest.txt.j2"),
        ("entry.html.j2", "{% include '_missing.html.j2' %}", "_missing.html.j2"),
        ("email.txt.j2", "{% for i in range(10 ** 12) %}{% endfor %}", "email.txt.j2: TooMuch: it takes too long"),
        ("email.txt.j2", "{% for i in range(10 ** 9) %}{{ 'x' * 1000 }}{% endfor %}", "it writes more than 2,000,000"),
        ("email.txt.j2", "{{ 'x' * 10 ** 10 }}", "it repeats a text to more than"),
        ("email.txt.j2", "{{ [0] * 10 ** 10 }}", "it repeats a text to more than"),
        ("email.txt.j2", "{{ 9 ** 999999999 }}", "a power that is too high"),
        ("email.txt.j2", "{{ '%999999999d' % 1 }}", "it pads or formats"),
        ("email.txt.j2", "{{ '%999999999d' | format(1) }}", "it pads or formats"),
        ("email.txt.j2", "{{ '{:>999999999}'.format(1) }}", "it pads or formats"),
        ("email.txt.j2", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "RecursionError"),
        ("email.txt.j2", "{{ policy.__class__.__mro__ }}", "access to attribute '__class__'"),
        ("emial.html.j2", "hello", "nothing asks for emial.html.j2; known are"),
    ],
)
def test_a_broken_template_is_told_at_the_start(tmp_path: Path, file: str, template: str, words: str) -> None:
    (tmp_path / file).write_text(template, "utf-8")
    with pytest.raises(ValueError, match="templates: ") as caught:
        Renderer(replace_all, tmp_path)
    assert words in str(caught.value)


def test_a_folder_of_templates_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no folder"):
        Renderer(replace_all, tmp_path / "none")


@both
def test_a_template_that_breaks_later_gives_way_to_the_packaged_one(
    tmp_path: Path, render: Callable[[Renderer, Notice], object]
) -> None:
    (tmp_path / "subject.txt.j2").write_text("mine: {{ title }}", "utf-8")
    renderer, plain = Renderer(replace_all, tmp_path), Renderer(replace_all)
    assert "mine: Harbour" in str(render(renderer, changed()))
    (tmp_path / "subject.txt.j2").write_text("{{ nonsense }}", "utf-8")
    assert render(renderer, changed()) == render(plain, changed())


def test_templates_may_include_others_and_escape_what_strangers_wrote(tmp_path: Path) -> None:
    (tmp_path / "_foot.html.j2").write_text("<p>{{ alert.reason }}</p>", "utf-8")
    (tmp_path / "email.html.j2").write_text("{% include '_foot.html.j2' %}", "utf-8")
    gone = Notice(alert=alert(AlertKind.UNREACHABLE, reason="<b>\u202e"), policy=BOOKSHOP)
    assert Renderer(replace_all, tmp_path).letter(gone).html == "<p>&lt;b&gt;[U+202E]</p>"


def test_trouble_names_no_policy() -> None:
    letter = Renderer(replace_all).letter(Notice(alert=alert(AlertKind.TROUBLE, reason="full"), policy=BOOKSHOP))
    assert letter.subject == "Clausewatch needs a hand: full"
    assert "books.example" not in letter.text + letter.html
    assert "monitor doctor" in letter.text


def test_a_doubted_page_is_told_with_what_to_do_below_the_subject() -> None:
    told = alert(AlertKind.UNREACHABLE, reason="an error page stands there. If not: monitor accept books")
    letter = Renderer(replace_all).letter(Notice(alert=told, policy=BOOKSHOP))
    assert letter.subject == "Harbour Lane Books privacy policy: cannot be read, an error page stands there"
    for body in (letter.text, letter.html):
        assert "An error page stands there. If not: monitor accept books" in body


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
