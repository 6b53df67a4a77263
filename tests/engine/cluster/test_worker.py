"""What workers leave on a computer of a cluster when they are killed."""

import os
import tempfile
import time
from pathlib import Path

from engine.cluster.worker import PREFIX, STALE, _sweep
from engine.run.lock import sole_engine


def test_only_an_old_folder_that_nobody_works_in_is_swept_away(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names = [f"{PREFIX}free", f"{PREFIX}held", f"{PREFIX}new", "somebody-elses"]
    free, held, new, other = folders = [tmp_path / name for name in names]
    for folder in folders:
        folder.mkdir()
        (folder / "settings.json").touch()
    with sole_engine(held):
        for folder in (free, held, other):
            date(folder, STALE + 60)
        date(new, STALE - 60)
        _sweep()
        assert sorted(tmp_path.iterdir()) == sorted([held, new, other])
    date(held, STALE + 60)
    _sweep()
    assert sorted(tmp_path.iterdir()) == sorted([new, other])


def date(folder: Path, seconds: float) -> None:
    """Have a folder look as if it was last changed so many seconds ago."""
    os.utime(folder, (time.time() - seconds,) * 2)
