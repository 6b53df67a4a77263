"""Setting a tiny engine up from an offline folder that the real tool made, a Python in it, while there is no
network."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from dreamfusion.bridge import engine_process, setup
from dreamfusion.engine.setup import place
from dreamfusion.engine.setup.offline import PACKAGES, PYTHONS, open_offline, this_platform, write_manifest

from tests import tiny_engine
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(this_platform() != "linux-x86_64", reason="the stand-in for uv's Python is one of Linux"),
]

NOWHERE = "http://127.0.0.1:9"
"""An address that nobody answers at."""
RELEASE = "https://github.com/astral-sh/python-build-standalone/releases/download/"
MAKE = (
    "import sys, pathlib, tools.offline as o; "
    "o.gather(pathlib.Path(sys.argv[1]), 'linux-x86_64', pathlib.Path('log'))"
)
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
LEFT_OUT = ("site-packages", "test", "__pycache__", "idlelib", "lib2to3", f"config-{VERSION}-x86_64-linux-gnu")


def make_python(mirror: Path, listing: Path) -> None:
    """Pack this Python as uv's are, and list it for uv; skips the test where it does not run from another place."""
    version = sys.version.split()[0]
    name = f"cpython-{version}+20990101-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz"
    (mirror / "20990101").mkdir(parents=True)
    library = Path(sys.base_prefix) / "lib"
    with tarfile.open(mirror / "20990101" / name, "w:gz", compresslevel=1) as archive:
        archive.add(Path(sys.base_prefix) / "bin" / f"python{VERSION}", f"python/bin/python{VERSION}")
        for path in (library / f"python{VERSION}", *library.glob(f"libpython{VERSION}.so*")):
            archive.add(path, f"python/lib/{path.name}", filter=lambda entry: entry if _needed(entry) else None)
    build = {
        "name": "cpython", "arch": {"family": "x86_64", "variant": None}, "os": "linux", "libc": "gnu",
        "major": sys.version_info.major, "minor": sys.version_info.minor, "patch": sys.version_info.micro,
        "prerelease": "", "url": f"{RELEASE}20990101/{name.replace('+', '%2B')}", "sha256": None, "variant": None,
        "build": "20990101",
    }
    listing.write_text(json.dumps({f"cpython-{version}-linux-x86_64-gnu": build}), encoding="utf-8")


def _needed(entry: tarfile.TarInfo) -> bool:
    return not set(LEFT_OUT) & set(entry.name.split("/"))


@pytest.fixture(scope="module")
def offline(tmp_path_factory) -> tuple[Path, Path]:
    """The tiny engine's home, and an offline folder for it, which the tool made with pip's settings and a mirror."""
    folder = tmp_path_factory.mktemp("offline")
    home, made = tiny_engine.make_home(folder / "home"), folder / "made here"
    steps = home / "engine" / "setup" / "steps.py"
    source = steps.read_text(encoding="utf-8")
    steps.write_text(source.replace('("3.12", "3.11")', f'("{VERSION}", "3.11")'), encoding="utf-8")
    made.mkdir()
    make_python(folder / "mirror", folder / "pythons.json")
    with pytest.MonkeyPatch.context() as patch:
        tiny_engine.stay_offline(patch, tiny_engine.make_index(folder / "index"))
        patch.delenv("UV_PYTHON_DOWNLOADS")
        patch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(folder / "pythons.json"))
        patch.setenv("UV_PYTHON_INSTALL_MIRROR", (folder / "mirror").as_uri())
        patch.setenv("PYTHONPATH", os.pathsep.join([str(home), str(tiny_engine.ROOT)]))
        subprocess.run([sys.executable, "-c", MAKE, made], check=True, cwd=home)
    shutil.rmtree(folder / "index")
    shutil.rmtree(folder / "mirror")
    return home, made.rename(folder / "moved there")


@pytest.fixture
def no_network(offline, monkeypatch) -> Path:
    """The folder, on a computer whose every way to the network ends nowhere."""
    home, folder = offline
    monkeypatch.setattr(engine_process, "ENGINE_HOME", home)
    monkeypatch.setattr(place, "REQUIREMENTS", home / "requirements" / "engine.txt")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, NOWHERE)
    # In the place of uv's own list, which knows of no stand-in.
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(home.with_name("pythons.json")))
    return folder


def set_up(engine: Path, offline: Path) -> setup.Setup:
    made = setup.start(engine, lambda: None, offline)

    def look() -> bool:
        setup.poll()
        return made.over

    until(look)
    return made


def test_packages_and_python_come_from_the_folder(no_network, tmp_path):
    found = open_offline(no_network)
    assert found.manifest.brings_python and found.manifest.python == VERSION
    made = set_up(tmp_path / "engine", no_network)
    assert made.problem == "" and made.notes == [] and "a tiny processor" in made.sentence
    configuration = (place.find(tmp_path / "engine") / "pyvenv.cfg").read_text(encoding="utf-8")
    assert f"home = {tmp_path / 'engine' / 'python'}" in configuration


def test_without_a_python_in_it_one_that_is_here_does_and_half_a_folder_is_refused(no_network, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(no_network, copy)
    shutil.rmtree(copy / PYTHONS)
    assert "is not whole (python/" in set_up(tmp_path / "engine", copy).problem
    manifest = open_offline(no_network).manifest
    packages = {name: size for name, size in manifest.files.items() if name.startswith(PACKAGES)}
    write_manifest(copy, dataclasses.replace(manifest, brings_python=False, files=packages))
    made = set_up(tmp_path / "engine", copy)
    assert made.problem == "" and "uses one that was here" in made.notes[0]
