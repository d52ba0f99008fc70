"""The configuration: a TOML file, checked whole, as frozen records."""

from monitor.config.load import declare, defaults, find, load
from monitor.config.schema import WAYBACK, ArchiveSection, Config, FetchSection

__all__ = ["WAYBACK", "ArchiveSection", "Config", "FetchSection", "declare", "defaults", "find", "load"]
