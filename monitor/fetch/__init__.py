"""The one door to the live web."""

from monitor.fetch.guard import Guard
from monitor.fetch.http import HttpFetcher
from monitor.fetch.options import FetchOptions
from monitor.fetch.pdf import convert, pdf_to_html
from monitor.fetch.session import guarded_session

__all__ = ["FetchOptions", "Guard", "HttpFetcher", "convert", "guarded_session", "pdf_to_html"]
