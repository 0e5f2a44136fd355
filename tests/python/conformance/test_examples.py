"""The example strategies do the same on HftBacktest once the package in their import is changed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import market
import numpy as np
import pytest

market.require_library()
reference = pytest.importorskip("hftbacktest", reason="HftBacktest is not installed")
EXAMPLES = Path(__file__).parents[3] / "botkit/examples"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two minutes of a synthetic market."""
    command = market.program("ringside", "RINGSIDE_COMMAND", "tools/ringside")
    file = tmp_path_factory.mktemp("synth") / "market.npz"
    options = ["--seed", "7", "--duration", "2m", "-o", file]
    subprocess.run([command, "synth", *options], check=True, stdout=subprocess.DEVNULL)
    with np.load(file) as npz:
        return npz["data"]


def example(file: Path):
    spec = importlib.util.spec_from_file_location(f"{file.parent.name}_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["grid", "glft", "imbalance", "queue_position"])
def test_an_example_does_the_same_on_both_packages(name, data, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    source = (EXAMPLES / f"{name}.py").read_text()
    assert source.count("\nfrom ringside import ") == 1
    other = tmp_path / f"{name}.py"
    other.write_text(source.replace("\nfrom ringside import ", "\nfrom hftbacktest import "))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        ours, theirs = example(EXAMPLES / f"{name}.py"), example(other)
    mine = ours.run(ours.asset(data).compat(True)).get(0)
    own = data.copy()  # HftBacktest does not hold on to it
    its = theirs.run(theirs.asset(own)).get(0)
    assert len(mine) == len(its) > 1000
    assert mine["num_trades"][-1] > 20
    for field in mine.dtype.names:
        # HftBacktest sums fills of one instant in a random order.
        np.testing.assert_allclose(mine[field], its[field], rtol=1e-9, atol=1e-9, err_msg=field)
