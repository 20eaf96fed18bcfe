"""The phases of a month, one file each, and what they share."""
