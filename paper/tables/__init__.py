"""The tables of the paper, a file each: `caption` and `table`, from results to plain cells."""
