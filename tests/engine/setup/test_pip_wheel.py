from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.setup import pip_wheel
from engine.setup.errors import SetupError

CONTENT = b"a wheel"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def served(tmp_path) -> str:
    """The address that the test's folder is served at."""
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def make_index(folder: Path, link: str) -> None:
    """A package index in a folder that links to one file."""
    (folder / "simple" / "pip").mkdir(parents=True)
    (folder / "files").mkdir()
    (folder / "files" / pip_wheel.WHEEL).write_bytes(CONTENT)
    page = folder / "simple" / "pip" / "index.html"
    page.write_text(f'<!DOCTYPE html><a name="top"></a><a href="{link}" data-yanked>pip</a>', encoding="utf-8")


def test_a_file_comes_from_a_package_index(tmp_path, served):
    make_index(tmp_path, f"../../files/{pip_wheel.WHEEL}#sha256={DIGEST}")
    assert pip_wheel.fetch(f"{served}/simple/", "pip", pip_wheel.WHEEL) == CONTENT


@pytest.mark.parametrize(
    "link, sentence",
    [
        (f"../../files/{pip_wheel.WHEEL}#sha256=0", "not what it should be"),
        (f"../../files/{pip_wheel.WHEEL}", "not what it should be"),
        (f"../../files/other-{pip_wheel.WHEEL}", "has no"),
        (f"../../nowhere/{pip_wheel.WHEEL}#sha256={DIGEST}", r"\.$"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused(tmp_path, served, link, sentence):
    make_index(tmp_path, link)
    with pytest.raises(SetupError, match=sentence):
        pip_wheel.fetch(f"{served}/simple", "pip", pip_wheel.WHEEL)


def test_a_network_that_cannot_be_reached_is_told():
    with pytest.raises(SetupError, match="The network cannot be reached"):
        pip_wheel.fetch("http://127.0.0.1:9/simple", "pip", pip_wheel.WHEEL)


def test_ensurepips_wheel_runs_without_being_installed():
    wheel = pip_wheel._bundled()
    if wheel is None:
        pytest.skip("this Python came without it")
    command = [sys.executable, "-S", str(wheel / "pip"), "--version"]
    assert str(wheel) in subprocess.run(command, check=True, capture_output=True, text=True).stdout
