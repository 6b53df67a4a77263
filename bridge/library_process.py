"""The Blender without a window that makes an asset library, followed by what it says. Needs no bpy."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ..engine.run.exits import FAILED, in_words
from ..engine.run.processes import BLENDER_SCRIPT, process_options
from .library_main import MARK

SCRIPT = Path(__file__).with_name("library_main.py")
LOG = "library.log"
"""In the library's folder: everything that this Blender printed."""


class LibraryProcess:
    """A library on its way.

    Attributes:
        said: what it said last, how far it is or what went wrong, a line.
    """

    def __init__(self, program: Path, is_blender: bool, root: Path, output: Path) -> None:
        """Start it for the folder of runs `root`; `output` is the library's folder, which is made.

        `program` is Blender or, where `is_blender` is false, a Python that has it as a module. Raises OSError.
        """
        output.mkdir(parents=True, exist_ok=True)
        with open(output / LOG, "wb") as log:
            self._process = subprocess.Popen(
                [program, *(BLENDER_SCRIPT if is_blender else ()), SCRIPT, "--", root, output],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **process_options(),
            )  # fmt: skip
        self._log = open(output / LOG, "rb")
        self._begun = b""
        self.said = ""

    def poll(self) -> bool:
        """Read what is new; whether it goes on."""
        ended = self._process.poll() is not None  # before reading, so that its last words are read
        *lines, self._begun = (self._begun + self._log.read()).split(b"\n")
        told = [line for line in lines if line.startswith(MARK.encode())]
        if told:
            self.said = told[-1].decode("utf-8", "replace").removeprefix(MARK).strip()
        return not ended

    def end(self) -> str:
        """Let go of it, ended or not; why it failed, or nothing. The library of before stays then."""
        if self.poll():
            self._process.kill()
        code = self._process.wait()
        self._log.close()
        if not code:
            return ""
        if code == FAILED and self.said:
            return self.said
        return f"Blender ended while it made the library ({in_words(code)}): {LOG} in its folder may tell why."
