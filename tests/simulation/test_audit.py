"""Each identity beyond money holds when it should and names the culprit when it does not."""

from __future__ import annotations

import numpy as np
import pytest

from market.flows import Flow
from market.ledger import Ledger
from simulation.audit import (
    AuditError,
    audit_access,
    audit_capacity,
    audit_company_rows,
    audit_inference_hours,
    audit_invoices,
    audit_layer_revenue,
    audit_licences,
    audit_service,
    audit_shares,
    audit_welfare,
    audit_welfare_twice,
)

NAMES = ("first", "second")


def pair(first: float, second: float) -> np.ndarray:
    return np.array([first, second], dtype=np.float64)


def test_tokens_take_the_gpu_hours_billed_for_them() -> None:
    tokens, seconds = pair(7.2e9, 3.6e9), pair(1e-6, 2e-6)
    audit_inference_hours(NAMES, tokens=tokens, gpu_seconds_per_token=seconds, gpu_hours_billed=pair(2.0, 2.0))
    with pytest.raises(AuditError, match="second: GPU-hours billed differ"):
        audit_inference_hours(NAMES, tokens=tokens, gpu_seconds_per_token=seconds, gpu_hours_billed=pair(2.0, 2.1))


def test_a_number_that_is_none_never_passes_the_audit() -> None:
    with pytest.raises(AuditError, match="first"):
        audit_capacity(NAMES, served=pair(np.nan, 1), held=pair(1, 1), sold=pair(1, 1), supply=pair(1, 1))
    with pytest.raises(AuditError, match="I12"):
        audit_shares("routes", pair(np.nan, 1.0))
    with pytest.raises(AuditError, match="I17"):
        audit_welfare_twice(np.nan, from_quantities={"value": 1.0})


def test_nobody_realises_more_than_ai_could_create() -> None:
    audit_access(np.array([0.0, np.nan, 1.0]))
    with pytest.raises(AuditError, match="company 2: access is"):
        audit_access(np.array([0.5, np.nan, 1.1]))
    with pytest.raises(AuditError, match="company 0: access is"):
        audit_access(np.array([-0.1, 0.2]))


def test_no_provider_sells_more_machines_than_it_has() -> None:
    audit_capacity(NAMES, served=pair(5, 6), held=pair(5, 7), sold=pair(6, 8), supply=pair(6 - 1e-10, 8))
    with pytest.raises(AuditError, match="first: GPU-hours sold exceed supply: 6 and 5"):
        audit_capacity(NAMES, served=pair(5, 6), held=pair(5, 7), sold=pair(6, 8), supply=pair(5, 8))
    with pytest.raises(AuditError, match="second: GPU-hours served exceed those held"):
        audit_capacity(NAMES, served=pair(5, 8), held=pair(5, 7), sold=pair(6, 8), supply=pair(6, 8))


def test_invoices_are_price_times_quantity_up_to_half_a_cent_each() -> None:
    price, quantity, invoices = pair(0.25, 3.0), pair(1000.0, 2.0), np.array([4, 1])
    audit_invoices(NAMES, price=price, quantity=quantity, cents=np.array([25_002, 600]), invoices=invoices)
    with pytest.raises(AuditError, match=r"first: invoiced 250.03 USD in 4 invoices for 250.0000 USD"):
        audit_invoices(NAMES, price=price, quantity=quantity, cents=np.array([25_003, 600]), invoices=invoices)
    with pytest.raises(AuditError, match=r"second: invoiced -6.00 USD; no invoice is negative"):
        audit_invoices(NAMES, price=price, quantity=quantity, cents=np.array([25_000, -600]), invoices=invoices)


def test_demand_is_served_queued_diverted_or_lost_and_nothing_else() -> None:
    month = {
        "demanded": pair(10, 4),
        "received": pair(0, 3),
        "served": pair(5, 7),
        "backlog_change": pair(1, 0),
        "reneged": pair(0.5, 0),
        "diverted": pair(3, 0),
        "lost": pair(0.5, 0),
    }
    audit_service(NAMES, **month)
    with pytest.raises(AuditError, match=r"first: .*I9"):
        audit_service(NAMES, **month | {"lost": pair(0, 0)})
    with pytest.raises(AuditError, match="all providers: 3 GPU-hours were diverted away and 4 received"):
        audit_service(NAMES, **month | {"received": pair(0, 4), "served": pair(5, 8)})


