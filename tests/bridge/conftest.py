"""The half of the bridge without bpy, imported as part of a package, as Blender does, but without the root's code."""

from __future__ import annotations

import sys
import textwrap
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

extension = types.ModuleType("dreamfusion")
extension.__path__ = [str(ROOT)]
sys.modules.setdefault("dreamfusion", extension)


@pytest.fixture
def stub_engine(tmp_path, monkeypatch):
    """A function that makes `python -m engine` run the given source, as a real process."""
    from dreamfusion.bridge import engine_process

    def install(source: str) -> Path:
        package = tmp_path / "home" / "engine"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text("", encoding="utf-8")
        (package / "__main__.py").write_text(textwrap.dedent(source), encoding="utf-8")
        monkeypatch.setattr(engine_process, "ENGINE_HOME", package.parent)
        return Path(sys.executable)

    return install
