from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitor.diff import compare
from monitor.model import AlertKind, Direction, Meaning, Origin, Policy, PolicyKind, PolicySpec, Rule, Significance
from monitor.practices import meaning
from monitor.rules import change_alerts, covers_none, seen_alerts, unreachable_alerts, wants
from monitor.text import segment

CHANNELS = ("email", "hook")


def policy(name: str = "acme-privacy", kind: PolicyKind = PolicyKind.PRIVACY) -> Policy:
    spec = PolicySpec(name=name, urls=("https://acme.example/",), kind=kind)
    return Policy(id=1, spec=spec, origin=Origin.DATABASE, created=datetime(2026, 1, 1, tzinfo=UTC))


def told(
    *rules: Rule, about: Policy | None = None, significance: Significance = Significance.SUBSTANTIVE, seen: bool = False
) -> list[tuple[str, tuple[str, ...]]]:
    drafts = change_alerts(about or policy(), significance, rules=rules, channels=CHANNELS, told=seen)
    assert all(draft.kind is AlertKind.CHANGE for draft in drafts)
    return [(draft.rule, draft.channels) for draft in drafts]


def test_a_rule_without_conditions_covers_everything_on_every_channel() -> None:
    assert told(Rule(name="all")) == [("all", CHANNELS)]


def test_names_match_by_pattern_in_whole() -> None:
    rule = Rule(name="r", policies=("acme-*", "zeta"))
    assert told(rule)
    assert told(rule, about=policy("zeta"))
    assert not told(rule, about=policy("zeta-terms"))
    assert not told(rule, about=policy("an-acme-x"))


def test_kinds_narrow_names() -> None:
    rule = Rule(name="r", policies=("acme-*",), kinds=(PolicyKind.TERMS,))
    assert not told(rule)
    assert told(rule, about=policy("acme-terms", PolicyKind.TERMS))
    assert not told(rule, about=policy("other", PolicyKind.TERMS))


def test_significance_is_the_least_that_is_told() -> None:
    rule = Rule(name="r", significance=Significance.EDITORIAL)
    ranks = [bool(told(rule, significance=significance)) for significance in Significance]
    assert ranks == [False, False, True, True]
    assert told(Rule(name="r", significance=Significance.NONE), significance=Significance.NONE)


def test_no_channel_is_told_twice() -> None:
    first, second = Rule(name="first", channels=("hook",)), Rule(name="second")
    assert told(first, second) == [("first", ("hook",)), ("second", ("email",))]
    assert told(second, first) == [("second", CHANNELS)]


def test_without_channels_there_is_no_alert() -> None:
    assert change_alerts(policy(), Significance.SUBSTANTIVE, rules=(Rule(name="r"),), channels=(), told=False) == ()


def test_who_was_told_at_first_sight_is_not_told_again() -> None:
    early, late = Rule(name="early", when="seen", channels=("hook",)), Rule(name="late", channels=("email",))
    assert told(early, late) == [("early", ("hook",)), ("late", ("email",))]
    assert told(early, late, seen=True) == [("late", ("email",))]


def test_a_candidate_is_told_only_to_those_who_want_it_at_once() -> None:
    rules = (Rule(name="late"), Rule(name="early", when="seen", policies=("acme-*",)))
    (draft,) = seen_alerts(policy(), Significance.SUBSTANTIVE, rules=rules, channels=CHANNELS)
    assert (draft.kind, draft.rule, draft.channels) == (AlertKind.SEEN, "early", CHANNELS)
    assert seen_alerts(policy(), Significance.COSMETIC, rules=rules, channels=CHANNELS) == ()
    assert seen_alerts(policy("other"), Significance.SUBSTANTIVE, rules=rules, channels=CHANNELS) == ()


def test_a_policy_gone_missing_is_told_whatever_the_significance() -> None:
    rules = (Rule(name="other", policies=("other",)), Rule(name="mine", significance=Significance.SUBSTANTIVE))
    (draft,) = unreachable_alerts(policy(), "status 404", rules=rules, channels=CHANNELS)
    assert (draft.kind, draft.rule, draft.reason) == (AlertKind.UNREACHABLE, "mine", "status 404")


