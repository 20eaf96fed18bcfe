"""Numbers and names as people say them: $1.2 bn, 3.4 M GPU-hours, hyperscaler 1."""

from __future__ import annotations

import math

STEPS = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))
CENTS = 100
NOTHING = "-"  # where there is no number
NAMES = {
    "rest_of_economy": "everyone else", "households": "people", "chip_vendor": "chip vendor", "companies": "companies",
    "fringe": "fringe clouds",
}  # fmt: skip
KINDS = {
    "companies": "companies", "lab": "lab", "releaser": "releaser of open weights", "host": "hoster", "cloud": "cloud",
    "public": "public cloud", "chip": "chip vendor", "other": "everyone else", "state": "government",
}  # fmt: skip
ROUTES = {
    "closed_api": "by interface", "hosted_open": "hosted", "self_rent": "run on rented machines", "on_prem":
    "run on own servers", "on_device": "run on devices", "compute": "machine-hours",
}  # fmt: skip
TIERS = {"/frontier": " frontier model", "/small": " small model", "/open": " open model", "/api": " interface"}


def count(amount: float, *, digits: int = 3) -> str:
    """A quantity with three digits that matter: 1.23 bn, 45.6 k, 7."""
    if math.isnan(amount):
        return NOTHING
    for step, name in STEPS:
        if abs(amount) >= step * (1 - 0.5 * 10.0**-digits):
            return f"{_short(amount / step, digits)} {name}"
    return _short(amount, digits)


def usd(dollars: float) -> str:
    """Dollars: $1.23 bn, -$45.6 k, $7.50."""
    if math.isnan(dollars):
        return NOTHING
    sign = "-" if dollars < 0 else ""
    size = abs(dollars)
    return f"{sign}${size:.2f}" if 0 < size < 10 else f"{sign}${count(size)}"


def usd_of_cents(cents: float) -> str:
    """The same of an amount in cents."""
    return usd(cents / CENTS)


def share(part: float) -> str:
    """A part of a whole in percent: 37%, 0.4%, under 0.1%."""
    if math.isnan(part):
        return NOTHING
    percent = 100 * part
    if 0 < abs(percent) < 0.1:
        return "under 0.1%"
    return f"{percent:.0f}%" if abs(percent) >= 10 or percent == 0 else f"{percent:.1f}%"


def actor(name: str) -> str:
    """A holder of accounts by the name a person would use."""
    return NAMES.get(name, name.replace("_", " "))


def offer(name: str) -> str:
    """An offer by the name a person would use: lab 4 small model, platform giant open model at hoster 1."""
    words = name
    for tier, model in TIERS.items():
        words = words.replace(tier, model)
    return words.replace("_", " ")


def _short(amount: float, digits: int) -> str:
    """A number below 1000 with so many digits that matter, whole numbers as such."""
    if amount == int(amount):
        return f"{amount:,.0f}"
    before = max(len(str(int(abs(amount)))), 1)
    text = f"{amount:,.{max(digits - before, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
