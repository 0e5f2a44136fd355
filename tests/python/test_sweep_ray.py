"""``ringside.sweep(on="ray")`` on a cluster of two workers, one of which is lost on the way."""

from __future__ import annotations

import os
import threading
import time

import polars as pl
import pytest
from market import random_market, require_library

require_library()
ray = pytest.importorskip("ray", reason="ray is not installed: pip install 'ringside[ray]'")

from ray.cluster_utils import Cluster  # noqa: E402

import ringside  # noqa: E402


@pytest.fixture
def cluster():
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    made = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "include_dashboard": False, "object_store_memory": 10**8},
    )
    made.workers = [made.add_node(num_cpus=1, object_store_memory=10**8) for _ in range(2)]
    # Modules of this folder are found by workers as they are here.
    here, given = os.path.dirname(__file__), os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join([here, *given.split(os.pathsep)])
    ray.init(
        address=made.address, log_to_driver=False, runtime_env={"env_vars": {"PYTHONPATH": path}}
    )
    yield made
    ray.shutdown()
    made.shutdown()


def test_a_worker_that_is_lost_costs_no_row_and_doubles_none(cluster, tmp_path):
    days = {"monday": random_market(1, 4000), "tuesday": random_market(2, 4000)}
    sets = ringside.grid(seed=range(12))

    def run(data, seed):
        time.sleep(0.15)
        (rows,) = data if isinstance(data, list) else [data]
        return {"events": len(rows), "sum": float(rows["px"][seed::7].sum())}

    started = threading.Event()

    def lose_a_worker():
        started.wait(60)
        cluster.remove_node(cluster.workers[0], allow_graceful=False)

    thread = threading.Thread(target=lose_a_worker)
    thread.start()
    heard = []

    def on_row(row):
        heard.append((row["data"], row["seed"]))
        if len(heard) == 5:
            started.set()

    frame = ringside.sweep(run, sets, data=days, on="ray", output=tmp_path, on_row=on_row)
    thread.join()

    assert len(heard) == len(set(heard)) == 24
    expected = []
    for day, rows in days.items():
        for seed in range(12):
            total = rows["px"][seed::7].sum()
            expected.append({"data": day, "seed": seed, "events": 4000, "sum": total})
    assert frame.to_dicts() == expected
    stored = pl.read_parquet(tmp_path / "part-*.parquet")
    assert stored.height == 24
    assert stored.select("data", "seed").n_unique() == 24
    dataset = pytest.importorskip("pyarrow.dataset", reason="pyarrow is not installed")
    read = dataset.dataset(tmp_path, format="parquet", exclude_invalid_files=True)
    assert read.count_rows() == 24


def test_a_run_that_fails_there_is_reported_and_not_tried_for_ever(cluster, tmp_path):
    def fails(a):
        if a == 2:
            raise ValueError("two is too much")
        return {"square": a * a}

    with pytest.raises(ringside.SweepError, match=r"a=2: [\s\S]*two is too much"):
        ringside.sweep(fails, {"a": [1, 2, 3]}, on="ray", output=tmp_path)
    assert sorted(pl.read_parquet(tmp_path / "part-*.parquet")["a"]) == [1, 3]
