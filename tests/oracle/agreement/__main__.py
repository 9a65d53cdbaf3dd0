"""Print the table: ``python -m tests.oracle.agreement [GROUP ...]``."""

from __future__ import annotations

import sys
import warnings

from . import ROWS

warnings.simplefilter("ignore")
wanted = set(sys.argv[1:])
print("| group | name | max error |\n|---|---|---|")
worst: dict[str, tuple[int, float]] = {}
for row in ROWS:
    if wanted and row.group not in wanted:
        continue
    error = row.error()
    mark = "" if error <= row.bound else " **above its bound**"
    print(f"| {row.group} | {row.name} | {error:.1e}{mark} |")
    count, largest = worst.get(row.group, (0, 0.0))
    worst[row.group] = count + 1, max(largest, error)
print()
for group, (count, largest) in worst.items():
    print(f"{group}: {count} rows, largest error {largest:.1e}")
