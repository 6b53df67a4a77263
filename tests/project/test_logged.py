"""What `make` runs behind a log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.logged import run_logged

SPEAK = (
    "import os, sys; print('out', os.environ.get('WORD')); print('err', file=sys.stderr); "
    "sys.exit(int(sys.argv[1]))"
)


def test_all_that_a_command_says_is_in_the_log_and_not_on_a_pipe(tmp_path: Path, capfd: pytest.CaptureFixture):
    log = tmp_path / "a.log"
    log.write_text("before\n")
    run_logged((sys.executable, "-c", SPEAK, 0), log, {"WORD": "set"})
    assert sorted(log.read_text().split("\n")) == ["", "before", "err", "out set"]
    assert capfd.readouterr() == ("", "")


def test_a_command_that_fails_raises_after_its_last_words_are_kept(tmp_path: Path):
    log = tmp_path / "a.log"
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run_logged((sys.executable, "-c", SPEAK, 3), log)
    assert caught.value.returncode == 3 and "err" in log.read_text()
