"""The engine's exit codes, its errors, which carry one, and any process's end in words for the artist."""

from __future__ import annotations

import textwrap
from pathlib import Path

OK = 0
FAILED = 1
BAD_INPUT = 2
OUTPUT_NOT_WRITABLE = 3
PRIOR_UNUSABLE = 4
DEVICE_UNUSABLE = 5
CHECKPOINT_UNUSABLE = 6
PACKAGE_MISSING = 7
FOLDER_BUSY = 8
CLUSTER_UNUSABLE = 9


class EngineError(Exception):
    """What ends a run or a command: one sentence for the artist, and an exit code, which most kinds have themselves."""

    exit_code = FAILED

    def __init__(self, sentence: str, exit_code: int | None = None):
        super().__init__(sentence)
        if exit_code is not None:
            self.exit_code = exit_code


REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements" / "engine.txt"
"""The packages that the engine needs, for pip. It travels with the extension."""

SENTENCES = {
    OK: "The run finished or was stopped.",
    BAD_INPUT: "The engine could not use these settings: engine.log in the run's folder says which.",
    OUTPUT_NOT_WRITABLE: "The run's folder cannot be written, or the disk is full: free some space or choose another"
    " folder.",
    PRIOR_UNUSABLE: "The prior's files are missing or broken: choose their folder in the preferences, or allow online"
    " access.",
    DEVICE_UNUSABLE: "The device is not available or out of memory: choose another device or the draft preset, and"
    " press Generate.",
    CHECKPOINT_UNUSABLE: "The checkpoint is missing or broken: press Generate to begin anew.",
    PACKAGE_MISSING: f"A package of the engine's Python is missing: install {REQUIREMENTS} into it, or choose another"
    " one in the preferences.",
    CLUSTER_UNUSABLE: "The Ray cluster cannot be used: check its address in the preferences, or compute on this"
    " machine, and press Resume.",
    FOLDER_BUSY: "Another engine is still at work in this run's folder: wait until it has left, then press Resume.",
}
"""One sentence per exit code that the engine itself chooses."""

SIGNALS = {
    1: "its terminal was closed",
    2: "it was interrupted",
    4: "an illegal instruction: its packages may be built for another processor",
    6: "it aborted",
    7: "a memory fault",
    8: "an arithmetic fault",
    9: "the system ended it, most likely because the computer ran out of memory",
    11: "a memory fault",
    15: "it was told to end",
}
"""What ended a process, by POSIX signal number."""

WINDOWS_STATUSES = {
    0xC0000005: "a memory fault",
    0xC0000017: "the computer ran out of memory",
    0xC000001D: "an illegal instruction: its packages may be built for another processor",
    0xC00000FD: "a stack overflow",
    0xC0000135: "a library is missing",
    0xC000013A: "it was interrupted",
    0xC0000142: "a library could not start",
    0xC0000374: "a memory fault",
    0xC0000409: "it aborted",
}
"""What ended a process, by Windows status code."""


def clause(error: BaseException) -> str:
    """What an error says, on one line, not too long and without a full stop."""
    text = getattr(error, "strerror", None) or str(error)
    return textwrap.shorten(text, 200, placeholder="...").removesuffix(".") or type(error).__name__


def in_words(exit_code: int | None) -> str:
    """Why a process ended that did not say so itself, as a clause without full stop.

    `exit_code` is subprocess's: minus the signal on POSIX, the status on Windows; 128 + signal, which shells make of
    it, is understood too. None means that nobody knows.

    >>> in_words(-9) == in_words(137)
    True
    """
    if exit_code is None:
        return "its exit code is not known"
    if exit_code & 0xFFFFFFFF in WINDOWS_STATUSES:
        return WINDOWS_STATUSES[exit_code & 0xFFFFFFFF]
    number = -exit_code if exit_code < 0 else exit_code - 128
    if number in SIGNALS:
        return SIGNALS[number]
    return f"signal {number}" if exit_code < 0 else f"exit code {exit_code}"
