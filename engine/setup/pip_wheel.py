"""A pip to begin with, out of a wheel, so that nothing is installed into Blender's Python."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import sysconfig
from html.parser import HTMLParser
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urldefrag, urljoin
from urllib.request import urlopen

from ..run.atomic import atomic_write_bytes
from .errors import CommandFailed, SetupError

INDEX = "https://pypi.org/simple"
"""Where packages come from unless pip's variables say otherwise."""
WHEEL = "pip-26.3-py3-none-any.whl"
"""What is fetched where there is no pip at all."""
PATIENCE = 60.0
"""Seconds without an answer after which the network is given up."""


def pip_command(folder: Path) -> list[str]:
    """How pip is run: as this Python's module, out of the wheel that ensurepip has, or out of one that is fetched.

    Linux distributions leave both out of Python. Raises SetupError where none can be had, OSError.
    """
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    return [sys.executable, str((_bundled() or _fetched(folder)) / "pip")]


def _bundled() -> Path | None:
    """The wheel that ensurepip would install."""
    places = [Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or os.devnull)]
    if found := importlib.util.find_spec("ensurepip"):
        places.append(Path(found.origin).parent / "_bundled")
    return next((wheel for place in places for wheel in place.glob("pip-*.whl")), None)


def _fetched(folder: Path) -> Path:
    """The wheel from the package index, kept in the folder."""
    wheel = folder / WHEEL
    if not wheel.exists():
        index = os.environ.get("PIP_INDEX_URL") or INDEX
        atomic_write_bytes(wheel, fetch(index, "pip", WHEEL))
    return wheel


def fetch(index: str, project: str, file: str) -> bytes:
    """A project's file from a package index, as PEP 503 describes it, compared with its hash.

    Raises SetupError where the index cannot be reached, has no such file, or it is not what it should be.
    """
    page = f"{index.rstrip('/')}/{project}/"
    try:
        with urlopen(page, timeout=PATIENCE) as answer:
            links = _Links(answer.read().decode("utf-8", "replace")).found
        address = next((link for link in links if urldefrag(link).url.endswith(f"/{file}")), None)
        if address is None:
            raise SetupError(f"The package index {index} has no {file}: name another in the variable PIP_INDEX_URL.")
        address, digest = urldefrag(urljoin(page, address))
        with urlopen(address, timeout=PATIENCE) as answer:
            content = answer.read()
    except (URLError, TimeoutError) as error:
        raise CommandFailed(str(error)) from error
    if digest != f"sha256={hashlib.sha256(content).hexdigest()}":
        raise SetupError(f"{file} of the package index {index} is not what it should be: try again, or another index.")
    return content


class _Links(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """The parser calls this."""
        address = dict(attributes).get("href")
        if tag == "a" and address:
            self.found.append(address)
