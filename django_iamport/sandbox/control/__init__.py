"""The control API: everything that the console can do, as JSON."""
