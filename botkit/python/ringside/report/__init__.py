"""Report of a run: one HTML file that needs no network, or a table for terminals.

From a shell::

    python -m ringside.report record.npz --orders orders.npz --config run.json -o report.html
    python -m ringside.report record.npz --text
"""

from .inputs import ORDER_LOG_DTYPE, RECORD_DTYPE, ReportError, Run, make_run
from .page import render_report, write_report
from .summary import summary_table

__all__ = (
    "ORDER_LOG_DTYPE",
    "RECORD_DTYPE",
    "ReportError",
    "Run",
    "make_run",
    "render_report",
    "summary_table",
    "write_report",
)
