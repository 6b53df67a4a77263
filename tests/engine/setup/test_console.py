from __future__ import annotations

import sys
import threading

import pytest

from engine.setup.console import Console
from engine.setup.errors import Cancelled, CommandFailed


@pytest.fixture
def console(tmp_path) -> Console:
    return Console(tmp_path / "setup.log")


def python(source: str) -> list[str]:
    return [sys.executable, "-c", source]


def test_a_command_and_all_that_it_says_are_logged_without_passwords(console, tmp_path):
    said = console.run(*python("import os; print(os.environ['INDEX'])"), environment={"INDEX": "https://me:word@host/"})
    log = (tmp_path / "setup.log").read_text(encoding="utf-8")
    assert said == "https://me:word@host/\n"
    assert "$ " in log and "INDEX=https://***@host/" in log and "word" not in log


def test_what_fails_says_why(console):
    with pytest.raises(CommandFailed, match="The disk is full") as caught:
        console.run(*python("raise SystemExit('No space left on device')"))
    assert "No space left" in caught.value.output
    with pytest.raises(CommandFailed, match="exit code 3"):
        console.run(*python("raise SystemExit(3)"))
    assert console.run(*python("raise SystemExit(3)"), tolerant=True) == ""


def test_cancelling_ends_the_command_that_runs_and_lets_no_other_begin(console):
    threading.Timer(0.2, console.cancel).start()
    with pytest.raises(Cancelled):
        console.run(*python("import time; time.sleep(1000)"))
    with pytest.raises(Cancelled):
        console.run(*python("pass"))
