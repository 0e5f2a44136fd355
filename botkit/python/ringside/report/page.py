"""The HTML page: one file with its script, styles and data inside."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from . import figures, orders, tables, text
from .inputs import Array, Asset, Run, make_run
from .summary import Cell, cells, curves, headline
from .tables import empty, minus, table

# Spans of time that a line is thinned to: more than a wide screen has pixels, and with many assets
# fewer, so that the file stays small.
MOST_BUCKETS, LEAST_BUCKETS, ALL_BUCKETS = 2000, 250, 8000

# The page may run its own script and nothing else, and may load nothing from anywhere.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; form-action 'none'; base-uri 'none'"
)


def write_report(
    path: str | os.PathLike[str],
    record: Array | Mapping[str, Array],
    *,
    orders: Array | None = None,
    config: Mapping[str, Any] | None = None,
    title: str | None = None,
    resample: str = "10s",
    trading_days_per_year: float = 252,
) -> None:
    """Write the report of a run. The file appears whole or not at all.

    Args:
        path: HTML file to write; an existing one is replaced.
        record: Rows of :data:`~ringside.report.RECORD_DTYPE`, or several by asset number.
        orders: Rows of :data:`~ringside.report.ORDER_LOG_DTYPE`, for all assets.
        config: Settings of the run, shown in a table; see ``make_run`` for those with an effect.
        title: Heading; by default the symbols.
        resample: Interval of Sharpe and Sortino, a Polars duration.
        trading_days_per_year: Days a year for annualised ratios.

    Raises:
        ReportError: for rows of the wrong type or unusable settings.
        OSError: when the file cannot be written.
    """
    run = make_run(
        record, orders, config, resample=resample, trading_days_per_year=trading_days_per_year
    )
    write_page(Path(path), render_report(run, title))


def write_page(path: Path, page: str) -> None:
    """Write a page under a temporary name beside ``path`` and move it there.

    Raises:
        OSError: when the file cannot be written; nothing is left behind.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(page)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def render_report(run: Run, title: str | None = None) -> str:
    """The page of a checked run, as text. The same run gives the same text.

    Args:
        run: See ``make_run``.
        title: Heading; by default the symbols.
    """
    heading = title or "Backtest of " + ", ".join(asset.symbol for asset in run.assets[:4])
    buckets = max(LEAST_BUCKETS, min(MOST_BUCKETS, ALL_BUCKETS // len(run.assets)))
    sections = [_Section(asset, run, buckets) for asset in run.assets]
    tabs = "".join(
        f'<button role="tab" aria-selected="false">{escape(asset.symbol)}</button>'
        for asset in run.assets
    )
    single = len(sections) == 1
    body = [
        f"<header><h1>{escape(heading)}</h1>",
        f'<p class="when">{escape(_period(run.assets))}</p></header>',
        "" if single else _overview(sections),
        "" if single else f'<div class="tabs" role="tablist">{tabs}</div>',
        *(section.html() for section in sections),
        _settings(run.config),
        "<noscript><p>The charts need JavaScript.</p></noscript>",
        "<footer>Made by Ringside. Times are UTC. Nothing is loaded from the network.</footer>",
    ]
    figures_json = "\n".join(
        f'<script type="application/json" id="{name}">{_json(figure)}</script>'
        for section in sections
        for name, figure in section.figures.items()
    )
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(heading)}</title>",
            f"<style>{_asset_text('report.css')}</style>",
            "</head>\n<body>\n<main>",
            *body,
            "</main>",
            figures_json,
            f"<script>{get_plotlyjs()}</script>",
            f"<script>{_asset_text('report.js')}</script>",
            "</body>\n</html>\n",
        ]
    )


