"""Photographs the digest mail that the documentation shows, as Chromium draws it.

python -m tools.mail_picture             docs/pictures/digest-mail.png
python -m tools.mail_picture --all DIR   light and dark, 400 and 1400 pixels wide, into DIR
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from monitor.diff import compare
from monitor.model import Digest
from notifiers.render import Renderer
from notifiers.sample import samples

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Render the sample digest as a mail and photograph it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("no Chromium is installed", file=sys.stderr)
        return 1
    page = Renderer(compare).digest_letter(Digest(key="sample", notices=samples()[:3])).html
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mail.html"
        file.write_text(page, encoding="utf-8")
        if "--all" in sys.argv[1:]:
            target = Path(sys.argv[sys.argv.index("--all") + 1])
            for width in (400, 1400):
                for dark in (False, True):
                    name = f"digest-{width}-{'dark' if dark else 'light'}.png"
                    _photograph(browser, file, target / name, width=width, dark=dark)
        else:
            _photograph(browser, file, PICTURES / "digest-mail.png", width=760, dark=False)
    return 0


def _photograph(browser: str, page: Path, picture: Path, *, width: int, dark: bool) -> None:
    options = ["--blink-settings=preferredColorScheme=0"] if dark else []
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(  # noqa: S603 - a browser of this machine, on a page of ours
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                f"--window-size={width},900",
                f"--screenshot={picture}",
                *options,
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


if __name__ == "__main__":
    sys.exit(main())