def test_languages_are_those_of_the_policy_or_else_of_the_text() -> None:
    german = (Rule(name="r", languages=("de",)),)
    declared = replace(policy(), spec=replace(policy().spec, language="en"))

    def wanted(about: Policy, language: str | None) -> bool:
        arguments = {"rules": german, "channels": CHANNELS, "language": language}
        confirmed = change_alerts(about, Significance.SUBSTANTIVE, told=False, **arguments)  # type: ignore[arg-type]
        return bool(confirmed)

    assert wanted(policy(), "de")
    assert not wanted(policy(), "en")
    assert wanted(policy(), None)  # nobody knows: better told than not
    assert not wanted(declared, "de")


def test_the_operator_is_told_instead_of_readers() -> None:
    rules = (Rule(name="mine"),)
    (draft,) = unreachable_alerts(policy(), "status 404", rules=rules, channels=CHANNELS, operators=("op",))
    assert (draft.rule, draft.channels) == ("operator", ("op",))


def test_rules_that_cover_no_policy_are_found() -> None:
    typo = Rule(name="typo", policies=("amce-*",))
    terms = Rule(name="terms", kinds=(PolicyKind.TERMS,))
    german = Rule(name="german", languages=("de",))
    english = replace(policy(), spec=replace(policy().spec, language="en"))
    rules = (Rule(name="all"), typo, terms, german)
    assert covers_none(rules, [policy()]) == (typo, terms)
    assert covers_none(rules, [english]) == (typo, terms, german)
    assert covers_none(rules, []) == ()


def meant(old: str, new: str) -> Meaning:
    return meaning(compare(segment(old, "text/plain"), segment(new, "text/plain")), "en")


LONGER = meant("We keep your location data for 30 days.", "We keep your location data for 24 months.")
SOLD = meant("We do not sell your personal data.", "We may sell your personal data.")


class TestMeaning:
    def test_a_rule_that_asks_for_none_takes_everything(self) -> None:
        assert wants(Rule(name="r"), None)
        assert wants(Rule(name="r"), LONGER)

    def test_practices(self) -> None:
        rule = Rule(name="r", practices=("data-retention",))
        assert wants(rule, LONGER)
        assert not wants(rule, SOLD)
        assert not wants(rule, None)

    def test_directions(self) -> None:
        rule = Rule(name="r", directions=(Direction.LESS,))
        assert wants(rule, LONGER)
        assert not wants(rule, meant("We keep your data for 24 months.", "We keep your data for 30 days."))

    def test_types_of_data(self) -> None:
        assert wants(Rule(name="r", data_types=("location", "biometric")), LONGER)
        assert not wants(Rule(name="r", data_types=("biometric",)), LONGER)
        assert not wants(Rule(name="r", practices=("sale",), data_types=("location",)), LONGER)

    def test_least_values(self) -> None:
        assert wants(Rule(name="r", least_days=365), LONGER)
        assert not wants(Rule(name="r", least_days=1000), LONGER)
        price = meant("The fee for the service is $5.", "The fee for the service is $50.")
        assert wants(Rule(name="r", least_amount=50), price)
        assert not wants(Rule(name="r", least_amount=51), price)

    def test_all_that_a_rule_asks_for_must_hold(self) -> None:
        rule = Rule(name="r", practices=("data-retention",), directions=(Direction.MORE,))
        assert not wants(rule, LONGER)

    def test_alerts_obey(self) -> None:
        rule = Rule(name="r", practices=("sale",), when="seen")
        for drafts in (
            change_alerts(policy(), Significance.SUBSTANTIVE, LONGER, rules=(rule,), channels=CHANNELS, told=False),
            seen_alerts(policy(), Significance.SUBSTANTIVE, LONGER, rules=(rule,), channels=CHANNELS),
        ):
            assert drafts == ()
        assert seen_alerts(policy(), Significance.SUBSTANTIVE, SOLD, rules=(rule,), channels=CHANNELS)
