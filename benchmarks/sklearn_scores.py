"""``nn.sklearn`` beside scikit-learn's MLP: ``python -m benchmarks.sklearn_scores``.

For each data set the Markdown table has the cross-validated score of both at the same settings
(the same folds and seeds; accuracy, or R²), the time ours takes to fit, and its ratio to theirs.
Each library is timed in a process of its own, on one thread and one pinned core; they take turns,
and times and ratios are medians over the rounds. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .machine import ROOT, describe, environment, pin

__all__ = ["DATA", "Fitter", "housing", "main", "scores", "table"]


def housing(rows: int = 8000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Prices of districts, made up: skewed features, interactions, a cap, and noise.

    Income is lognormal, rooms gamma, occupancy lognormal, age uniform, and places cluster around
    three centres. The logarithm of the price rises with the logarithm of income, less so far from
    a centre; crowded rooms lower it, more so in old houses. Prices are cut off at the 95th
    percentile, as California's were at 500,000 dollars.
    """
    rng = np.random.default_rng(seed)
    income = rng.lognormal(1.2, 0.45, rows)
    age = rng.uniform(1, 52, rows)
    rooms = rng.gamma(9.0, 0.6, rows)
    bedrooms = rooms * rng.normal(0.2, 0.03, rows).clip(0.08, 0.5)
    people = rng.lognormal(7.0, 0.7, rows)
    occupancy = rng.lognormal(1.05, 0.25, rows)
    centres = np.array([[34.0, -118.2], [37.8, -122.3], [32.7, -117.1]])
    which = rng.integers(0, 3, rows)
    reach = np.array([[0.5], [0.35], [0.25]])
    place = centres[which] + rng.normal(0, 1, (rows, 2)) * reach[which]
    distance = np.min(np.linalg.norm(place[:, None] - centres, axis=2), axis=1)
    value = (
        0.9 * np.log(income) * np.exp(-0.8 * distance)
        + 0.35 * np.tanh(rooms / occupancy - 2)
        - 0.25 * np.log(occupancy) * age / 52
        - 0.5 * distance
        + 0.15 * np.sin(age / 8)
        + rng.normal(0, 0.15, rows)
    )
    price = np.exp(value)
    features = np.column_stack((income, age, rooms, bedrooms, people, occupancy, place))
    return features, price.clip(max=np.quantile(price, 0.95))


def _bundled(name: str) -> tuple[np.ndarray, np.ndarray]:
    from sklearn import datasets

    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return x, y


# Name: the data, and whether they are classes.
DATA: dict[str, tuple[Callable[[], tuple[np.ndarray, np.ndarray]], bool]] = {
    "digits": (lambda: _bundled("digits"), True),
    "breast_cancer": (lambda: _bundled("breast_cancer"), True),
    "wine": (lambda: _bundled("wine"), True),
    "diabetes": (lambda: _bundled("diabetes"), False),
    "housing": (housing, False),
}
LIBRARIES = ("nn.sklearn", "sklearn.neural_network")


def estimator(library: str, classes: bool, **settings: Any) -> Any:
    """An MLP of a library."""
    module = __import__(library, fromlist=["MLPClassifier"])
    return (module.MLPClassifier if classes else module.MLPRegressor)(**settings)


def scaled(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Data with standardised features; targets too, where they are quantities."""
    load, classes = DATA[name]
    x, y = load()
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return x, y if classes else (y - y.mean()) / y.std()


def scores(name: str, library: str, seeds: int, settings: dict[str, Any]) -> np.ndarray:
    """Scores on five held-out folds for each seed, which decides folds and starting weights."""
    from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    load, classes = DATA[name]
    x, y = load()
    y = y if classes else (y - y.mean()) / y.std()
    found = []
    for seed in range(seeds):
        folds = (StratifiedKFold if classes else KFold)(5, shuffle=True, random_state=seed)
        mlp = estimator(library, classes, random_state=seed, **settings)
        found.append(cross_val_score(make_pipeline(StandardScaler(), mlp), x, y, cv=folds))
    return np.concatenate(found)


class Fitter:
    """A process that fits one library's MLP to one data set whenever it is asked."""

    def __init__(self, name: str, library: str, settings: dict[str, Any]) -> None:
        command = [sys.executable, "-m", "benchmarks.sklearn_scores", "--worker", library, name]
        self._process = subprocess.Popen(
            [*command, "--settings", json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(),
        )
        pin(self._process.pid)

    def seconds(self, seed: int) -> float:
        """How long one fit takes."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{seed}\n")
        self._process.stdin.flush()
        reply = self._process.stdout.readline()
        if not reply:
            raise RuntimeError(f"the process ended with status {self._process.wait()}")
        return float(reply)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def serve(name: str, library: str, settings: dict[str, Any]) -> None:
    """Fit for each seed that comes in, and print the seconds."""
    x, y = scaled(name)
    for line in sys.stdin:
        mlp = estimator(library, DATA[name][1], random_state=int(line), **settings)
        started = time.perf_counter()
        mlp.fit(x, y)
        print(time.perf_counter() - started, flush=True)


def times(name: str, rounds: int, settings: dict[str, Any]) -> list[tuple[float, float]]:
    """Seconds of ours and theirs in each round; who goes first alternates."""
    fitters = [Fitter(name, library, settings) for library in LIBRARIES]
    try:
        for fitter in fitters:
            fitter.seconds(0)
        found = []
        for n in range(rounds):
            pair = [0.0, 0.0]
            for k in (0, 1) if n % 2 else (1, 0):
                pair[k] = fitters[k].seconds(n)
            found.append((pair[0], pair[1]))
        return found
    finally:
        for fitter in fitters:
            fitter.close()


def table(names: list[str], seeds: int, rounds: int, settings: dict[str, Any]) -> str:
    """The Markdown table."""
    lines = [
        "| data | score | scikit-learn's | largest difference in a fold | fit, s | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for name in names:
        row = [name]
        if seeds:
            ours, theirs = (scores(name, library, seeds, settings) for library in LIBRARIES)
            row += [f"{s.mean():.4f} ± {s.std():.4f}" for s in (ours, theirs)]
            row.append(f"{np.abs(ours - theirs).max():.1g}")
        else:
            row += ["", "", ""]
        if rounds:
            pairs = times(name, rounds, settings)
            row.append(f"{statistics.median(own for own, _ in pairs):.3f}")
            row.append(f"{statistics.median(own / other for own, other in pairs):.2f}")
        else:
            row += ["", ""]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sklearn_scores", description=__doc__
    )
    parser.add_argument("names", nargs="*", help=f"data sets, of {', '.join(DATA)}; all if none")
    parser.add_argument("--seeds", type=int, default=3, help="seeds for the scores; 0: no scores")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of timing; 0: none")
    parser.add_argument("--settings", type=json.loads, default={}, help='as JSON: {"alpha": 0.1}')
    parser.add_argument("--worker", choices=LIBRARIES, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in DATA]:
        parser.error(f"no data set is called {', '.join(unknown)}; there are {', '.join(DATA)}")
    warnings.simplefilter("ignore")  # not converged within max_iter: that is as it should be
    if given.worker:
        serve(given.names[0], given.worker, given.settings)
        return
    print(table(given.names or list(DATA), given.seeds, given.rounds, given.settings))
    print()
    for key, value in describe().items():
        print(f"{key}: {value}")


if __name__ == "__main__":
    main()
