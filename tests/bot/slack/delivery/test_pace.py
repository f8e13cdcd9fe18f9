from bot.slack.delivery.failures import BURST, Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_short_burst_passes_then_one_message_a_second() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert [pace.wait_seconds("C1") for _ in range(int(BURST))] == [0.0] * int(BURST)
    assert pace.wait_seconds("C1") == 1.0
    clock.now += 1.0
    assert pace.wait_seconds("C1") == 0.0
    assert pace.wait_seconds("C1") == 1.0


def test_channels_do_not_wait_for_each_other() -> None:
    pace = Pace(Clock())
    for _ in range(int(BURST)):
        pace.wait_seconds("C1")
    assert pace.wait_seconds("D2") == 0.0
