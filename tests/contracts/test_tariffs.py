"""What every seller owes its customers, whatever rule it follows: prices that can be paid, and the same ones if asked
again."""

from __future__ import annotations

import numpy as np
import pytest

from agents.sellers import ChipVendor, CloudProvider, Hoster, ModelLab, OpenWeightReleaser, Seller
from market.goods import Route
from simulation.month.dealing import net_of_cut

RULES = {
    "rule_lab": ("P2", "P1", "P7", "cournot", "at_cost"),
    "rule_cloud": ("scarcity+markup", "P3", "P2", "P5", "P6", "P9", "cournot", "at_cost"),
    "rule_host": ("P1", "P2", "at_cost"),
}
EVERY_RULE = [(kind, rule) for kind, rules in RULES.items() for rule in rules]
MONTHS = 4
ROOM = 1e-9  # relative; what rounding may take from a price that equals cost


@pytest.fixture(scope="module")
def quoting(economy_of):
    """An economy under one rule, after some months, ready to post the tariffs of the next."""
    known = {}

    def of(kind: str, rule: str):
        if (kind, rule) not in known:
            economy = economy_of({f"pricing.{kind}": rule, "companies.count": 300}, months=MONTHS)
            economy.apply_shocks()
            economy.commission_capacity()
            economy.release_models()
            economy.post_tariffs()
            known[kind, rule] = economy
        return known[kind, rule]

    return of


def priced(economy):
    """Offers on sale by the meter, as a mask."""
    sheet = economy.record.tariffs.sheet
    return sheet.available & (sheet.route <= Route.HOSTED_OPEN)


@pytest.mark.parametrize(("kind", "rule"), EVERY_RULE)
def test_every_tariff_is_positive_and_finite(kind, rule, quoting):
    economy = quoting(kind, rule)
    tariffs = economy.record.tariffs
    for prices in (tariffs.cloud_price, tariffs.gpu_price, tariffs.sheet.price[priced(economy)]):
        assert np.isfinite(prices).all() and (prices > 0).all()
    assert np.isfinite(tariffs.rent) and tariffs.rent > 0
    assert 0 < tariffs.reference_price < np.inf


@pytest.mark.parametrize(("kind", "rule"), [pair for pair in EVERY_RULE if pair[1] != "P7"])  # investors pay for that
def test_nobody_sells_below_what_a_sale_costs(kind, rule, quoting):
    """Compute at its avoidable cost at least, tokens at their unit cost at least."""
    economy = quoting(kind, rule)
    tariffs = economy.record.tariffs
    assert (tariffs.cloud_price >= economy.assumptions.invest.opex * (1 - ROOM)).all()
    on_sale = priced(economy)
    assert (tariffs.sheet.price[on_sale] >= tariffs.unit_cost[on_sale] * (1 - ROOM)).all()


@pytest.mark.parametrize(("kind", "rule"), EVERY_RULE)
def test_whoever_is_asked_twice_quotes_the_same_price(kind, rule, quoting):
    """Working a price out changes nothing: what is remembered is committed when the month closes."""
    economy = quoting(kind, rule)
    first = economy.record.tariffs
    economy.post_tariffs()
    again = economy.record.tariffs
    assert np.array_equal(first.sheet.price, again.sheet.price)
    assert np.array_equal(first.cloud_price, again.cloud_price)


def test_cost_is_the_price_where_the_rule_says_so(quoting):
    clouds = quoting("rule_cloud", "at_cost")
    assert clouds.record.tariffs.cloud_price == pytest.approx(clouds.assumptions.invest.opex)
    labs = quoting("rule_lab", "at_cost")
    direct = [o.code for o in labs.world.book.offers if o.route == Route.CLOSED_API and not o.cloud]
    on_sale = [code for code in direct if labs.record.tariffs.sheet.available[code]]
    tariffs = labs.record.tariffs
    kept = net_of_cut(labs.world, labs.assumptions, codes=np.array(on_sale))
    assert (tariffs.sheet.price[on_sale] * kept) == pytest.approx(tariffs.unit_cost[on_sale])


def test_a_marketplace_sale_leaves_the_lab_at_least_its_cost(quoting):
    """At cost means at cost after the cloud's cut: the price through a marketplace is higher by it."""
    labs = quoting("rule_lab", "at_cost")
    resold = [o.code for o in labs.world.book.offers if o.route == Route.CLOSED_API and o.cloud]
    on_sale = [code for code in resold if labs.record.tariffs.sheet.available[code]]
    tariffs, cut = labs.record.tariffs, labs.assumptions.cloud.marketplace_cut
    assert len(on_sale) > 0
    assert tariffs.sheet.price[on_sale] * (1 - cut) == pytest.approx(tariffs.unit_cost[on_sale])


@pytest.mark.parametrize("kind", [CloudProvider, ModelLab, OpenWeightReleaser, Hoster, ChipVendor])
def test_every_seller_kind_exists_is_named_and_has_a_layer(kind, quoting):
    sellers = [seller for seller in quoting("rule_lab", "P2").sellers if isinstance(seller, kind)]
    assert sellers
    for seller in sellers:
        assert isinstance(seller, Seller) and seller.name and seller.layer
        assert not {"deposits", "cash", "money"} & set(vars(seller)), "money lives in the ledger"
