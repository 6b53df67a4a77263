"""Ctrl+C, and being told to end, while a step is taken."""

from __future__ import annotations

import signal
import threading
from typing import Any


class StepsAreWhole:
    """Has a KeyboardInterrupt by a signal wait for the end of the block: a checkpoint of half a step could not be
    continued bit for bit. A second signal does not wait. Signals that mean something else stay as they are."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> StepsAreWhole:
        ours = threading.current_thread() is threading.main_thread()
        numbers = [number for number in (signal.SIGINT, signal.SIGTERM) if ours and _interrupts(number)]
        self._before = {number: signal.signal(number, self._note) for number in numbers}
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        if self.came and kind is None:
            raise KeyboardInterrupt

    def _note(self, *_: Any) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True


def _interrupts(number: int) -> bool:
    return signal.getsignal(number) is signal.default_int_handler
