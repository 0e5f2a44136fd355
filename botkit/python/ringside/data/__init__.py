"""Preparing recorded data: correcting times and order, fusing feeds, converting files."""

from .fuse import FuseMarketDepth
from .validation import correct_event_order, correct_local_timestamp, validate_event_order

__all__ = (
    "FuseMarketDepth",
    "correct_event_order",
    "correct_local_timestamp",
    "validate_event_order",
)
