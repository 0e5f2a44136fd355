"""What the report reads from an order log."""

from __future__ import annotations

import numpy as np
import pytest
from samples import SECOND, START, order_log, random_record

from ringside.report import ORDER_LOG_DTYPE
from ringside.report.orders import fills, latencies, markout_table, markouts, read


def fill(side, price, at_seconds, qty=1.0):
    row = np.zeros(1, ORDER_LOG_DTYPE)
    row["kind"], row["executed"], row["side"] = 3, True, side
    row["exec_price"], row["exec_qty"] = price, qty
    row["exch_ts"] = START + int(at_seconds * SECOND)
    return row


def test_a_buy_gains_when_the_mid_rises_and_a_sale_when_it_falls():
    time = START + np.arange(0, 121) * SECOND
    mid = 100.0 + np.arange(121)
    log = np.concatenate((fill(1, 100.5, 0.5), fill(-1, 100.5, 0.5)))
    # One second later the last recorded mid is that of second 1.
    np.testing.assert_allclose(markouts(log, time, mid, SECOND), [0.5, -0.5])
    np.testing.assert_allclose(markouts(log, time, mid, 10 * SECOND), [9.5, -9.5])


def test_a_markout_is_unknown_past_the_end_of_the_record():
    time = START + np.arange(0, 11) * SECOND
    log = np.concatenate((fill(1, 100, 9.0), fill(1, 100, 9.5)))
    found = markouts(log, time, np.full(11, 101.0), SECOND)
    np.testing.assert_array_equal(found, [1.0, np.nan])


def test_a_markout_is_unknown_without_a_mid_between_fill_and_horizon():
    time = START + np.array([0, 30, 60]) * SECOND
    log = fill(1, 100, 5)
    assert np.isnan(markouts(log, time, np.full(3, 101.0), SECOND)[0])
    assert markouts(log, time, np.full(3, 101.0), 40 * SECOND)[0] == 1.0
    assert np.isnan(markouts(log, time, np.full(3, np.nan), 40 * SECOND)[0])


def test_the_markout_table_weighs_each_fill_alike_and_sums_by_quantity():
    time = START + np.arange(0, 200) * SECOND
    mid = np.full(200, 101.0)
    log = np.concatenate((fill(1, 100, 5, qty=1), fill(1, 101.0, 6, qty=3)))
    row = markout_table(log, time, mid)[0]
    assert (row.group, row.horizon_ns, row.count) == ("All", SECOND, 2)
    assert row.mean_bps == pytest.approx((100 + 0) / 2)
    assert row.total == pytest.approx(1.0)
    assert row.favourable == 0.5


def test_entry_latency_counts_each_request_once():
    log = order_log(10)
    found = latencies(log)
    np.testing.assert_array_equal(found.entry_ns, np.full(10, 8_000_000))
    assert sorted(found.response_ns.tolist()) == [5_000_000] * 10 + [6_000_000] * 10
    assert np.all(np.diff(found.entry_time_ns) >= 0)
    assert np.all(np.diff(found.response_time_ns) >= 0)


def test_a_response_that_was_never_heard_has_no_latency():
    log = order_log(4)
    log["resp_ts"] = 0
    assert len(latencies(log).response_ns) == 0


def test_fills_are_the_rows_that_executed_in_order_of_time():
    log = order_log(50)[::-1]
    found = fills(log)
    assert len(found) == 50
    assert np.all(np.diff(found["exch_ts"]) >= 0)


def test_rows_are_counted_by_what_they_say():
    log = order_log(9, record=random_record(1))
    log["kind"][0] = 2
    found = read(log).counts
    assert (found.requests, found.acknowledged, found.refused) == (9, 8, 1)
    assert (found.fills, found.maker_fills, found.updates) == (9, 6, 0)
