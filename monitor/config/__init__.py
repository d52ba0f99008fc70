"""The configuration: a TOML file, checked whole, as frozen records."""

from monitor.config.archives import WAYBACK, ArchiveSection
from monitor.config.load import declare, defaults, find, load
from monitor.config.schema import Config, FetchSection

__all__ = ["WAYBACK", "ArchiveSection", "Config", "FetchSection", "declare", "defaults", "find", "load"]