class _Section:
    """The part of the page that shows one asset."""

    def __init__(self, asset: Asset, run: Run, buckets: int) -> None:
        self.asset = asset
        self.figures: dict[str, go.Figure] = {}
        self._buckets = buckets
        self._series = curves(asset)
        self._orders = None if asset.orders is None else orders.read(asset.orders)
        numbers = headline(asset, self._series, run)
        self.cells = cells(asset, self._series, numbers, run)
        self._notes = [*numbers.notes, *self._price_notes()]

    def html(self) -> str:
        """Headline numbers, charts, tables and notes."""
        if not len(self._series.time_ns):
            nothing = empty("This record has no rows: there is nothing to draw.")
            charts = f'<div class="card">{nothing}</div>'
        else:
            charts = self._charts()
        parts = _numbers(self.cells) + charts + self._order_cards()
        return f'<section class="asset">{parts}</section>'

    def _price_notes(self) -> list[str]:
        unknown = int(np.isnan(self._series.price).sum())
        if not unknown:
            return []
        return [
            f"{unknown:,} of {len(self._series.price):,} rows have no mid price (a side of the "
            "book was empty); equity is unknown there and the lines have gaps."
        ]

    def _chart(self, name: str, figure: go.Figure) -> str:
        key = f"figure-{self.asset.number}-{name}"
        self.figures[key] = figure
        height = figure.layout.height
        return f'<div class="chart" data-figure="{key}" style="height:{height}px"></div>'

    def _charts(self) -> str:
        drawing = figures.time_figure(self.asset, self._series, self._orders, self._buckets)
        notes = list(self._notes)
        if drawing.thinned:
            notes.append(
                f"Drawn thinned: for each of {self._buckets:,} equal spans of time the first, "
                f"last, least and greatest value of a line ({figures.MARKER_BUCKETS:,} spans for "
                "fills and latencies), so every extreme is shown. The numbers and tables are "
                "computed from all rows."
            )
        if self._orders is None:
            notes.append("No order log was given, so fills, latency and markouts are not shown.")
        elif not len(self._orders.executions):
            notes.append("The order log has no fills.")
        listed = "".join(f"<li>{escape(note)}</li>" for note in notes)
        return (
            f'<div class="card">{self._chart("time", drawing.figure)}'
            + (f'<ul class="notes">{listed}</ul>' if notes else "")
            + "</div>"
        )

    def _order_cards(self) -> str:
        if self._orders is None:
            return ""
        executions = self._orders.executions
        latency, latency_figure = tables.latency_card(self._orders)
        markout, markout_figure = tables.markout_card(
            executions, self._series.time_ns, self._series.price
        )
        cards = []
        for name, card, figure in (
            ("latency", latency, latency_figure),
            ("markout", markout, markout_figure),
        ):
            chart = "" if figure is None else self._chart(name, figure)
            cards.append(f'<div class="card"><h3>{card.title}</h3>{chart}{card.html}</div>')
        return f'<div class="columns">{"".join(cards)}</div>{tables.fills_card(executions)}'


def _numbers(shown: Iterable[Cell]) -> str:
    tone = {1: "value gain", -1: "value loss", 0: "value"}
    boxes = "".join(
        f'<div><div class="label">{escape(cell.label)}</div>'
        f'<div class="{tone[cell.sign]}">{escape(minus(cell.value))}</div>'
        f'<div class="detail">{escape(minus(cell.detail))}</div></div>'
        for cell in shown
    )
    return f'<div class="card numbers">{boxes}</div>'


def _overview(sections: Sequence[_Section]) -> str:
    """One row for each asset. No sum: their currencies may differ."""
    labels = list(dict.fromkeys(cell.label for section in sections for cell in section.cells))
    rows = []
    for section in sections:
        values = {cell.label: cell.value for cell in section.cells}
        rows.append([section.asset.symbol, *(values.get(label, "") for label in labels)])
    return f'<div class="card"><h2>All assets</h2>{table(["Asset", *labels], rows)}</div>'


def _settings(config: Mapping[str, Any]) -> str:
    if not config:
        return ""
    rows = "".join(
        f"<tr><th>{escape(str(key))}</th><td>{escape(_setting(value))}</td></tr>"
        for key, value in config.items()
    )
    return f'<div class="card"><h2>Configuration</h2><table class="settings">{rows}</table></div>'


def _setting(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,}" if abs(value) >= 1000 else repr(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _period(assets: Sequence[Asset]) -> str:
    times = [asset.record["timestamp"] for asset in assets if len(asset.record)]
    if not times:
        return "Empty record"
    begin, end = min(time[0] for time in times), max(time[-1] for time in times)
    return f"{text.time(begin)} to {text.time(end)} UTC"


def _json(figure: go.Figure) -> str:
    # "</script>" in a name must not end the element.
    return str(figure.to_json()).replace("<", "\\u003c")


def _asset_text(name: str) -> str:
    return files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
