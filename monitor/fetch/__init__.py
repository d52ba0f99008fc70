"""The one door to the live web."""

from monitor.fetch.http import HttpFetcher
from monitor.fetch.options import FetchOptions

__all__ = ["FetchOptions", "HttpFetcher"]
