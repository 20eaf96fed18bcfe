"""The commands, by what they are about; `simulation/cli.py` puts them together. What is heavy is imported inside."""
