"""The configuration: a TOML file, checked whole, as frozen records."""

from monitor.config.load import defaults, find, load
from monitor.config.schema import Config, EmailSection, FetchSection, WebhookSection

__all__ = ["Config", "EmailSection", "FetchSection", "WebhookSection", "defaults", "find", "load"]
