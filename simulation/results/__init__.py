"""Results: the tables and their columns, the folder they stand in, and what reads it again."""
