"""The configuration: a TOML file, checked whole, as frozen records."""

from monitor.config.load import declare, defaults, find, load
from monitor.config.schema import WAYBACK, ArchiveSection, Config, EmailSection, FetchSection, WebhookSection

__all__ = [
    "WAYBACK",
    "ArchiveSection",
    "Config",
    "EmailSection",
    "FetchSection",
    "WebhookSection",
    "declare",
    "defaults",
    "find",
    "load",
]
