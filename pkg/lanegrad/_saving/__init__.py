"""How values are saved: as arrays and a JSON text, and how such files are written and read."""
