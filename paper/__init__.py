"""From scenarios to a typeset paper: experiments, the figures and tables drawn from them, and the manuscript.

Stands above `simulation` and beside `app`, which it does not know. `paper/building.py` is the table of contents.
"""
