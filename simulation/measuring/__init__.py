"""What is measured of a month: indicators, control, value capture, networks, events."""
