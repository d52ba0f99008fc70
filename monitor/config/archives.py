"""Archives that are asked and asked to keep, and who stamps proof: the sections that name third parties."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from monitor.config.section import Name, Section
from monitor.config.values import (
    Duration,
    FilePath,
    PositiveDuration,
    Secret,
    WebAddress,
)
from monitor.errors import ConfigError, ConfigProblem

WAYBACK = "https://web.archive.org"


class ArchiveSection(Section):
    """A web archive that is asked for the past. Without one, `monitor backfill` asks the Wayback Machine."""

    name: Name | None = None
    kind: Literal["wayback", "pywb", "timemap"] = "wayback"
    url: WebAddress = WAYBACK
    playback: WebAddress | None = None
    pace: int = Field(default=480, ge=1)
    index_pace: int = Field(default=24, ge=1)
    timeout: PositiveDuration = Field(default="60s", validate_default=True)
    patience: Duration = Field(default="2m", validate_default=True)
    window: Duration = Field(default="1d", validate_default=True)
    every: PositiveDuration = Field(default="1d", validate_default=True)

    @model_validator(mode="after")
    def _has_addresses(self) -> ArchiveSection:
        if self.kind != "wayback" and self.url == WAYBACK:
            raise ValueError(f"an archive of kind {self.kind} needs its url")
        if (self.kind == "timemap") != (self.playback is not None):
            raise ValueError("playback belongs to an archive of kind timemap, and is needed there")
        return self

    @property
    def title(self) -> str:
        """Its name, or else its host."""
        return self.name or urlsplit(self.url).netloc.rpartition("@")[2]


class BackfillSection(Section):
    """How `monitor run` looks into the past by itself; only where an [[archive]] is configured."""

    automatic: bool = True
    max_fetches: int = Field(default=200, ge=1)


class EvidenceSection(Section):
    """Who stamps the bundles that `monitor export` writes, and whose stamps `monitor verify` trusts."""

    tsa: WebAddress | None = None
    tsa_root: FilePath | None = None

    @property
    def roots(self) -> bytes | None:
        """Certificates in PEM form.

        Raises:
            ConfigError: the file cannot be read.
        """
        try:
            return self.tsa_root.read_bytes() if self.tsa_root else None
        except OSError as error:
            problem = ConfigProblem("evidence.tsa_root", f"{self.tsa_root} cannot be read: {error.strerror}")
            raise ConfigError("configuration", (problem,)) from None


class SavePageNowSection(Section):
    """Whether the Wayback Machine is asked to keep a page when its change is confirmed."""

    enabled: bool = False
    url: WebAddress = "https://web.archive.org"
    access_key: Secret | None = None
    secret_key: Secret | None = None
    wait: Duration = Field(default="1m", validate_default=True)
    per_day: int = Field(default=100, ge=1)

    @model_validator(mode="after")
    def _has_keys(self) -> SavePageNowSection:
        if self.enabled and not (self.access_key and self.secret_key):
            raise ValueError("needs access_key and secret_key, from https://archive.org/account/s3.php")
        return self
