"""The figures of the paper, a file each: the sentence it supports, `data`, `caption` and a pure `draw`."""
