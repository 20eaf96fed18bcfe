"""The audit beyond money: physical, commercial and welfare identities of a month (model.md section 3, I6 to I17).

Pure functions on plain arrays, called every month when it closes; each raises AuditError with the culprit and never
warns. Money identities (I1 to I5) are the ledger's own. Physical and share identities hold to 1e-9 relative; NaN never
passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from market.books import TransactionFlowMatrix, as_dollars
from market.flows import Flow
from market.units import (
    CENTS_PER_DOLLAR,
    HOURS_PER_MONTH,
    SECONDS_PER_MONTH,
    BoolArray,
    Cents,
    CentsArray,
    Dollars,
    FloatArray,
    IntArray,
)

SECONDS_PER_HOUR: Final = SECONDS_PER_MONTH / HOURS_PER_MONTH
PHYSICAL_TOLERANCE: Final = 1e-9
WELFARE_TOLERANCE: Final = 1e-6


class AuditError(Exception):
    """An identity of the economy is violated; the message names who or what, by how much, and which identity."""


def audit_inference_hours(
    names: Sequence[str], *, tokens: FloatArray, gpu_seconds_per_token: FloatArray, gpu_hours_billed: FloatArray
) -> None:
    """I6: the tokens each offer served took the GPU-hours billed for them; all (offers,)."""
    _refuse_unequal(
        names,
        found=gpu_hours_billed,
        due=tokens * gpu_seconds_per_token / SECONDS_PER_HOUR,
        identity="GPU-hours billed differ from tokens served times GPU-seconds per token",
    )


def audit_capacity(
    names: Sequence[str], *, served: FloatArray, held: FloatArray, sold: FloatArray, supply: FloatArray
) -> None:
    """I7: providers serve no more GPU-hours than are held, and sell no more than they supply; all (providers,)."""
    _refuse_above(names, found=served, most=held, identity="GPU-hours served exceed those held")
    _refuse_above(names, found=sold, most=supply, identity="GPU-hours sold exceed supply")


def audit_credits(
    names: Sequence[str], *, granted: CentsArray, used: CentsArray, expired: CentsArray, held: CentsArray
) -> None:
    """I14: credits used and expired never exceed those granted, and the rest is what the books say is held; (pairs,).

    All since founding but `held`, which is now.
    """
    for name, gave, spent, lost, left in zip(names, granted, used, expired, held, strict=True):
        if spent + lost > gave:
            gap = as_dollars(spent + lost - gave)
            raise AuditError(f"{name}: credits used and expired exceed those granted by {gap} (I14)")
        if gave - spent - lost != left:
            gap = as_dollars(gave - spent - lost - left)
            raise AuditError(f"{name}: credits granted less used and expired differ from those held by {gap} (I14)")


def audit_invoices(
    names: Sequence[str], *, price: FloatArray, quantity: FloatArray, cents: CentsArray, invoices: IntArray
) -> None:
    """I8: what was invoiced is price times quantity, within half a cent for each invoice added up; all (items,).

    `price` in USD per unit of `quantity`. No invoice is negative.
    """
    if (cents < 0).any():
        culprit = int(np.argmin(cents))
        raise AuditError(f"{names[culprit]}: invoiced {as_dollars(cents[culprit])}; no invoice is negative (I8)")
    due = price * quantity * CENTS_PER_DOLLAR
    rounding = 0.5 * invoices + PHYSICAL_TOLERANCE * np.abs(due)
    _refuse(
        ~(np.abs(cents - due) <= rounding),
        names,
        lambda at: (
            f"invoiced {as_dollars(cents[at])} in {invoices[at]} invoices for {due[at] / CENTS_PER_DOLLAR:,.4f} USD "
            "at price times quantity (I8)"
        ),
    )


def audit_service(
    names: Sequence[str],
    *,
    demanded: FloatArray,
    received: FloatArray,
    served: FloatArray,
    backlog_change: FloatArray,
    reneged: FloatArray,
    diverted: FloatArray,
    lost: FloatArray,
) -> None:
    """I9: every GPU-hour demanded of a provider is accounted for, what one diverts another receives; all (providers,).

    New demand + received = served + change in backlog + reneged + diverted away + lost (model.md M3).
    """
    _refuse_unequal(
        names,
        found=served + backlog_change + reneged + diverted + lost,
        due=demanded + received,
        identity="GPU-hours served, queued, reneged, diverted and lost differ from those demanded and received (I9)",
        size=served + np.abs(backlog_change),  # where nothing new is demanded, what waited is served
    )
    away, taken = float(diverted.sum()), float(received.sum())
    if not abs(away - taken) <= PHYSICAL_TOLERANCE * max(away, taken):
        raise AuditError(f"all providers: {away:,.6g} GPU-hours were diverted away and {taken:,.6g} received (I9)")


def audit_layer_revenue(
    revenue: Mapping[str, Cents], *, layer_of: Sequence[str], flows: TransactionFlowMatrix, tagged: Sequence[Flow]
) -> None:
    """I10: the revenue reported for each layer is the sum of the flows tagged as its revenue, to the cent.

    `layer_of` (holders,) names the layer of each holder; paid at once or invoiced counts alike, a settlement does not.
    """
    earned = flows.received(*tagged)
    for layer, reported in revenue.items():
        booked = sum(int(cents) for cents, of in zip(earned, layer_of, strict=True) if of == layer)
        if booked != reported:
            raise AuditError(
                f"layer {layer}: reports revenue of {as_dollars(reported)}, its flows are {as_dollars(booked)} (I10)"
            )


def audit_shares(name: str, shares: FloatArray) -> None:
    """I12: shares are not negative and add up to one along the last axis."""
    if not (shares >= 0).all():
        raise AuditError(f"{name}: a share of {np.nanmin(shares):g}; shares are never negative (I12)")
    total = np.atleast_1d(shares.sum(axis=-1)).ravel()
    wrong = ~(np.abs(total - 1) <= PHYSICAL_TOLERANCE)
    if wrong.any():
        raise AuditError(f"{name}: shares add up to {total[wrong][0]:.12g}, not to one (I12)")


def audit_specialists(
    names: Sequence[str], *, employed: FloatArray, idle: FloatArray, stock: FloatArray
) -> None:
    """I11: specialists who work for somebody and those without a job are the stock; nobody works twice.

    `employed` (payers, roles) are the heads that payers count, `idle` and `stock` (roles,) those of the market; FTE.
    """
    _refuse_unequal(names, found=employed.sum(axis=0) + idle, due=stock, identity="employed and idle, and stock (I11)")
    _refuse_above(names, found=-idle, most=PHYSICAL_TOLERANCE * stock, identity="more employed than there are (I11)")


def audit_access(access: FloatArray) -> None:
    """No company realises less than nothing or more than AI could create for it; (companies,), NaN without a need."""
    known = access[np.isfinite(access)]
    if known.size and (known.min() < 0 or known.max() > 1 + PHYSICAL_TOLERANCE):
        row = int(np.nanargmax(np.abs(access - 0.5)))
        raise AuditError(f"company {row}: access is {access[row]:.12g}; it lies between 0 and 1")


def audit_licences(names: Sequence[str], *, held: npt.NDArray[np.integer], offered_in_arm: BoolArray, arm: str) -> None:
    """I15: nobody uses what was never offered in this arm, such as an open model that was not released.

    `held` (workloads,) are offer codes, -1 for none; `offered_in_arm` (offers,) is true for offers made at least once.
    """
    in_use = np.zeros(len(offered_in_arm) + 1, dtype=bool)
    in_use[held] = True  # workloads without an offer mark the last place
    stray = np.flatnonzero(in_use[:-1] & ~offered_in_arm)
    if stray.size:
        users = int((held == stray[0]).sum())
        raise AuditError(f"{names[stray[0]]}: used by {users} workloads, though never offered in arm {arm} (I15)")


def audit_defaults(
    names: Sequence[str], *, owed: CentsArray, cash: CentsArray, proceeds: CentsArray, written_off: CentsArray
) -> None:
    """I13: bank and suppliers of a firm wound up lose what it owed less its cash and what its assets fetched; (firms,).

    A firm that leaves with more than it owes leaves no loss.
    """
    due = np.maximum(owed - cash - proceeds, 0)
    _refuse(
        written_off != due,
        names,
        lambda at: (
            f"owed {as_dollars(owed[at])}, had {as_dollars(cash[at])} and sold assets for {as_dollars(proceeds[at])}; "
            f"{as_dollars(written_off[at])} were written off (I13)"
        ),
    )


LEFT_BY_THE_DEAD: Final = (
    "deposits", "loans", "receivables", "payables", "capital", "wip", "equity_held", "equity_issued", "net_worth",
    "credits",
)  # fmt: skip


def audit_the_dead(names: Sequence[str], *, dead: BoolArray, items: Mapping[str, CentsArray]) -> None:
    """Nothing is left in the balance sheets (sellers,) of firms that are out of business."""
    for item, cents in items.items():
        _refuse(
            dead & (cents != 0),
            names,
            lambda at, item=item, cents=cents: (  # type: ignore[misc]
                f"is out of business and still has {item} of {as_dollars(cents[at])} (I13)"
            ),
        )


def audit_welfare(welfare: Dollars, *, parts: Mapping[str, Dollars]) -> None:
    """I16: welfare is the sum of its parts (consumer surplus, profits, wage rents, net taxes, less harm); USD a month.

    Differences between arms are sums of differences then, so that Sigma + Theta + the other ratios = 1 + dW/(-d
    profit_lab).
    """
    total = sum(parts.values())
    if not abs(welfare - total) <= PHYSICAL_TOLERANCE * _scale(parts.values()):
        listed = ", ".join(f"{part} {value:,.2f}" for part, value in parts.items())
        raise AuditError(f"welfare: {welfare:,.2f} USD is not the sum {total:,.2f} of its parts ({listed}) (I16)")


def audit_welfare_twice(from_money: Dollars, *, from_quantities: Mapping[str, Dollars]) -> None:
    """I17: welfare from incomes equals welfare from quantities, to one part in a million; USD a month.

    `from_quantities` holds the signed terms: realised gross value, less energy, vendor inputs, labour at reservation
    wages, depreciation, the cost of capital, migration labour and harm. The difference is measured against the largest
    term.
    """
    total = sum(from_quantities.values())
    if not abs(from_money - total) <= WELFARE_TOLERANCE * _scale((from_money, *from_quantities.values())):
        listed = ", ".join(f"{term} {value:,.2f}" for term, value in from_quantities.items())
        raise AuditError(
            f"welfare: {from_money:,.2f} USD from incomes and {total:,.2f} from quantities ({listed}): "
            f"{from_money - total:,.2f} USD were counted on one side only (I17)"
        )


def audit_company_rows(
    *, deposits: CentsArray, companies_hold: Cents, payable: CentsArray, companies_owe: Cents
) -> None:
    """The rows of the companies add up to their accounts in the ledger, to the cent.

    `deposits` (companies,) may be negative for a row that is overdrawn: `companies_hold` is the holder's deposits less
    its debt. `payable` (workloads,) are unpaid bills and `companies_owe` the holder's payables.
    """
    if (payable < 0).any():
        row = int(np.argmin(payable))
        raise AuditError(f"row {row} owes {as_dollars(payable[row])}: a bill was settled twice")
    for verb, column, booked in (("hold", deposits, companies_hold), ("owe", payable, companies_owe)):
        total = int(column.sum())
        if total != booked:
            raise AuditError(
                f"companies: rows {verb} {as_dollars(total)}, the ledger says {as_dollars(booked)}: a column changed "
                "without a posting, or the other way round"
            )


def _scale(values: Iterable[float]) -> float:
    return max((abs(value) for value in values), default=0.0)


def _refuse_unequal(
    names: Sequence[str], *, found: FloatArray, due: FloatArray, identity: str, size: FloatArray | float = 0.0
) -> None:
    """Refuse a difference that is not rounding, given the size of the sums and of what was summed."""
    tolerance = PHYSICAL_TOLERANCE * np.maximum(size, np.maximum(np.abs(found), np.abs(due)))
    wrong = ~(np.abs(found - due) <= tolerance)
    _refuse(wrong, names, lambda at: f"{identity}: {found[at]:,.9g} and {due[at]:,.9g}")


def _refuse_above(names: Sequence[str], *, found: FloatArray, most: FloatArray, identity: str) -> None:
    wrong = ~(found <= most * (1 + PHYSICAL_TOLERANCE))
    _refuse(wrong, names, lambda at: f"{identity}: {found[at]:,.9g} and {most[at]:,.9g}")


def _refuse(wrong: BoolArray, names: Sequence[str], describe: Callable[[int], str]) -> None:
    if wrong.any():
        culprit = int(np.flatnonzero(wrong)[0])
        raise AuditError(f"{names[culprit]}: {describe(culprit)}")
