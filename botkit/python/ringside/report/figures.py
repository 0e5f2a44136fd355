"""Charts of the report, as Plotly figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ringside.stats.downsample import thin
from ringside.stats.plot import BLUE, GREEN, ORANGE, PURPLE, VERMILION

from . import text
from .inputs import Array, Asset
from .orders import HORIZONS_NS, Facts, Latencies, MarkoutRow
from .summary import Curves

INK = "#1F2933"
GRID = "#E4E8EC"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
CLOCK = "%H:%M:%S.%3f"
HOVER_TIME = f"%d %b {CLOCK}"

# Pixels above each panel, for its title and legend, and below a chart, for its time axis.
STRIP, BOTTOM = 34, 44
# Spans of time that markers are thinned to; a browser draws each marker as an object of its own.
MARKER_BUCKETS = 1000


@dataclass(frozen=True)
class Panel:
    """One chart of the stack that shares the time axis."""

    title: str
    unit: str
    height: int
    traces: list[go.Scatter]
    zero_based: bool = False


@dataclass(frozen=True)
class Drawing:
    """A figure and what its caption must say about it."""

    figure: go.Figure
    thinned: bool


def base_layout(height: int) -> dict[str, Any]:
    """Layout that all charts share."""
    return {
        "template": "none",
        "height": height,
        "autosize": True,
        "paper_bgcolor": "#FFFFFF",
        "plot_bgcolor": "#FFFFFF",
        "font": {"family": FONT, "size": 12, "color": INK},
        "hoverlabel": {"bgcolor": "rgba(255,255,255,0.96)", "bordercolor": "#C3CBD3"},
        "margin": {"l": 84, "r": 24, "t": 10, "b": BOTTOM},
    }


def axis(**more: Any) -> dict[str, Any]:
    """Axis with the grid, lines and digits that all charts share."""
    return {
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": "#9AA5B1",
        "ticks": "outside",
        "tickcolor": "#9AA5B1",
        "ticklen": 4,
        "separatethousands": True,
    } | more


def time_figure(asset: Asset, series: Curves, facts: Facts | None, buckets: int) -> Drawing:
    """Equity, drawdown, position, price with fills, fees and latency over one time axis.

    Args:
        asset: Names and units.
        series: At least one row.
        facts: What the order log tells; None without one.
        buckets: Spans of time that each line is thinned to.
    """
    pen = _Pen(series.time_ns, buckets)
    money = asset.currency
    panels = [
        Panel("Equity", money, 220, [
            pen.line(series.equity_wo_fee, "Without fees", ORANGE),
            pen.line(series.equity, "With fees", BLUE, width=2.0),
        ]),
        Panel("Drawdown", money, 96, [
            pen.line(series.drawdown, "Drawdown", VERMILION, fill="tozeroy",
                     fillcolor="rgba(213,94,0,0.16)"),
        ]),
        Panel("Position", "contracts", 120, [
            pen.line(series.position, "Position", GREEN, shape="hv", fill="tozeroy",
                     fillcolor="rgba(0,158,115,0.12)"),
        ], zero_based=True),
        Panel("Price and fills" if facts else "Price", "price", 280, [
            *([] if facts is None else pen.fills(facts.executions)),
            pen.line(series.price, "Mid", INK, width=1.0, legendrank=1),
        ]),
        Panel("Cumulative fees", money, 96, [pen.line(series.fee, "Fees", PURPLE, shape="hv")]),
    ]  # fmt: skip
    if facts is not None and (len(facts.delays.entry_ns) or len(facts.delays.response_ns)):
        panels.append(pen.latency_panel(facts.delays))
    return Drawing(_stack(panels, series.time_ns), pen.thinned)


class _Pen:
    """Makes traces, thinning what has more points than the screen can show."""

    def __init__(self, time_ns: NDArray[np.int64], buckets: int) -> None:
        self._time_ns = time_ns
        self._buckets = buckets
        self.thinned = False

    def _rows(self, time_ns: NDArray[np.int64], y: NDArray[Any], buckets: int) -> NDArray[np.intp]:
        rows = thin(time_ns, y, buckets)
        self.thinned |= len(rows) < len(time_ns)
        return rows

    def line(
        self,
        y: NDArray[np.float64],
        name: str,
        colour: str,
        *,
        width: float = 1.4,
        shape: str = "linear",
        **more: Any,
    ) -> go.Scatter:
        rows = self._rows(self._time_ns, y, self._buckets)
        return go.Scatter(
            x=_milliseconds(self._time_ns[rows]),
            y=y[rows],
            name=name,
            mode="lines",
            line={"color": colour, "width": width, "shape": shape},
            hovertemplate="%{y:,.10~g}",
            **more,
        )

    def fills(self, executions: Array) -> list[go.Scatter]:
        """Markers: the way they point and their colour tell the side, a filled one is a maker."""
        traces = []
        crowded = len(executions) > 1500
        size = 5 if crowded else 8
        for side, word, colour, symbol in (
            (1, "Buy", BLUE, "triangle-up"),
            (-1, "Sell", VERMILION, "triangle-down"),
        ):
            for maker in (True, False):
                group = executions[
                    (executions["side"] == side) & (executions["maker"].astype(bool) == maker)
                ]
                if not len(group):
                    continue
                time_ns = group["exch_ts"].astype(np.int64)
                rows = self._rows(time_ns, group["exec_price"], MARKER_BUCKETS)
                group, time_ns = group[rows], time_ns[rows]
                name = f"{word} {'maker' if maker else 'taker'}"
                traces.append(
                    go.Scatter(
                        x=_milliseconds(time_ns),
                        y=group["exec_price"].astype(np.float64),
                        customdata=np.column_stack((group["exec_qty"], group["fee"])),
                        name=name,
                        mode="markers",
                        marker={
                            "symbol": symbol if maker else f"{symbol}-open",
                            "size": size if maker else size + 2,
                            "color": colour,
                            "opacity": 0.7 if crowded else 1.0,
                            "line": {"width": 0 if crowded else 0.8, "color": "#FFFFFF"}
                            if maker
                            else {"width": 1.2 if crowded else 2, "color": colour},
                        },
                        hovertemplate="%{customdata[0]:,.8~g} @ %{y:,.10~g}"
                        f"  fee %{{customdata[1]:,.6~g}}  at %{{x|{CLOCK}}}",
                    )
                )
        return traces

    def latency_panel(self, delays: Latencies) -> Panel:
        values = np.concatenate((delays.entry_ns, delays.response_ns))
        size, unit = text.latency_unit(float(np.median(values)))
        traces = []
        for time_ns, value, name, colour, symbol in (
            (delays.entry_time_ns, delays.entry_ns, "Entry", BLUE, "circle"),
            (delays.response_time_ns, delays.response_ns, "Response", ORANGE, "diamond"),
        ):
            if not len(value):
                continue
            y = value / size
            rows = self._rows(time_ns, y, MARKER_BUCKETS)
            traces.append(
                go.Scatter(
                    x=_milliseconds(time_ns[rows]),
                    y=y[rows],
                    name=name,
                    mode="markers",
                    marker={"color": colour, "size": 4, "symbol": symbol, "opacity": 0.7},
                    hovertemplate=f"%{{y:,.6~g}} {unit}  at %{{x|{CLOCK}}}",
                )
            )
        return Panel("Order latency", unit, 120, traces, zero_based=True)


def _milliseconds(time_ns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Times as a date axis takes them: milliseconds since the epoch, UTC."""
    return time_ns / 1e6


