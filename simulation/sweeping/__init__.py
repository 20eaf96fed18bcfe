"""Sweeps: many worlds of one design, computed by any number of processes, that go on where they were stopped."""
