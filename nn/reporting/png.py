"""Arrays of bytes as PNG pictures inside a page."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

__all__ = ["data_uri", "encode"]

KINDS = {1: 0, 3: 2, 4: 6}  # channels: colour type


def encode(pixels: np.ndarray) -> bytes:
    """A PNG (ISO/IEC 15948) of bytes: (height, width), or with a last axis of 3 (RGB) or 4 (RGBA).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.reporting.png import encode
    >>> encode(np.zeros((2, 3), dtype=np.uint8))[:4]
    b'\\x89PNG'
    """
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, KINDS[channels], 0, 0, 0)
    rows = np.zeros((height, 1 + width * channels), dtype=np.uint8)  # each row: filter 0, bytes
    rows[:, 1:] = pixels.reshape(height, -1)
    body = zlib.compress(rows.tobytes(), 9)
    parts = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def data_uri(pixels: np.ndarray) -> str:
    """The picture as a ``data:`` address."""
    return f"data:image/png;base64,{base64.b64encode(encode(pixels)).decode()}"
