"""What outcomes, suspicions and exit codes mean. A new one without a meaning here fails the tests."""

from __future__ import annotations

from monitor.cli.main import CRASH, INTERRUPTED, TROUBLE
from monitor.model import Outcome, SuspectReason

OUTCOMES = {
    Outcome.FIRST: "The first text of this policy. It becomes version 1; nobody is told.",
    Outcome.UNCHANGED: "The current version.",
    Outcome.VARIANT: "A text that was confirmed before and is shown again. Silent; it becomes current again only "
    "when it stands for 14 days, and that is told only if it was away for 30.",
    Outcome.CANDIDATE: "A new text. It counts once a later look, `confirm_after` on, still shows it.",
    Outcome.CHANGED: "A new text, or a part of it, has stood long enough. It becomes a version, with a change.",
    Outcome.SUSPECT: "A page came, but it is not believed to be the policy. Kept, never a version.",
    Outcome.UNREACHABLE: "No usable page came. After `unreachable_after` such looks in a row, suspect ones counted "
    "too, you are told once.",
}

SUSPICIONS = {
    SuspectReason.EMPTY: "Hardly any words.",
    SuspectReason.NEEDS_BROWSER: "Hardly any words, but scripts that would bring them. Pages are read without running "
    "scripts.",
    SuspectReason.ERROR_PAGE: "An error message, served as if it were the page.",
    SuspectReason.NOT_FOUND: "It says that there is no such page.",
    SuspectReason.CHALLENGE: "A check for robots.",
    SuspectReason.LOGIN: "It asks to log in.",
    SuspectReason.CONSENT: "A cookie banner without the policy behind it.",
    SuspectReason.HOME_PAGE: "A home page or another page of the site.",
    SuspectReason.LANGUAGE: "A text in another language than the policy's.",
    SuspectReason.TRUNCATED: "A part of the policy is missing and nothing stands in its place.",
    SuspectReason.DOUBLED: "The text stands on the page twice.",
    SuspectReason.REPLACED: "Another document.",
}

UNREADABLE = "The bytes are not the document that they claim to be, such as a broken PDF."

EXIT_CODES = {
    0: "Nothing changed; or the command did what was asked.",
    1: "Something changed. A text that is not confirmed yet counts. For `diff`: there is a difference. For "
    "`verify`: something does not hold.",
    TROUBLE: "Trouble: a wrong command line or configuration, a page that is suspect or unreachable, a database that "
    "cannot be used. It outranks 1.",
    CRASH: "A fault of the program itself. Please report it.",
    INTERRUPTED: "Interrupted with Ctrl-C.",
}
