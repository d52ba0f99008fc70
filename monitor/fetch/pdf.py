"""A PDF → HTML, in a process of its own: a hostile file can neither hang nor crash us, nor eat our memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

from monitor.errors import ReadError
from monitor.fetch import pdfium
from monitor.fetch.media import HTML, PDF
from monitor.model import Page
from monitor.text.pdf import lines_to_html
from monitor.text.pdf_lines import PdfLine

_MEGABYTE = 1_000_000


def convert(page: Page) -> Page:
    """A page that is markup or text: a PDF becomes HTML, anything else stays.

    Raises:
        ReadError: the PDF cannot be read.
    """
    if page.media_type != PDF:
        return page
    return replace(page, body=pdf_to_html(page.body).encode(), media_type=HTML, charset="utf-8")


def pdf_to_html(
    body: bytes, *, max_pages: int = 500, timeout: float = 60.0, max_memory: int = 2_000 * _MEGABYTE
) -> str:
    """The text of a PDF as one HTML document: headings, paragraphs, list items, links. Safe for threads.

    `timeout` is in seconds, `max_memory` in bytes of address space (kept on POSIX systems only).

    Raises:
        ReadError: it is broken, encrypted, too long, without a text layer, or takes more than it may.
    """
    # -P: this folder has modules named as ones of the standard library are
    command = [sys.executable, "-P", pdfium.__file__, str(max_pages), str(max_memory)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, in our own interpreter
            command, input=body, capture_output=True, timeout=timeout, check=False, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError(f"The PDF could not be read within {timeout:g} seconds.") from error
    except OSError as error:
        raise ReadError(f"The PDF could not be read: no process could be started ({error.strerror}).") from error
    if done.returncode == pdfium.UNREADABLE:
        raise ReadError(done.stderr.decode("utf-8", "replace"))
    if done.returncode != 0:
        raise ReadError(f"The PDF could not be read: its reader broke off with status {done.returncode}.")
    return lines_to_html([PdfLine(**line) for line in json.loads(done.stdout)])
