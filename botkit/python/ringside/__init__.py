"""Ringside: backtest and trade high-frequency strategies with the same bot."""

__version__ = "0.1.0"

__all__ = ("__version__",)
