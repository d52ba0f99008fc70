"""Captures that others kept: files with dates, WARCs, and the git repositories of Open Terms Archive."""

from monitor.importing.files import list_files
from monitor.importing.item import Item, Skipped, Unreadable
from monitor.importing.repository import list_repository
from monitor.importing.takeover import Done, Imported, Result, import_captures
from monitor.importing.warcs import list_warc

__all__ = [
    "Done",
    "Imported",
    "Item",
    "Result",
    "Skipped",
    "Unreadable",
    "import_captures",
    "list_files",
    "list_repository",
    "list_warc",
]
