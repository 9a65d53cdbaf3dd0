"""The demo: what it makes, and that bad input leaves one line, exit code 2, and nothing else."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograd import Value, viz
from nn.demo.__main__ import main
from nn.demo.folder import FolderError, replacing

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True, scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        viz.render(Value(0.0), tmp_path_factory.mktemp("try") / "try.svg")
    except viz.RendererNotFoundError:
        pytest.skip("nothing here renders graphs")


def listing(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_digits_are_learnt_and_the_page_is_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "page"
    assert main(["--out", str(out)]) == 0
    said = capsys.readouterr().out
    accuracy = float(re.search(r"([\d.]+)% of what it had never seen", said)[1])  # type: ignore[index]
    assert accuracy >= 97
    error = float(re.search(r"worst relative error (\S+)", said)[1])  # type: ignore[index]
    assert error < 1e-6
    assert (out / "index.html").as_uri() in said
    page = (out / "index.html").read_text(encoding="utf-8")
    # All pictures are inside; the drawings are there as files too.
    assert not re.findall(r'(?:src|srcset)="(?!data:)', page)
    assert listing(out) == [".written-by-nn-demo", "index.html", "mlp.svg", "neuron.svg"]
    assert 'href="mlp.svg"' in page and "CC BY 4.0" in page
    for title in (
        "Learning", "What is taken for what", "Gradients and steps", "Units", "Some answers",
        "Gradients, checked", "One neuron", "A small network", "The model", "Run it again",
    ):  # fmt: skip
        assert f"<h2>{title}</h2>" in page
    assert listing(out.parent) == ["page"]


def test_a_second_run_replaces_the_first_and_repeats_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page"
    said = []
    for _ in range(2):
        assert main(["--out", str(out), "--epochs", "1", "--hidden", "8", "--seed", "3"]) == 0
        said.append(re.findall(r"[\d.]+%", capsys.readouterr().out))
    assert said[0] == said[1]
    assert listing(tmp_path) == ["page"]


@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_other_data(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    x = rng.normal(size=(60, 4)) + y[:, None]
    path = tmp_path / f"table.{kind}"
    if kind == "csv":
        names = np.array(["ash", "birch", "cedar"])[y]
        path.write_text("\n".join(",".join([*map(str, r), n]) for r, n in zip(x.tolist(), names)))
    else:
        np.savez(path, x=x, y=y)
    out = tmp_path / "page"
    assert main(["--data", str(path), "--out", str(out), "--epochs", "2", "--hidden", "4"]) == 0
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "Some answers" not in page and "What is taken for what" in page
    assert ("birch" in page) == (kind == "csv")


BAD = {
    "no such file": ["--data", "nothing.csv"],
    "line 2, column 1: 'x' is not a number": ["--data", "number.csv"],
    "line 2 has 2 columns where line 1 has 3": ["--data", "ragged.csv"],
    "not a readable .npz": ["--data", "broken.npz"],
    "is due": ["--data", "shape.npz"],
    "two classes are due": ["--data", "one.csv"],
    "single example": ["--data", "single.csv"],
    "--epochs: '0'": ["--epochs", "0"],
    "--epochs: 'ten'": ["--epochs", "ten"],
    "--hidden: '0'": ["--hidden", "8,0"],
    "--hidden: 'wide'": ["--hidden", "wide"],
    "--seed: '-1'": ["--seed", "-1"],
    "unrecognized arguments": ["--colour", "red"],
    "is a file, not a folder": ["--out", "number.csv"],
    "that this demo did not write (notes.txt)": ["--out", "mine"],
    "is not a folder": ["--out", "number.csv/inside"],
}


@pytest.mark.parametrize("message", BAD)
def test_bad_input_is_one_line_and_leaves_nothing(
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "number.csv").write_text("1,2,0\nx,4,1\n")
    (tmp_path / "ragged.csv").write_text("1,2,0\n3,4\n")
    (tmp_path / "one.csv").write_text("1,2,0\n3,4,0\n")
    (tmp_path / "single.csv").write_text("1,2,0\n3,4,1\n5,6,1\n")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    np.savez(tmp_path / "shape.npz", x=np.ones(4), y=np.arange(4))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    before = listing(tmp_path)
    assert main([*BAD[message], "--epochs", "1"] if message[2:8] != "epochs" else BAD[message]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1 and said.err.startswith("nn.demo: ")
    assert listing(tmp_path) == before
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep me"


def test_files_added_to_our_folder_are_not_deleted(tmp_path: Path) -> None:
    out = tmp_path / "page"
    with replacing(out) as folder:
        (folder / "a.txt").write_text("one")
    with replacing(out) as folder:
        (folder / "b.txt").write_text("two")
    assert listing(out) == [".written-by-nn-demo", "b.txt"]
    (out / "mine.txt").write_text("keep me")
    with pytest.raises(FolderError, match=r"mine\.txt"), replacing(out):
        pass
    assert (out / "mine.txt").exists() and listing(tmp_path) == ["page"]


def test_an_interruption_leaves_the_old_folder(tmp_path: Path) -> None:
    out = tmp_path / "page"
    with replacing(out) as folder:
        (folder / "a.txt").write_text("one")
    with pytest.raises(KeyboardInterrupt), replacing(out) as folder:
        (folder / "b.txt").write_text("half")
        raise KeyboardInterrupt
    assert (out / "a.txt").read_text() == "one" and listing(tmp_path) == ["page"]


def test_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nn.demo", "--data", str(tmp_path / "nothing.csv")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
