"""Whether a PNG can be handed to Blender: a broken one would be shown black, without a word."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def check_png(data: bytes, largest: int) -> None:
    """Raise ValueError, with a clause that says why, unless `data` is a whole PNG of at most `largest` pixels a side.

    Its chunks are followed, with their checksums, and not its pixels decoded.
    """
    if not data.startswith(SIGNATURE):
        raise ValueError("the image is not a PNG")
    position, kinds = len(SIGNATURE), []
    while position < len(data) and kinds[-1:] != [b"IEND"]:
        try:
            length, kind = struct.unpack_from(">I4s", data, position)
            (checksum,) = struct.unpack_from(">I", data, position + 8 + length)
        except struct.error:
            raise ValueError("the image is cut off") from None
        if zlib.crc32(data[position + 4 : position + 8 + length]) != checksum:
            raise ValueError("the image is damaged")
        position += 12 + length
        kinds.append(kind)
    if kinds[:1] != [b"IHDR"] or b"IDAT" not in kinds or kinds[-1] != b"IEND":
        raise ValueError("the image lacks a part")
    width, height = struct.unpack_from(">2I", data, len(SIGNATURE) + 8)
    if not 1 <= width <= largest or not 1 <= height <= largest:
        raise ValueError(f"the image claims {width:,} x {height:,} pixels")
