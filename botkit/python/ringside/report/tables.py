"""Tables of the report as HTML, and the cards made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from . import figures, orders, text
from .inputs import Array

# Fills listed one by one; a page with all of a long run would be too large to open.
LISTED_FILLS = 500


@dataclass(frozen=True)
class Card:
    """Text under the chart of a card."""

    title: str
    html: str


def latency_card(facts: orders.Facts) -> tuple[Card, go.Figure | None]:
    """Order latency: percentiles and their chart, and what became of the orders."""
    title = "Order latency"
    delays = facts.delays
    groups = {"Entry": delays.entry_ns, "Response": delays.response_ns}
    known = {name: value for name, value in groups.items() if len(value)}
    if not known:
        return Card(title, empty("The order log has no latencies.") + _counts(facts.counts)), None
    size, unit = text.latency_unit(float(np.median(np.concatenate(list(known.values())))))
    rows = [
        [name, f"{len(value):,}"]
        + [text.number(q / size, 3) for q in np.percentile(value, (50, 90, 99, 99.9, 100))]
        for name, value in known.items()
    ]
    caption = (
        "Entry: from sending a request to its processing at the venue. Response: from there to "
        "hearing of it, fills of resting orders included. Those of a simulated venue are simulated."
    )
    html = (
        table([unit, "Count", "p50", "p90", "p99", "p99.9", "Max"], rows)
        + f'<p class="caption">{caption}</p>'
        + _counts(facts.counts)
    )
    return Card(title, html), figures.latency_histogram(delays)


def _counts(counts: orders.Counts) -> str:
    share = counts.maker_fills / counts.fills if counts.fills else np.nan
    rows = [
        [
            f"{counts.requests:,}",
            f"{counts.acknowledged:,}",
            f"{counts.refused:,}",
            f"{counts.updates:,}",
            f"{counts.fills:,}",
            text.percent(share, 1),
        ]
    ]
    titles = ["Requests", "Acknowledged", "Refused", "Updates", "Fills", "Maker fills"]
    return f"<h3>Orders</h3>{table(titles, rows)}"


def markout_card(
    executions: Array, time_ns: NDArray[np.int64], mid: NDArray[np.float64]
) -> tuple[Card, go.Figure | None]:
    """Where the price went after fills: chart and table."""
    title = "Markout after fills"
    if not len(executions):
        return Card(title, empty("The order log has no fills.")), None
    found = orders.markout_table(executions, time_ns, mid)
    if not any(row.count for row in found):
        return Card(title, empty("No mid price was recorded within 60 s after a fill.")), None
    rows = [
        [
            row.group if row.horizon_ns == orders.HORIZONS_NS[0] else "",
            f"{row.horizon_ns // 10**9} s",
            f"{row.count:,}",
            text.signed(row.mean_bps, 3),
            "±" + text.number(row.error_bps, 3) if row.count > 1 else text.UNKNOWN,
            text.percent(row.favourable, 1),
            text.signed(row.total, 2),
        ]
        for row in found
    ]
    titles = ["Fills", "After", "Count", "Mean (bps)", "95 %", "Above 0", "Sum (price x qty)"]
    caption = (
        "Mid price at the horizon less the fill price, with the sign of the side: below 0 the "
        "price moved against the fill. Fills too close to the end of the record, or with no mid "
        "recorded in time, are left out. 95 %: half width of the confidence interval of the mean, "
        "as if fills were independent."
    )
    html = table(titles, rows, group=len(orders.HORIZONS_NS)) + f'<p class="caption">{caption}</p>'
    return Card(title, html), figures.markout_chart(found)


def fills_card(executions: Array) -> str:
    """The first fills one by one, folded away."""
    if not len(executions):
        return ""
    shown = executions[:LISTED_FILLS]
    rows = [
        [
            text.time(row["exch_ts"]),
            str(row["order_id"]),
            "Buy" if row["side"] > 0 else "Sell",
            "Maker" if row["maker"] else "Taker",
            text.number(row["exec_price"], text.decimals_of(shown["exec_price"])),
            text.number(row["exec_qty"]),
            text.number(row["fee"], 6),
        ]
        for row in shown
    ]
    titles = ["Time at the venue (UTC)", "Order", "Side", "Liquidity", "Price", "Quantity", "Fee"]
    count = f"{len(executions):,}"
    if len(executions) > LISTED_FILLS:
        count = f"the first {LISTED_FILLS:,} of {count}"
    return (
        f'<details class="card"><summary>Fills one by one ({count})</summary>'
        f"{table(titles, rows)}</details>"
    )


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], group: int = 0) -> str:
    """An HTML table; the first column is text, the others numbers; a line above each ``group``
    rows."""
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    lines = []
    for index, row in enumerate(rows):
        tag = '<tr class="group">' if group and index and index % group == 0 else "<tr>"
        data = "".join(f"<td>{escape(minus(value))}</td>" for value in row)
        lines.append(f"{tag}{data}</tr>")
    body = "".join(lines)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def empty(message: str) -> str:
    """A box that says why there is nothing."""
    return f'<p class="empty">{escape(message)}</p>'


def minus(value: str) -> str:
    """A number with a true minus sign, which is as wide as a plus."""
    return value.replace("-", "\N{MINUS SIGN}") if value[:1] == "-" else value
