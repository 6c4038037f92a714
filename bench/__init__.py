"""Timings side by side: ``python -m bench loss``, ``... train`` and ``... import``."""
