"""The handwritten digits that ship with the package (see digits.LICENSE.md)."""

from __future__ import annotations

import numpy as np

from .dataset import Dataset

__all__ = ["load_digits"]

_SHA256 = "be48c9df37095c53b2b71af775a2449c2b1b88db623984c95a34bade4b578d70"


def load_digits() -> Dataset:
    """The 1,797 images of handwritten digits, 8 by 8 pixels from 0 (paper) to 16 (ink).

    *Optical Recognition of Handwritten Digits* by E. Alpaydin and C. Kaynak (1998), UCI Machine
    Learning Repository, CC BY 4.0, https://doi.org/10.24432/C50P49.

    Examples
    --------
    >>> import nn
    >>> digits = nn.data.load_digits()
    >>> digits.x.shape, digits.y.shape
    ((1797, 8, 8), (1797,))
    """
    import hashlib
    import io
    from pathlib import Path

    path = Path(__file__).with_name("digits.npz")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != _SHA256:
        raise ValueError(
            f"{path} is not the file that was shipped (SHA-256 {digest}, expected {_SHA256}); "
            "install the package again"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"]
    return Dataset(images, labels.astype(np.int64), tuple(str(d) for d in range(10)), "digits")
