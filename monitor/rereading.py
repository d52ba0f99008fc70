"""Reads captures again from the bytes that a store keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.model import Capture, Page, PolicySpec, Reading
from monitor.ports import HistoryStore
from monitor.text import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Rereader:
    """What reading stored captures takes. `convert` turns a page that is no markup (a PDF) into one that is."""

    store: HistoryStore
    convert: Callable[[Page], Page]
    languages: tuple[str, ...]

    def read(self, captures: Sequence[Capture], spec: PolicySpec) -> Reading:
        """What these captures, one per URL, say to the present extractor.

        Raises:
            ReadError: bytes that are not the document they claim to be.
            StoreError: the bytes are gone or damaged.
        """
        pages = [
            self.convert(
                Page(
                    body=self.store.body(capture.id),
                    media_type=capture.media_type,
                    charset=capture.charset,
                    url=capture.final_url,
                )
            )
            for capture in captures
        ]
        return read(pages, select=spec.select, remove=spec.remove, language=spec.language, languages=self.languages)
