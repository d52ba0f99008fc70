"""The one door to the live web."""

from monitor.fetch.dial import guarded_session
from monitor.fetch.guard import Guard
from monitor.fetch.http import HttpFetcher
from monitor.fetch.options import FetchOptions
from monitor.fetch.pdf import convert

__all__ = ["FetchOptions", "Guard", "HttpFetcher", "convert", "guarded_session"]
