"""What can go wrong in a set-up, in one sentence that says what to do."""

from __future__ import annotations

import re

from ..run.exits import EngineError

AGAIN = "then press Set Up, which goes on from where it was."


class SetupError(EngineError):
    """The engine cannot be set up; the message is one sentence."""


class Cancelled(SetupError):
    """The artist, or the end of Blender, ended the set-up."""

    def __init__(self) -> None:
        super().__init__("Cancelled: Set Up goes on from where it was.")


class CommandFailed(SetupError):
    """A command of the set-up's failed; the message says why, `output` is what the command said."""

    def __init__(self, output: str) -> None:
        super().__init__(explain(output))
        self.output = output


_CAUSES = (
    (
        r"no space left|os error 28\b|os error 112\b|not enough space|disk quota|disk full",
        "The disk is full: free some space, or choose another folder in the preferences, " + AGAIN,
    ),
    (
        r"proxy",
        "The proxy does not let the set-up through: correct it in pip's settings (pip config set global.proxy ...), or"
        " in the variable HTTPS_PROXY, " + AGAIN,
    ),
    (
        r"certificate|UnknownIssuer",
        "The network's certificate is not trusted here: name its file in pip's settings (pip config set global.cert"
        " ...), or in the variable SSL_CERT_FILE, " + AGAIN,
    ),
    (
        r"\b401\b|\b403\b|unauthorized|forbidden",
        "The package index refuses access: correct its address and password in pip's settings, " + AGAIN,
    ),
    (
        r"permission denied|access is denied|being used by another process|(?:os error|WinError) (?:5|13|32|33)\b"
        r"|read-only file system",
        "The engine's folder cannot be written: close what uses it (a virus scanner may), or choose another folder in"
        " the preferences, " + AGAIN,
    ),
    (
        r"dns error|name resolution|getaddrinfo|failed to establish|connection|connect\b|timed out|time-?out"
        r"|network is unreachable|request failed after|failed to fetch|failed to download|error sending request",
        "The network cannot be reached: check the connection, " + AGAIN,
    ),
)
"""Sentences by what commands say, the more particular ones first: a full disk or a proxy also ends a connection."""

_NO_BUILD = re.compile(
    r"no matching distribution found for ([\w.-]+)"
    r"|no solution found.*?because (?:only |there (?:is|are) no versions? of )?([\w.-]+)",
    re.IGNORECASE | re.DOTALL,
)
"""How pip and uv say that the index has no build of a package."""


def explain(output: str) -> str:
    """Why a command failed, from what it said: one sentence.

    >>> explain("error: Failed to write: No space left on device (os error 28)").partition(":")[0]
    'The disk is full'
    """
    for pattern, sentence in _CAUSES:
        if re.search(pattern, output, re.IGNORECASE):
            return sentence
    if found := _NO_BUILD.search(output):
        return (
            f"There is no build of the package {found[1] or found[2]} for this system in the package index: the log"
            " tells more; an existing Python that has the packages can be chosen in the preferences."
        )
    lines = output.strip().splitlines()
    return f"The set-up failed ({lines[-1].strip().removesuffix('.')}): the log tells more." if lines else (
        "The set-up failed without a word: the log shows what was tried."
    )
