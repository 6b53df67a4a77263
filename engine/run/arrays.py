"""Arrays into .npz files, and out of those that anyone may have made: plain numbers, uncompressed, as many as their
headers say.
"""

from __future__ import annotations

import io
import math
import tokenize
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

import numpy as np

from .reading import read_bounded

BROKEN = (
    OSError, EOFError, ValueError, KeyError, TypeError, OverflowError, RuntimeError, MemoryError, SyntaxError,
    zipfile.BadZipFile, zlib.error, tokenize.TokenError,
)  # fmt: skip
"""What zipfile and numpy raise about files that are not as they should be; numpy reads headers as Python."""


def to_npz(**arrays: np.ndarray) -> bytes:
    """The bytes of a .npz file that holds the arrays by these names, uncompressed."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def read_arrays(path: Path, home: Path, names: Collection[str], most: int) -> dict[str, np.ndarray]:
    """The arrays of these names in a .npz file inside the folder `home`, as far as they are there.

    Raises one of BROKEN, also for a file of more than `most` bytes.
    """
    with zipfile.ZipFile(io.BytesIO(read_bounded(path, home, most))) as archive:
        members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        return {name: _read_member(archive, members[name]) for name in names if name in members}


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """One array, whose numbers stay where they were read to: numpy.load would copy them and add up their checksum anew.

    Raises one of BROKEN for an array that is damaged, whose header claims another number of numbers, or that holds
    Python objects.
    """
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{member.filename} is compressed")
    # The checksum before the header, which numpy parses in ways that damage leads astray.
    content = archive.read(member)
    data = io.BytesIO(content)
    version = np.lib.format.read_magic(data)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
    shape, by_columns, dtype = read_header(data)
    if math.prod(shape) * dtype.itemsize != member.file_size - data.tell() or min(shape, default=0) < 0:
        raise ValueError(f"{member.filename} does not have as many numbers as it claims")
    numbers = np.frombuffer(content, dtype, count=math.prod(shape), offset=data.tell())
    return np.require(numbers.reshape(shape, order="F" if by_columns else "C"), requirements=["ALIGNED"])
