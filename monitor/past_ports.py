"""What a store keeps of the past, as web archives and imports tell it; see `monitor.ports`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from monitor.model import (
        ArchivePage,
        Bracket,
        Capture,
        ListedRow,
        Listing,
        PastLook,
        PastLookDraft,
        PastState,
        Policy,
    )


class PastStore(Protocol):
    """What archives list and show of a policy's past. Nothing here touches what live looks have confirmed."""

    def listing(self, policy_id: int, archive: str, url: str) -> Listing:
        """How far an archive's index has been copied for an address; an empty one when not at all."""
        ...

    def listings(self, policy_id: int) -> list[Listing]:
        """All of a policy."""
        ...

    def extend_listing(
        self, policy_id: int, listing: Listing, page: ArchivePage, *, after: datetime | None, now: datetime
    ) -> Listing:
        """Keep a page's rows and where the walk goes on, together. Rows that are there already are not doubled.

        `after` is the bound that the walk was begun with.
        """
        ...

    def archive_rows(self, policy_id: int) -> list[ListedRow]:
        """All rows of all listings, in order of time."""
        ...

    def keep_past_look(self, draft: PastLookDraft) -> PastLook:
        """Write a look with its bytes and its text, in one transaction. One look per digest: a known one stays."""
        ...

    def kept_captures(self, policy_id: int) -> list[Capture]:
        """Imported captures that nothing was read in yet, oldest first."""
        ...

    def reread_past_look(self, look: PastLook, draft: PastLookDraft) -> PastLook:
        """Replace what a look was read as; its capture stays."""
        ...

    def past_looks(self, policy_id: int) -> list[PastLook]:
        """In the order in which they were made."""
        ...

    def narrow_change(self, change_id: int, bracket: Bracket) -> bool:
        """Set a change's bracket if that lies within the one it has; tell whether it was set."""
        ...

    def past_state(self, policy_id: int) -> PastState:
        """How far the search has come; a blank state when it never began."""
        ...

    def set_past_state(self, state: PastState) -> None:
        """Write it; a claim stays as it is."""
        ...

    def past_due(self, *, now: datetime, limit: int) -> list[Policy]:
        """Watched policies whose past is due to be looked into and not claimed: longest due first, new ones before."""
        ...

    def claim_past(self, policy_id: int, *, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take a policy's past for one search. An owner's own claim is renewed. False: another's lease still runs."""
        ...

    def release_past(self, policy_id: int, *, owner: str) -> None:
        """Give up a claim. No effect when `owner` no longer has it."""
        ...
