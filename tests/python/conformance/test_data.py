"""Preparing data gives what HftBacktest 2.4.4 gives, where that is right."""

from __future__ import annotations

import gzip
import json

import market
import numpy as np
import pytest

from ringside import data, types
from ringside.data.utils import binancefutures, feed_order_latency, migration2, snapshot
from ringside.types import event_dtype

reference = pytest.importorskip("hftbacktest", reason="HftBacktest is not installed")

import hftbacktest.data as their_data  # noqa: E402
from hftbacktest.data.utils import binancefutures as their_binancefutures  # noqa: E402
from hftbacktest.data.utils import feed_order_latency as their_latency  # noqa: E402
from hftbacktest.data.utils import migration2 as their_migration2  # noqa: E402
from hftbacktest.data.utils import snapshot as their_snapshot  # noqa: E402

START = 1_700_000_000 * market.SECOND


def disordered_rows(seed: int, count: int = 3000, lead: int = 0):
    """Rows of a recorder whose clock is ``lead`` behind, many at the same time."""
    random = np.random.default_rng(seed)
    rows = np.zeros(count, event_dtype)
    rows["exch_ts"] = START + np.sort(random.integers(0, 1000, count)) * 1000
    rows["exch_ts"] += random.integers(-3, 4, count) * 1000
    rows["local_ts"] = rows["exch_ts"] + random.integers(0, 8, count) * 1000 - lead
    rows["ev"] = np.where(random.random(count) < 0.5, types.BUY_EVENT, types.SELL_EVENT) | 1
    rows["px"] = np.where(random.random(count) < 0.01, np.nan, 100.0 + np.arange(count) % 7)
    rows["qty"] = random.integers(1, 9, count)
    return rows


@pytest.mark.parametrize("lead", [0, 5_000_123, -10])
def test_local_times_are_corrected_alike(lead):
    ours = disordered_rows(1, lead=lead)
    theirs = ours.copy()
    assert data.correct_local_timestamp(ours, 77) is ours
    their_data.correct_local_timestamp(theirs, 77)
    assert (ours["local_ts"] == theirs["local_ts"]).all()


def their_event_order(rows, *indices):
    """HftBacktest's, which reads one index past the last: here that is the number of a row."""
    with_one_more = [np.append(index, 0) for index in indices]
    return their_data.correct_event_order(rows, *(index[:-1] for index in with_one_more))


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_order_is_corrected_alike(seed):
    rows = disordered_rows(seed)
    indices = [np.argsort(rows[name], kind="stable") for name in ("exch_ts", "local_ts")]
    ours = data.correct_event_order(rows, *indices)
    assert ours.tobytes() == their_event_order(rows, *indices).tobytes()
    assert len(ours) > len(rows)
    data.validate_event_order(ours)
    for flag, side in ((types.EXCH_EVENT, "exchange"), (types.LOCAL_EVENT, "local")):
        wrong = ours[::-1].copy()
        wrong["ev"] &= np.uint64(~(types.EXCH_EVENT | types.LOCAL_EVENT) & (2**64 - 1))
        wrong["ev"] |= np.uint64(flag)
        with pytest.raises(ValueError, match=f"{side} events are out of order"):
            data.validate_event_order(wrong)


def depth_stream(seed: int, count: int = 2000):
    """Depth updates, snapshots and best quotes that contradict each other in time."""
    random = np.random.default_rng(seed)
    rows = np.zeros(count, event_dtype)
    bids = random.random(count) < 0.5
    kinds = random.choice([1, 4, 5], count, p=[0.6, 0.1, 0.3])
    rows["ev"] = np.where(bids, types.BUY_EVENT, types.SELL_EVENT) | kinds
    rows["exch_ts"] = 1000 + np.arange(count) // 2 + random.integers(-6, 3, count)
    rows["local_ts"] = 5000 + np.arange(count)
    mid = 1000 + np.cumsum(random.integers(-1, 2, count) * (random.random(count) < 0.2))
    away = random.integers(-1, 8, count)
    rows["px"] = np.where(bids, mid - away, mid + away) * 0.1
    rows["qty"] = random.integers(0, 6, count) * 0.01
    return rows


@pytest.mark.parametrize("seed", range(1, 9))
def test_fused_depth_is_alike(seed):
    rows = depth_stream(seed)
    ours, theirs = data.FuseMarketDepth(0.1, 0.01), their_data.FuseMarketDepth(0.1, 0.01)
    for i in range(len(rows)):
        add = i % 50 != 0
        ours.process_event(rows, i, add)
        theirs.process_event(rows, i, add)
    found, expected = ours.fused_events, theirs.fused_events
    for name in event_dtype.names:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    assert len(found) > 500
    theirs.close()
    ours.close()


def test_fused_depth_refuses_what_it_does_not_know():
    fused = data.FuseMarketDepth(0.1, 0.01)
    for ev in (types.TRADE_EVENT | types.BUY_EVENT, types.DEPTH_EVENT):
        row = np.zeros(1, event_dtype)
        row["ev"] = ev
        with pytest.raises(ValueError, match="event"):
            fused.process_event(row, 0, True)


# A clear up to 97 takes 98 and 97, and 96 is the best then.
def test_a_clear_of_fused_depth_leaves_the_next_level_as_the_best():
    fused = data.FuseMarketDepth(1.0, 1.0)
    row = np.zeros(1, event_dtype)
    for px in (95, 96, 97, 98):
        row["ev"], row["px"], row["qty"] = types.DEPTH_EVENT | types.BUY_EVENT, px, 1
        fused.process_event(row, 0, True)
    row["ev"], row["px"] = types.DEPTH_CLEAR_EVENT | types.BUY_EVENT, 97
    fused.process_event(row, 0, True)
    assert fused.best_bid_tick == 96
    assert fused.fused_events["px"].tolist() == [95.0, 96.0, 97.0, 98.0, 97.0]


