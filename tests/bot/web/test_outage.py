"""An outage of the database takes two lines of the log, not one per request."""

import logging

import pytest

from bot.web.webhooks import QUIET_SECONDS, Outage


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_outage_is_said_at_its_start_and_at_its_end_with_what_it_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    outage = Outage("webhooks", logging.getLogger("outage"), clock)
    outage.taken()
    assert caplog.records == []
    for _ in range(500):
        clock.now += 0.01
        outage.refused("locked")
        outage.taken()
    assert [each.message for each in caplog.records] == ["webhooks refused"]
    clock.now += QUIET_SECONDS
    outage.taken()
    outage.taken()
    [start, end] = caplog.records
    assert vars(start)["reason"] == "locked"
    assert (vars(end)["refused"], vars(end)["seconds"]) == (500, 5.0)
    outage.refused("full")
    assert [each.message for each in caplog.records][2:] == ["webhooks refused"]
