"""Charts of ``Stats.plot``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .downsample import thin

if TYPE_CHECKING:
    import matplotlib.figure
    import plotly.graph_objects

# Okabe and Ito's palette: told apart with every common form of colour blindness.
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#B2598C"
GREY = "#59636E"


@dataclass(frozen=True)
class _Lines:
    """Series to draw, each of shape (rows,)."""

    time_ns: NDArray[np.int64]
    equity: NDArray[np.float64]
    equity_wo_fee: NDArray[np.float64]
    position: NDArray[np.float64]
    price: NDArray[np.float64]
    equity_label: str
    price_label: str
    price_on_equity_axis: bool


def _lines(df: pl.DataFrame, book_size: float | None, price_as_ret: bool) -> _Lines:
    def column(name: str) -> NDArray[np.float64]:
        return df[name].cast(pl.Float64).to_numpy()

    scale = 1.0 if book_size is None else 100.0 / book_size
    equity_wo_fee = column("equity_wo_fee")
    price = column("price")
    relative = price_as_ret and book_size is not None
    if relative:
        known = price[~np.isnan(price)]
        price = (price / known[0] - 1.0) * 100.0 if len(known) else price
    return _Lines(
        time_ns=df["timestamp"].dt.epoch("ns").to_numpy(),
        equity=(equity_wo_fee - column("fee")) * scale,
        equity_wo_fee=equity_wo_fee * scale,
        position=column("position"),
        price=price,
        equity_label="Equity" if book_size is None else "Cumulative Returns (%)",
        price_label="Price (%)" if relative else "Price",
        price_on_equity_axis=relative,
    )


def plot_plotly(
    df: pl.DataFrame, book_size: float | None, price_as_ret: bool
) -> plotly.graph_objects.Figure:
    """Interactive figure; see :meth:`ringside.stats.Stats.plot`."""
    import plotly.graph_objects as go

    lines = _lines(df, book_size, price_as_ret)
    price_axis = "y" if lines.price_on_equity_axis else "y2"

    def trace(y: NDArray[np.float64], name: str, axis: str, colour: str, **more: Any) -> go.Scatter:
        rows = thin(lines.time_ns, y)
        style = {"color": colour, "width": 1.5} | more.pop("line", {})
        # A date axis takes numbers as milliseconds since the epoch, UTC.
        x = lines.time_ns[rows] / 1e6
        return go.Scatter(x=x, y=y[rows], name=name, yaxis=axis, line=style, mode="lines", **more)

    price_style = {"opacity": 0.45, "legendgroup": "price"}
    figure = go.Figure(
        [
            trace(lines.equity, "Equity", "y", BLUE),
            trace(lines.equity_wo_fee, "Equity w/o fee", "y", ORANGE),
            trace(lines.price, lines.price_label, price_axis, GREY, **price_style),
            trace(lines.position, "Position", "y3", GREEN, line={"shape": "hv"}),
            trace(lines.price, lines.price_label, "y4", GREY, showlegend=False, **price_style),
        ]
    )
    side = {"side": "right", "showgrid": False, "zeroline": False}
    figure.update_layout(
        template="plotly_white",
        height=640,
        margin={"l": 70, "r": 70, "t": 40, "b": 50},
        hovermode="x unified",
        hoversubplots="axis",
        # Plotly's button that uploads the data of the chart.
        modebar={"remove": ["sendChartToCloud"]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis={"type": "date", "anchor": "y3", "title": "Time (UTC)"},
        yaxis={"domain": [0.42, 1.0], "title": lines.equity_label},
        yaxis2={"overlaying": "y", "title": "Price", **side},
        yaxis3={"domain": [0.0, 0.38], "title": "Position (Qty)"},
        yaxis4={"overlaying": "y3", "title": lines.price_label, **side},
    )
    if df.is_empty():
        figure.add_annotation(text="The record has no rows", showarrow=False, font={"size": 16})
    return figure


def plot_matplotlib(
    df: pl.DataFrame, book_size: float | None, price_as_ret: bool
) -> matplotlib.figure.Figure:
    """Static figure of 10 x 6 inches; see :meth:`ringside.stats.Stats.plot`."""
    from matplotlib.figure import Figure

    lines = _lines(df, book_size, price_as_ret)
    time = lines.time_ns.astype("datetime64[ns]")
    figure = Figure(figsize=(10, 6))
    upper, lower = figure.subplots(2, 1, sharex=True)
    figure.subplots_adjust(hspace=0)
    faint = {"color": "black", "alpha": 0.2, "label": lines.price_label}

    drawn = upper.plot(time, lines.equity, color=BLUE, label="Equity")
    drawn += upper.plot(time, lines.equity_wo_fee, color=ORANGE, label="Equity w/o fee")
    if lines.price_on_equity_axis:
        drawn += upper.plot(time, lines.price, **faint)
    else:
        beside = upper.twinx()
        drawn += beside.plot(time, lines.price, **faint)
        beside.set_ylabel(lines.price_label)
    upper.set_ylabel(lines.equity_label)
    upper.legend(handles=drawn, loc="best")
    upper.grid()

    drawn = lower.plot(time, lines.position, color=GREEN, drawstyle="steps-post", label="Position")
    beside = lower.twinx()
    drawn += beside.plot(time, lines.price, **faint)
    beside.set_ylabel(lines.price_label)
    lower.set_ylabel("Position (Qty)")
    lower.set_xlabel("Time (UTC)")
    lower.legend(handles=drawn, loc="best")
    lower.grid()
    return figure
