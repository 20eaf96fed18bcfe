"""`python -m simulation` is the console script `commonweight`."""

from simulation.cli import main

if __name__ == "__main__":
    main()
