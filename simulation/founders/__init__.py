"""How a world is founded in January 2023, by what is founded."""
