"""Command line of the report."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from ringside.stats.utils import resample

from .inputs import ReportError, load_config, load_orders, load_record, make_run
from .page import render_report, write_page
from .summary import summary_text

OK, USAGE, DATA, IO = 0, 2, 3, 4
"""Exit codes, the same for every program of Ringside."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a report; see ``--help``.

    Returns:
        0, or 3 for unusable input, 4 when the report cannot be written.

    Raises:
        SystemExit: with code 2 for a wrong command line.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.output is None and not options.text:
        parser.error("give -o REPORT.html, or --text for a table")
    try:
        run = make_run(
            load_record(options.record),
            None if options.orders is None else load_orders(options.orders),
            {} if options.config is None else load_config(options.config),
            resample=options.resample,
            trading_days_per_year=options.trading_days,
        )
        if options.text:
            sys.stdout.write(summary_text(run))
        page = None if options.output is None else render_report(run, options.title)
    except ReportError as error:
        print(f"ringside report: {error}", file=sys.stderr)
        return DATA
    if page is not None:
        try:
            write_page(options.output, page)
        except OSError as error:
            print(
                f"ringside report: {options.output}: cannot write the report: {error.strerror}",
                file=sys.stderr,
            )
            return IO
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ringside.report",
        description="Make a report of a run: one HTML file that needs no network, or a table.",
    )
    parser.add_argument("record", type=Path, metavar="RECORD.npz", help="what the recorder saved")
    parser.add_argument("--orders", type=Path, metavar="ORDERS.npy", help="order log of the run")
    parser.add_argument("--config", type=Path, metavar="RUN.json", help="settings of the run")
    parser.add_argument("--title", help="heading; by default the symbols")
    parser.add_argument("-o", "--output", type=Path, metavar="REPORT.html", help="file to write")
    parser.add_argument("--text", action="store_true", help="print the headline numbers")
    parser.add_argument(
        "--resample",
        type=_duration,
        default="10s",
        metavar="INTERVAL",
        help="interval of Sharpe and Sortino, such as 10s or 1m (default 10s)",
    )
    parser.add_argument(
        "--trading-days",
        type=_positive,
        default=252.0,
        metavar="DAYS",
        help="days a year for annualised ratios (default 252)",
    )
    return parser


def _positive(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{word!r} is not a number above 0")
    return value


def _duration(word: str) -> str:
    try:
        # Polars panics on an interval of no length.
        if not any(digit in word for digit in "123456789"):
            raise ValueError(word)
        resample(pl.DataFrame({"timestamp": [datetime(1970, 1, 1)]}), word)
    except (ValueError, pl.exceptions.PolarsError) as error:
        raise argparse.ArgumentTypeError(
            f"{word!r} is not an interval; use a number and a unit, such as 10s, 1m or 1h"
        ) from error
    return word
