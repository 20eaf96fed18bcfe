"""Kinds of columns that many result tables have, each with its type and unit."""

from __future__ import annotations

from simulation.results.schema import Column


def money(name: str, meaning: str, required: bool = False) -> Column:
    """An amount of a month, in dollars."""
    return Column(name, "float64", "USD/month", meaning, required)


def price(name: str, unit: str, meaning: str) -> Column:
    """A price, or another amount per unit."""
    return Column(name, "float64", unit, meaning)


def share(name: str, meaning: str, required: bool = False) -> Column:
    """A part of a whole, 0 to 1."""
    return Column(name, "float64", "share", meaning, required)


def index(name: str, meaning: str, unit: str = "index") -> Column:
    """A number without a unit of its own."""
    return Column(name, "float64", unit, meaning)


def cents(name: str, meaning: str) -> Column:
    """An amount that was booked, in whole cents."""
    return Column(name, "int64", "cents", meaning)


def text(name: str, meaning: str) -> Column:
    """Words."""
    return Column(name, "str", "", meaning)