def _stack(panels: list[Panel], time_ns: NDArray[np.int64]) -> go.Figure:
    """Panels below each other with one time axis, one cursor and one zoom."""
    top = 34
    inner = sum(panel.height + STRIP for panel in panels)
    layout = base_layout(inner + top + BOTTOM)
    layout["margin"] |= {"t": top}
    layout |= {"hovermode": "x unified", "hoversubplots": "axis", "annotations": []}
    layout["xaxis"] = _time_axis(f"y{len(panels)}", time_ns)
    traces = []
    high = 1.0
    for index, panel in enumerate(panels):
        suffix = "" if index == 0 else str(index + 1)
        upper = high - STRIP / inner
        high = max(upper - panel.height / inner, 0.0)
        layout[f"yaxis{suffix}"] = axis(
            domain=[high, upper],
            title={"text": panel.unit, "standoff": 6},
            tickformat=",~r",
            nticks=4 if panel.height < 150 else 7,
            zeroline=panel.zero_based,
            zerolinecolor="#9AA5B1",
        )
        layout[f"legend{suffix}"] = {
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": upper,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
        }
        layout["annotations"].append(_panel_title(panel.title, upper))
        for trace in panel.traces:
            trace.update(yaxis=f"y{suffix}", xaxis="x", legend=f"legend{suffix}")
            trace.showlegend = len(panel.traces) > 1
            traces.append(trace)
    return go.Figure(traces, layout)


def _panel_title(title: str, height: float) -> dict[str, Any]:
    return {
        "text": f"<b>{title}</b>",
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": height,
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": 3,
        "showarrow": False,
        "font": {"size": 13},
    }


def _time_axis(anchor: str, time_ns: NDArray[np.int64]) -> dict[str, Any]:
    return axis(
        type="date",
        anchor=anchor,
        title={"text": "Time (UTC)", "standoff": 8},
        rangeselector=_range_selector(int(time_ns[-1] - time_ns[0])),
        showspikes=True,
        spikemode="across",
        spikesnap="cursor",
        spikethickness=1,
        spikedash="dot",
        spikecolor="#7B8794",
        hoverformat=HOVER_TIME,
        autorangeoptions={"minallowed": time_ns[0] / 1e6, "maxallowed": time_ns[-1] / 1e6},
    )