def test_a_queue_served_without_new_demand_is_no_violation() -> None:
    none = pair(0, 0)
    audit_service(
        NAMES, demanded=none, received=none, served=pair(0.1 * 3, 7), backlog_change=pair(-0.3, -7), reneged=none,
        diverted=none, lost=none,
    )  # fmt: skip


def test_the_revenue_of_a_layer_is_what_its_flows_brought_invoiced_or_paid() -> None:
    ledger = Ledger(["cloud_1", "cloud_2", "lab_1"])
    ledger.open_books(deposits={"companies": 5_000})
    ledger.pay(Flow.COMPUTE_RENT, payer="companies", payee=["cloud_1", "cloud_2"], cents=np.array([100, 20]))
    ledger.invoice(Flow.COMPUTE_RENT, payer="companies", payee="cloud_1", cents=7)
    ledger.settle(payer="companies", payee="cloud_1", cents=7)
    flows = ledger.close_month().flows
    layer_of = ["cloud", "cloud", "lab", *["none"] * 6]
    audit_layer_revenue({"cloud": 127, "lab": 0}, layer_of=layer_of, flows=flows, tagged=[Flow.COMPUTE_RENT])
    with pytest.raises(AuditError, match=r"layer cloud: reports revenue of 1.34 USD, its flows are 1.27 USD"):
        audit_layer_revenue({"cloud": 134}, layer_of=layer_of, flows=flows, tagged=[Flow.COMPUTE_RENT])


def test_shares_are_positive_and_exhaust_the_market() -> None:
    audit_shares("routes", np.array([[0.25, 0.75], [1.0, 0.0]]))
    with pytest.raises(AuditError, match=r"routes: shares add up to 0.9"):
        audit_shares("routes", np.array([[0.25, 0.75], [0.9, 0.0]]))
    with pytest.raises(AuditError, match=r"routes: a share of -0.25"):
        audit_shares("routes", pair(-0.25, 1.25))


def test_nobody_uses_weights_that_were_never_released_in_this_arm() -> None:
    held = np.array([-1, 0, 1, 1], dtype=np.int16)
    audit_licences(NAMES, held=held, offered_in_arm=np.array([True, True]), arm="closed")
    with pytest.raises(AuditError, match="second: used by 2 workloads, though never offered in arm closed"):
        audit_licences(NAMES, held=held, offered_in_arm=np.array([True, False]), arm="closed")


def test_welfare_is_the_sum_of_its_parts_and_the_same_from_quantities() -> None:
    audit_welfare(7.0, parts={"surplus": 10.0, "profit": -3.0})
    with pytest.raises(AuditError, match=r"surplus 10.00, profit -3.00"):
        audit_welfare(7.1, parts={"surplus": 10.0, "profit": -3.0})
    audit_welfare_twice(7.0, from_quantities={"value": 10.0, "energy": -3.000009})
    with pytest.raises(AuditError, match="were counted on one side only"):
        audit_welfare_twice(7.0, from_quantities={"value": 10.0, "energy": -3.0001})


def test_rows_and_ledger_agree_on_what_the_companies_hold_and_owe() -> None:
    books = {"deposits": np.array([9, -2]), "companies_hold": 7, "payable": np.array([3, 4]), "companies_owe": 7}
    audit_company_rows(**books)
    with pytest.raises(AuditError, match=r"rows owe 0.07 USD, the ledger says 0.08 USD"):
        audit_company_rows(**books | {"companies_owe": 8})
    with pytest.raises(AuditError, match=r"rows hold 0.07 USD, the ledger says 0.06 USD"):
        audit_company_rows(**books | {"companies_hold": 6})
    with pytest.raises(AuditError, match=r"row 1 owes -0.04 USD"):
        audit_company_rows(**books | {"payable": np.array([11, -4])})
