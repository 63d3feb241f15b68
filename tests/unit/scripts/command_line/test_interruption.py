"""What must be done to its end is, and then the signal counts."""

import signal

import pytest

from scripts.command_line.interruption import held_back


def test_ctrl_c_waits_for_the_end_and_then_counts() -> None:
    done = []

    def put_back() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        put_back()
    assert done == ["all of it"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_without_a_signal_nothing_is_left_behind() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with held_back():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
