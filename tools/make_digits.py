"""Rebuild the contents of ``nn/data/digits.npz``, bit for bit, from scikit-learn's copy.

The file in the repository came out of this script and of nothing else, so anybody can check
where every pixel is from::

    python -m pip install scikit-learn
    python tools/make_digits.py --check     # compare, change nothing
    python tools/make_digits.py             # write

What a compressed stream looks like depends on the zlib that wrote it, so two digests are kept: that
of the file as it is shipped, and that of its contents, packed without compression, which any
machine can rebuild and compare.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import zipfile
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "nn" / "data" / "digits.npz"

#: SHA-256 of the file that is shipped.
SHA256 = "be48c9df37095c53b2b71af775a2449c2b1b88db623984c95a34bade4b578d70"

#: SHA-256 of its two arrays, packed without compression.
CONTENT_SHA256 = "0c2aff3ad3efa4c983d74435f40847c3f2dea3c33f362c61616f7b067d84c8fe"

#: A zip entry carries a time; this is the earliest one the format knows.
EPOCH = (1980, 1, 1, 0, 0, 0)


def read_source() -> tuple[np.ndarray, np.ndarray]:
    """Return the images (1797, 8, 8) and labels (1797,) of scikit-learn's copy, as uint8."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise SystemExit(
            "make_digits reads scikit-learn's copy of the data: "
            "install it with `python -m pip install scikit-learn`"
        ) from None

    source = load_digits()
    return as_bytes(source.images, upper=16), as_bytes(source.target, upper=9)


def as_bytes(values: np.ndarray, *, upper: int) -> np.ndarray:
    """Return ``values`` as uint8, refusing any that is not a whole number in 0..``upper``."""
    result = values.astype(np.uint8)
    if not np.array_equal(result, values) or result.max() > upper:
        raise SystemExit(f"the source holds values other than the whole numbers 0..{upper}")
    return result


def pack(images: np.ndarray, labels: np.ndarray, compress: bool = False) -> bytes:
    """Return the bytes of an ``.npz``; uncompressed, they depend on the two arrays alone."""
    archive = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(archive, "w", method, compresslevel=9) as file:
        for name, array in (("images", images), ("labels", labels)):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), version=(1, 0))
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=EPOCH)
            entry.create_system = 3  # the same on every platform
            entry.external_attr = 0o644 << 16
            entry.compress_type = method
            file.writestr(entry, member.getvalue())
    return archive.getvalue()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Rebuild nn/data/digits.npz from its source.")
    parser.add_argument(
        "--check", action="store_true", help="compare with the file that is there, write nothing"
    )
    options = parser.parse_args(argv)

    source = read_source()
    digest = hashlib.sha256(pack(*source)).hexdigest()
    if options.check:
        with np.load(TARGET, allow_pickle=False) as file:
            shipped = hashlib.sha256(pack(file["images"], file["labels"])).hexdigest()
        if shipped != digest:
            print(f"{TARGET.name} differs from its source, whose contents have SHA-256 {digest}")
            return 1
        print(f"{TARGET.name} holds what its source gives: {digest}")
        return 0
    content = pack(*source, compress=True)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    print(f"wrote {TARGET.name}: {len(content)} bytes, SHA-256 {digest}")
    if digest != SHA256:
        print("this is a new file: update SHA256 here and in digits.LICENSE.md")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
