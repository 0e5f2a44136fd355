"""Converters, each a module of its own."""
