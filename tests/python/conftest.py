"""Makes the modules of this folder importable from each other."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser):
    parser.addoption(
        "--conformance-seeds",
        type=int,
        default=2,
        metavar="N",
        help="hold each configuration to HftBacktest with the seeds 1 to N",
    )