def raw_messages(seed: int, count: int = 400):
    """Lines of a collector whose clock is behind the venue's."""
    random = np.random.default_rng(seed)
    now = START // 1_000_000
    levels = [["100.1", "3"], ["100.0", "2.5"], ["99.7", "0.5"]]
    yield now, {"lastUpdateId": 1, "E": now, "T": now, "bids": levels, "asks": [["100.2", "1"]]}
    yield now, {"code": -1003, "msg": "Too many requests"}
    for _ in range(count):
        now += int(random.integers(0, 40))
        base = {"E": now + 1, "T": now, "s": "BTCUSDT"}
        price = f"{100 + random.integers(-9, 9) / 10:.1f}"
        kind = ["depthUpdate", "trade", "bookTicker", "aggTrade"][random.integers(4)]
        message = {"e": kind, **base, "b": price, "B": "1.5", "a": price, "A": "2.5"}
        if kind == "depthUpdate":
            message |= {"b": [[price, "1.250"], ["99.1", "0"]], "a": [["101.0", "0.001"]]}
        elif kind == "trade":
            market_trade = "MARKET" if random.random() < 0.9 else "INSURANCE_FUND"
            message |= {"p": price, "q": "0.75", "m": bool(random.integers(2)), "X": market_trade}
        yield now, {"stream": "btcusdt@x", "data": message}


def raw_file(path, seed: int, combined: bool = True):
    random = np.random.default_rng(seed)
    with gzip.open(path, "wt") as file:
        for now, message in raw_messages(seed):
            if not combined:
                if "data" not in message:
                    continue
                message = message["data"]
            local_ts = now * 1_000_000 + int(random.integers(0, 9_000_000)) - 4_000_000
            file.write(f"{local_ts} {json.dumps(message)}\n")
    return str(path)


@pytest.mark.parametrize("combined", [True, False])
@pytest.mark.parametrize("opt", ["", "t"])
def test_recordings_of_binance_futures_convert_alike(tmp_path, monkeypatch, opt, combined):
    file = raw_file(tmp_path / "raw.gz", 3, combined)
    written = tmp_path / "ours.npz"
    ours = binancefutures.convert(file, str(written), opt, 500, combined)
    monkeypatch.setattr(their_binancefutures, "correct_event_order", their_event_order)
    theirs = their_binancefutures.convert(file, None, opt, 500, combined, buffer_size=100_000)
    assert ours.tobytes() == theirs.tobytes()
    with np.load(written) as npz:
        assert npz["data"].tobytes() == ours.tobytes()


def test_a_mark_price_has_the_time_of_its_event_not_of_the_next_funding(tmp_path):
    data = {"e": "markPriceUpdate", "E": 1_700_000_000_123, "T": 1_700_006_400_000}
    data |= {"i": "100.5", "p": "100.6", "r": "0.0001"}
    with gzip.open(tmp_path / "raw.gz", "wt") as file:
        file.write(f"1700000000125000000 {json.dumps({'data': data})}\n")
    rows = binancefutures.convert(str(tmp_path / "raw.gz"), opt="m")
    assert (rows["exch_ts"] == 1_700_000_000_123_000_000).all()
    assert (rows["ev"] & 0xFF).tolist() == [100, 101, 102]
    assert rows["px"].tolist() == [100.5, 100.6, 0.0001]


def test_a_line_that_is_no_message_is_named(tmp_path):
    with gzip.open(tmp_path / "raw.gz", "wt") as file:
        file.write('1700000000125000000 {"data": {"e": "other"}}\n1700000000125000000 {"da\n')
    with pytest.raises(ValueError, match=r"raw\.gz:2"):
        binancefutures.convert(str(tmp_path / "raw.gz"))


def test_the_last_book_is_alike(tmp_path):
    market.require_library()
    rows = market.random_market(5, 4000)
    theirs = their_snapshot.create_last_snapshot(rows.copy(), 0.5, 0.1)
    ours = snapshot.create_last_snapshot(rows, 0.5, 0.1, None, str(tmp_path / "book.npz"))
    assert ours.tobytes() == theirs.tobytes()
    np.savez(tmp_path / "day.npz", data=rows)
    again = snapshot.create_last_snapshot([str(tmp_path / "day.npz")], 0.5, 0.1, ours)
    assert len(again) >= len(ours) > 4


@pytest.mark.parametrize("factors", [{}, {"mul_entry": 4, "mul_resp": 3, "offset_resp": 7}])
def test_order_latencies_from_the_feed_are_alike(tmp_path, factors):
    rows = market.random_market(6, 5000)
    rows["ev"][::7] &= np.uint64(~types.EXCH_EVENT & (2**64 - 1))
    np.savez(tmp_path / "day.npz", data=rows)
    file, out = str(tmp_path / "day.npz"), tmp_path / "latency.npz"
    ours = feed_order_latency.generate_order_latency(file, str(out), **factors)
    theirs = their_latency.generate_order_latency(file, **factors)
    assert len(ours) == len(theirs) > 5
    for name in ("req_ts", "exch_ts", "resp_ts"):
        assert (ours[name] == theirs[name]).all(), name
    with np.load(out) as npz:
        assert (npz["data"] == ours).all()


def test_events_of_the_first_version_convert_alike(tmp_path):
    old = np.array([[1, 1000, 1010, 1, 99.5, 2], [2, -1, 1020, -1, 99.0, 1], [3, 5, -1, 0, 0, 0.0]])
    np.savez(tmp_path / "old.npz", data=old)
    file = str(tmp_path / "old.npz")
    assert migration2.convert(file).tobytes() == their_migration2.convert(file).tobytes()
