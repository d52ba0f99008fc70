from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.circuit import FIRST_RETRY, LONGEST_RETRY, MOST_ATTEMPTS, retry_at

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def test_a_channel_has_five_days_to_come_back() -> None:
    waited = timedelta()
    for attempts in range(1, MOST_ATTEMPTS):
        again = retry_at(attempts, NOW)
        assert again is not None
        waited += again - NOW
    assert timedelta(days=5) <= waited <= timedelta(days=5, hours=6)
    assert retry_at(MOST_ATTEMPTS, NOW) is None


def test_waits_double_up_to_the_longest() -> None:
    assert [retry_at(attempts, NOW) for attempts in (1, 2, 3)] == [
        NOW + FIRST_RETRY,
        NOW + 2 * FIRST_RETRY,
        NOW + 4 * FIRST_RETRY,
    ]
    assert retry_at(MOST_ATTEMPTS - 1, NOW) == NOW + LONGEST_RETRY


def test_a_receiver_may_ask_for_a_longer_wait_within_bounds() -> None:
    assert retry_at(1, NOW, asked=600) == NOW + timedelta(minutes=10)
    assert retry_at(1, NOW, asked=5) == NOW + FIRST_RETRY
    assert retry_at(1, NOW, asked=10**6) == NOW + LONGEST_RETRY
