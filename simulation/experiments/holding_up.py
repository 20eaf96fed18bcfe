"""Hold-up power: what a lasting price rise of one seller brings it while its rivals' prices stand (docs/model.md 4.2).

The economy is forked some months before its end. One fork goes on as it is and its prices are recorded; in one more for
each seller these prices are posted again, with that seller's raised, and everybody answers with the switching costs,
contracts and reviews they have. The gain is the seller's economic profit over those months, against the first fork.
Source: the hypothetical-monopolist test of merger guidelines, for one firm.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from market.goods import Route
from market.units import BoolArray, FloatArray
from simulation.economy import ComputeEconomy
from simulation.measuring.margins import PRICE_RISE
from simulation.world import PricePath

MONTHS = 12  # the rise lasts


def gains_of_price_rises(
    economy: ComputeEconomy, sellers: Sequence[int], *, months: int = MONTHS, rise: float = PRICE_RISE
) -> FloatArray:
    """Economic profit a rise of all its prices brings each seller by code, USD a month over `months`; (sellers,).

    `economy` stands `months` before the end of its horizon and stays as it is.
    """
    base = economy.fork()
    first = base.month
    path, before = _followed(base, months=months)
    gains = []
    for seller in sellers:
        raised = economy.fork()
        raised.world.price_path = _padded(_raised(path, economy, seller, rise=rise), first=first)
        _, after = _followed(raised, months=months)
        gains.append(float((after - before)[:, seller].mean()))
    return np.array(gains)


def _followed(economy: ComputeEconomy, *, months: int) -> tuple[PricePath, FloatArray]:
    """The prices that were posted, and every seller's economic profit, (months, sellers) USD a month."""
    clouds, interfaces, profits = [], [], []
    for _ in range(months):
        economy.step()
        tariffs = economy.record.tariffs
        clouds.append([tariffs.scarcity_price, tariffs.cloud_price, tariffs.contract_quote, tariffs.cloud_cost])
        interfaces.append(np.where(metered_offers(economy) & tariffs.sheet.available, tariffs.sheet.price, np.nan))
        profits.append(economy.record.closing.outcomes.profit_economic[: len(economy.sellers)])
    return PricePath(np.array(clouds), np.array(interfaces)), np.array(profits)


def metered_offers(economy: ComputeEconomy) -> BoolArray:
    """Offers sold by the token; (offers,)."""
    return np.asarray(economy.world.book.route <= Route.HOSTED_OPEN)


def _raised(path: PricePath, economy: ComputeEconomy, seller: int, *, rise: float) -> PricePath:
    """The same path with all prices of one seller raised."""
    clouds, interfaces = path.clouds.copy(), path.interfaces.copy()
    if seller < len(economy.world.clouds):
        clouds[:, :, seller] *= 1.0 + rise
    interfaces[:, economy.world.book.seller == seller] *= 1.0 + rise
    return PricePath(clouds, interfaces)


def _padded(path: PricePath, *, first: int) -> PricePath:
    """The path with a place for each of the months before `first`, which are over."""

    def padded(values: FloatArray) -> FloatArray:
        return np.concatenate([np.full((first, *values.shape[1:]), np.nan), values])

    return PricePath(padded(path.clouds), padded(path.interfaces))
