"""A world and its companies told as stories: portraits month by month, and the events that mattered."""
