"""Photographs what the documentation shows of alerts: mails of the demo's changes and its redline, by Chromium.

python -m tools.mail_picture             docs/pictures/*-mail.png and change-page.png
python -m tools.mail_picture --all DIR   every mail light and dark, for a phone and a desk, into DIR
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from monitor.app import App
from monitor.cli.context import configure_logging
from monitor.config import Config
from monitor.demo.story import Story
from monitor.diff import compare
from monitor.model import AlertKind, Digest, Notice
from monitor.report import page
from monitor.trouble import system_notice
from notifiers.base import redline_of
from notifiers.render import Renderer

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PHONE, DESK, DOCS = 390, 800, 760
GIVEN_UP = (
    "An alert for the channel legal was given up: e-mail by mail.example.org: refused for good: 550 no such user."
)


def main() -> int:
    """Play the demo, render its alerts and photograph them."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("no Chromium is installed", file=sys.stderr)
        return 1
    configure_logging(0, as_json=False)
    camera = _Camera(browser)
    pages = dict(_pages())
    if "--all" in sys.argv[1:]:
        target = Path(sys.argv[sys.argv.index("--all") + 1])
        for name, html in pages.items():
            for width in (PHONE, DESK):
                for dark in (False, True):
                    tone = "dark" if dark else "light"
                    camera.photograph(html, target / f"{name}-{width}-{tone}.png", width=width, dark=dark)
    else:
        for name, html in pages.items():
            camera.photograph(html, PICTURES / f"{name}.png", width=DOCS, dark=False)
    return 0


def _pages() -> Iterator[tuple[str, str]]:
    notices = _notices()
    renderer = Renderer(compare)
    change = next(notice for notice in reversed(notices) if notice.new and notice.new.language == "en")
    yield "change-mail", renderer.letter(change).html
    yield "digest-mail", renderer.digest_letter(Digest(key="sample", notices=tuple(notices))).html
    trouble = system_notice(
        AlertKind.TROUBLE, GIVEN_UP, rule="given up: legal", now=datetime(2026, 3, 2, 8, tzinfo=UTC)
    )
    yield "operator-mail", renderer.letter(replace(trouble, alert=replace(trouble.alert, key="sample"))).html
    redline = redline_of(change, compare)
    assert redline
    yield "change-page", page.render(redline)


def _notices() -> list[Notice]:
    with tempfile.TemporaryDirectory() as folder, Story(Path(folder)) as story:
        for _ in story.play():
            pass
        app = App(Config.model_validate({"storage": {"url": str(story.database)}}))
        try:
            found = {delivery.alert_id for delivery in app.store.deliveries(limit=100)}
            return [_as_published(app.store.notice(number)) for number in sorted(found)]
        finally:
            app.close()


def _as_published(notice: Notice) -> Notice:
    """With an address in place of the demo's own server, and read when its story says."""
    spec, change = notice.policy.spec, notice.change
    assert change
    url = f"https://kancil.example/{spec.name.removeprefix('kancil-')}"
    captures = [replace(each, final_url=url, taken=change.bracket.before) for each in notice.captures]
    policy = replace(notice.policy, spec=replace(spec, urls=(url,)))
    return replace(notice, policy=policy, captures=tuple(captures))


class _Camera:
    """Takes the whole of a page, however long. A narrow one stands in a frame: a window has a least width."""

    def __init__(self, browser: str) -> None:
        self._browser = browser

    def photograph(self, html: str, picture: Path, *, width: int, dark: bool) -> None:
        with tempfile.TemporaryDirectory() as folder:
            inner, outer = Path(folder) / "mail.html", Path(folder) / "frame.html"
            inner.write_text(html, encoding="utf-8")
            height = self._height(outer, width)
            frame = f'<iframe src="mail.html" style="width:{width}px;height:{height}px;border:0"></iframe>'
            outer.write_text(f'<body style="margin:0">{frame}', encoding="utf-8")
            options = ["--blink-settings=preferredColorScheme=0"] if dark else []
            self._run(outer, f"--window-size={width},{height}", f"--screenshot={picture}", *options)

    def _height(self, outer: Path, width: int) -> int:
        script = "document.title=frames[0].document.documentElement.scrollHeight"
        frame = f'<iframe src="mail.html" style="width:{width}px;height:100px;border:0" onload="{script}"></iframe>'
        outer.write_text(frame, encoding="utf-8")
        shown = self._run(outer, "--dump-dom", "--virtual-time-budget=5000")
        return int(shown.partition("<title>")[2].partition("</title>")[0])

    def _run(self, page_file: Path, *options: str) -> str:
        with tempfile.TemporaryDirectory() as profile:
            return subprocess.run(  # noqa: S603 - a browser of this machine, on a page of ours
                [
                    self._browser,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-background-networking",
                    "--allow-file-access-from-files",
                    "--hide-scrollbars",
                    f"--user-data-dir={profile}",
                    *options,
                    page_file.as_uri(),
                ],
                check=True,
                capture_output=True,
                text=True,
                timeout=120,
            ).stdout


if __name__ == "__main__":
    sys.exit(main())