def _range_selector(span_ns: int) -> dict[str, Any]:
    steps = (
        (10, "second", "10 s", 10),
        (1, "minute", "1 min", 60),
        (10, "minute", "10 min", 600),
        (1, "hour", "1 h", 3600),
        (6, "hour", "6 h", 21_600),
        (1, "day", "1 d", 86_400),
        (7, "day", "7 d", 604_800),
        (1, "month", "1 month", 2_592_000),
    )
    fitting = [step for step in steps if step[3] * 1e9 < span_ns][-4:]
    buttons = [
        {"count": count, "step": unit, "label": label, "stepmode": "backward"}
        for count, unit, label, _ in fitting
    ]
    return {
        "buttons": [*buttons, {"step": "all", "label": "All"}],
        "x": 0,
        "xanchor": "left",
        "y": 1,
        "yanchor": "bottom",
        "bgcolor": "#F1F4F7",
        "activecolor": "#CFE3F1",
        "bordercolor": "#C3CBD3",
        "borderwidth": 1,
        "font": {"size": 11},
    }


def latency_histogram(delays: Latencies) -> go.Figure:
    """Distribution of entry and response latency on a logarithmic axis."""
    everything = np.concatenate((delays.entry_ns, delays.response_ns)).astype(np.float64)
    size, unit = text.latency_unit(float(np.median(everything)))
    positive = everything[everything > 0]
    low, high = (positive.min(), positive.max()) if len(positive) else (1.0, 1.0)
    # A constant latency would give bins of no width.
    edges = np.geomspace(low / 1.2, high * 1.2, 61) / size
    middle = np.sqrt(edges[:-1] * edges[1:])
    traces = []
    for value, name, colour, pattern in (
        (delays.entry_ns, "Entry", BLUE, ""),
        (delays.response_ns, "Response", ORANGE, "/"),
    ):
        if not len(value):
            continue
        counts, _ = np.histogram(np.maximum(value, low) / size, edges)
        traces.append(
            go.Bar(
                x=middle,
                y=counts / len(value) * 100,
                width=np.diff(edges),
                name=name,
                opacity=0.65,
                marker={
                    "color": colour,
                    "line": {"width": 0},
                    "pattern": {"shape": pattern, "size": 5, "solidity": 0.25},
                },
                customdata=np.column_stack((counts, edges[:-1], edges[1:])),
                hovertemplate="%{customdata[1]:.4~g} to %{customdata[2]:.4~g} "
                + unit
                + ": %{y:.2f} % (%{customdata[0]:,})<extra>%{fullData.name}</extra>",
            )
        )
    layout = base_layout(300) | {
        "barmode": "overlay",
        "bargap": 0,
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        "xaxis": axis(type="log", title={"text": f"Latency ({unit})"}, tickformat=",~r",
                      dtick="D2"),
        "yaxis": axis(title={"text": "Share (%)", "standoff": 6}, rangemode="tozero"),
    }  # fmt: skip
    layout["margin"] |= {"t": 30, "l": 64}
    return go.Figure(traces, layout)


def markout_chart(rows: list[MarkoutRow]) -> go.Figure:
    """Mean markout of makers and takers at each horizon, with 95 % confidence intervals."""
    traces = []
    for group, colour, symbol in (("Maker", GREEN, "circle"), ("Taker", PURPLE, "square-open")):
        known = {row.horizon_ns: row for row in rows if row.group == group and row.count}
        chosen = [known[horizon] for horizon in HORIZONS_NS if horizon in known]
        if not chosen:
            continue
        error = [0.0 if np.isnan(row.error_bps) else row.error_bps for row in chosen]
        traces.append(
            go.Scatter(
                x=[f"{row.horizon_ns // 10**9} s" for row in chosen],
                y=[row.mean_bps for row in chosen],
                error_y={"array": error, "color": colour, "thickness": 1.4, "width": 6},
                name=group,
                mode="lines+markers",
                line={"color": colour, "width": 1.6},
                marker={"symbol": symbol, "size": 9, "color": colour, "line": {"width": 2}},
                customdata=[row.count for row in chosen],
                hovertemplate="%{y:+.3f} bps over %{customdata:,} fills",
            )
        )
    layout = base_layout(300) | {
        "hovermode": "x unified",
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        "xaxis": axis(
            type="category",
            title={"text": "Time after the fill"},
            categoryarray=[f"{horizon // 10**9} s" for horizon in HORIZONS_NS],
        ),
        "yaxis": axis(
            title={"text": "Markout (bps of price)", "standoff": 6},
            zeroline=True,
            zerolinecolor="#7B8794",
            zerolinewidth=1.5,
        ),
    }
    layout["margin"] |= {"t": 30, "l": 64}
    return go.Figure(traces, layout)
