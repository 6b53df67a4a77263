"""One Blender window for each file of tests. What Blender prints there must never be a traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gui.desktop import Desktop
from tests.gui.place import ROOT, way_in


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which Blender, and where pictures go."""
    parser.addoption("--suite", help="Debian's suite whose Blender is tested; else this machine's own, or trixie's")
    parser.addoption("--pictures", type=Path, help="where the tour's pictures go")


@pytest.fixture(scope="session")
def package(tmp_path_factory) -> Path:
    """The extension's zip."""
    folder = tmp_path_factory.mktemp("package")
    subprocess.run([sys.executable, ROOT / "tools" / "build_extension.py", "--output", folder], check=True)
    return next(folder.glob("dreamfusion-*.zip"))


@pytest.fixture(scope="module")
def desktop(request, tmp_path_factory) -> Iterator[Desktop]:
    """A desktop on which nothing was started yet; closed at the end."""
    prefix = way_in(request.config.getoption("--suite", default=None))
    if isinstance(prefix, str):
        pytest.skip(prefix)
    desktop = Desktop(prefix, tmp_path_factory.mktemp("window"))
    try:
        yield desktop
    finally:
        desktop.close()
    assert "Traceback" not in desktop.log()
