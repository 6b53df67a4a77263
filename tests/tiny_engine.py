"""An engine to set up in seconds: the real installer, beside a stand-in for what it installs that needs no torch."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engine.setup import pip_wheel
from engine.setup.errors import explain

ROOT = Path(__file__).resolve().parents[1]
PACKAGE, FILE = "dreamfusion-tiny", "dreamfusion_tiny"
PIP = f"pip=={pip_wheel.WHEEL.split('-')[1]}"
"""The pip that an offline folder brings."""
ENGINE = f"""
import pathlib, sys, time
import {FILE}
from engine.run.events import EventWriter
if sys.argv[1] == "generate":
    folder = pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
    folder.mkdir()
    hold = pathlib.Path(__file__).with_name("hold")
    while hold.exists():
        time.sleep(.05)
    EventWriter(folder).write("hello", schema=1, device="cpu", device_name="a tiny processor", steps=3)
print({FILE}.VERSION)
"""
"""It works only where its package is; while there is a file called hold beside it, it waits."""


def make_home(folder: Path, version: str = "1") -> Path:
    """A folder like the extension's, as far as the installer knows it; its engine needs that version of the package."""
    shutil.copytree(ROOT / "engine" / "setup", folder / "engine" / "setup")
    shutil.copytree(ROOT / "engine" / "run", folder / "engine" / "run")
    shutil.copy(ROOT / "engine" / "__init__.py", folder / "engine")
    (folder / "engine" / "__main__.py").write_text(ENGINE, encoding="utf-8")
    (folder / "requirements").mkdir()
    shutil.copy(ROOT / "requirements" / "setup.txt", folder / "requirements")
    need(folder, version)
    return folder


def need(home: Path, version: str) -> None:
    """Have the home's engine need that version of its package."""
    (home / "requirements" / "engine.txt").write_text(f"{PACKAGE}=={version}\n", encoding="utf-8")


def make_wheel(folder: Path, version: str) -> None:
    """Add the engine's package to a folder that pip finds packages in."""
    info = f"{FILE}-{version}.dist-info"
    files = {
        f"{FILE}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items())
    with zipfile.ZipFile(folder / f"{FILE}-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in (files | {f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}).items():
            wheel.writestr(name, text)


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def make_index(folder: Path) -> Path:
    """A folder that holds all that pip and uv need for the tiny engine, in two versions.

    Skips the test where the network cannot be reached.
    """
    folder.mkdir()
    requirements = ROOT / "requirements" / "setup.txt"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
    done = subprocess.run([*pip, "-r", requirements, PIP], check=False, capture_output=True, encoding="utf-8")
    if done.returncode and explain(done.stderr).startswith("The network cannot be reached"):
        pytest.skip("uv and pip cannot be fetched: the network cannot be reached")
    assert done.returncode == 0, done.stderr
    for version in ("1", "2"):
        make_wheel(folder, version)
    return folder


def stay_offline(monkeypatch: pytest.MonkeyPatch, index: Path) -> None:
    """Have pip, and whoever honours its settings, take packages from that folder and from nowhere else, and uv fetch no
    Python."""
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
