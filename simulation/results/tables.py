"""The result tables: what each column is called, holds and means.

One declaration per column feeds the check of what is written, the data dictionary and the labels of figures and app
(docs/data_dictionary.md). Monthly tables begin with the keys scenario, calibration, arm, draw and month.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulation.results.columns import cents, money, price, share, text
from simulation.results.indicator_table import INDICATORS
from simulation.results.schema import KEY_COLUMNS, Column, Table

MARKET = Table(
    "market",
    "one row per offer, segment, contract and month",
    (
        Column("offer", "int16", "", "permanent code of the offer"),
        text("service", "tokens or gpu_hours"),
        text("route", "closed_api, hosted_open, self_rent, on_prem, on_device or compute"),
        text("contract", "on_demand, reserved or spot"),
        text("segment", "enterprise, developer, or who else buys (other, lab, host)"),
        text("seller", "who sends the bill"),
        text("seller_kind", "kind of the seller"),
        text("owner", "ultimate owner of the seller"),
        text("model", "model line served; empty for compute"),
        text("family", "developer of the weights; empty for compute"),
        Column("open", "bool", "", "whether the weights can be downloaded"),
        Column("quality", "float64", "points", "quality of the version on offer"),
        text("host", "who runs the model"),
        text("cloud", "whose machines it runs on"),
        price(
            "price_usd", "USD/Mtok or USD/GPU-hour",
            "posted price: of a GPU-hour where the route is self_rent, on_prem (what owning one costs) or compute, "
            "although the quantities of the first two are tokens; else of a million tokens",
        ),
        Column("quantity_demanded", "float64", "tokens or GPU-hours", "wanted here at the posted price, or waiting"),
        Column("quantity_served", "float64", "tokens or GPU-hours", "delivered, what came from full sellers included"),
        cents("revenue_cents", "invoiced"),
        Column("companies", "float64", "companies", "real companies behind the buying rows"),
    ),
)

SELLERS = Table(
    "sellers",
    "one row per holder of money and month",
    (
        text("seller", "the holder's name"),
        text("kind", "kind of holder"),
        text("role", "hyperscaler, fringe or neocloud; frontier or follower; empty where a kind has no roles"),
        text("layer", "cloud, public, lab, releaser, host, chip, companies, or a closing sector"),
        Column("alive", "bool", "", "in business at the end of the month; false: failed, given up or not yet founded"),
        cents("opening_deposits_cents", "deposits at the start of the month, signed like those at its end"),
        cents("deposits_cents", "deposits at its end; the bank's are what it owes, negative, so that all add up to 0"),
        cents("loans_cents", "loans granted less loans owed: positive at the bank, negative at a borrower"),
        cents("receivables_cents", "invoices others owe"),
        cents("payables_cents", "invoices owed, positive"),
        cents("credits_cents", "prepaid compute held, less compute owed"),
        cents("capital_cents", "machines and sites at book value"),
        cents("wip_cents", "paid and not yet delivered"),
        cents("equity_held_cents", "stakes held at issue price"),
        cents("equity_issued_cents", "own equity at issue price, positive"),
        cents("net_worth_cents", "assets less liabilities and own equity issued"),
        cents("revenue_cents", "sales of the month"),
        cents("profit_accounting_cents", "revenue less costs, depreciation and interest"),
        cents("profit_economic_cents", "after the cost of capital employed; clouds: AI only; 0 for who sells no AI"),
        cents("capex_cents", "machines and sites paid for; hyperscalers and platform giant: ordinary ones included"),
        Column(
            "gpu_hours_commissioned", "float64", "GPU-hours",
            "machines running at the start of the month x its hours; for clouds, companies and the rest of the economy",
        ),
        Column("gpu_hours_held", "float64", "GPU-hours", "held by their buyer; for a cloud, what it can supply"),
        Column(
            "gpu_hours_served", "float64", "GPU-hours",
            "that did work, all those for training and for consumers' subscriptions among them; for a cloud, handed to "
            "buyers",
        ),
        Column("gpu_hours_rented", "float64", "GPU-hours", "of a cloud's, held by others: what it hosts left out"),
        share("utilisation", "GPU-hours served over held"),
        Column("power_mw", "float64", "MW", "power of the sites in use"),
        Column("staff_fte", "float64", "FTE", "specialists employed"),
        Column("best_quality", "float64", "points", "best model the holder develops"),
    ),
)

COHORTS = Table(
    "cohorts",
    "one row per sector, size class, segment, route of the main workload and month",
    (
        Column("sector", "int16", "", "code of the sector"),
        text("size_class", "10-49, 50-249 or 250+ employees"),
        text("segment", "enterprise or developer"),
        text("route", "route of the main workload, none if no workload is served"),
        Column("companies", "float64", "companies", "real companies"),
        Column("rows", "int32", "rows", "rows of the population"),
        Column("employees", "float64", "persons", "employees of these companies"),
        Column("tokens", "float64", "tokens/month", "tokens served"),
        cents("spend_cents", "spending on AI, specialists included"),
        cents("gross_value_cents", "realised gross value"),
        share("access", "realised over potential gross value"),
        cents(
            "consumer_surplus_cents",
            "surplus of these companies from what they use, without taste terms; added up, less what companies pay as "
            "migration_services, egress, poc_cost and advice_fee and plus voucher (table flows), it is "
            "indicators.consumer_surplus_systematic",
        ),
    ),
)

FLOWS = Table(
    "flows",
    "one row per kind of flow, payer, payee and month",
    (
        text("flow", "kind of flow"),
        text("payer", "holder who pays or is debited"),
        text("payee", "holder who is paid or credited"),
        cents("cents", "amount, above zero"),
        Column("cash", "bool", "", "moves deposits"),
        Column("organic", "bool", "", "false for round-tripped money"),
    ),
)

EVENTS = Table(
    "events",
    "one row per event",
    (
        text(
            "kind",
            "release, decision, deal, policy, price, lead, shortage, reversal of a strategy, incident, default, entry, "
            "exit or shock",
        ),
        text("actor", "who did it; empty where nobody did"),
        text("object", "to what: the model line, `firm`, what is priced or short, or the parameter"),
        cents("cents", "money it moved in the month, 0 where no money is meant"),
        text("text", "the rest in words"),
    ),
)

VALUE_CAPTURE = Table(
    "value_capture",
    "one row per firm or bloc of firms, at the year-ends among the last `answer.tail_months` months",
    (
        text("player", "the firm, `fringe` for all clouds without pricing power, or `companies`"),
        text("layer", "cloud, lab, releaser or companies"),
        money("shapley_usd", "mean contribution to the value created, over all orders of joining"),
        share("shapley_share", "the same over the value created"),
        money("added_value_usd", "value lost where it leaves everybody else"),
    ),
)

ANSWERS = Table(
    "answers",
    "one row per measure of the answer",
    (
        text("scenario", "name of the scenario"),
        text("calibration", "iceberg or lean"),
        text("version", "headline, or which variant of the two arms was compared"),
        text("measure", "what is measured; `indicators` columns keep their names"),
        Column("first_month", "int16", "month", "first month of the window"),
        Column("last_month", "int16", "month", "last month of the window"),
        Column("pairs", "int32", "", "paired worlds"),
        Column("closed", "float64", "as the measure", "mean in the closed arm"),
        Column("open", "float64", "as the measure", "mean in the open arm"),
        Column("difference", "float64", "as the measure", "open less closed; for theta and sigma the ratio itself"),
        Column("ci_low", "float64", "as the measure", "lower end of the 95% interval of the difference"),
        Column("ci_high", "float64", "as the measure", "upper end"),
        text("note", "what a reader must know: refused, not modelled, equal by construction"),
    ),
    monthly=False,
)

RUNS = Table(
    "runs",
    "one row per run of a sweep",
    (
        Column("run", "str", "", "which run: the same in every table of the sweep"),
        Column("number", "int32", "", "place of the run in the design, from 1"),
        Column("point", "int32", "", "place of its point in the design, from 1"),
        text("experiment", "name of the experiment; empty where the design has none"),
        *KEY_COLUMNS[:-1],
        text("status", "done or failed"),
        text("error", "what went wrong; empty where nothing did"),
        text("command", "the command that repeats the run, given inside the results folder"),
    ),
    monthly=False,
)

_ALL = (INDICATORS, MARKET, SELLERS, COHORTS, FLOWS, EVENTS, VALUE_CAPTURE, ANSWERS, RUNS)
TABLES = {table.name: table for table in _ALL}
# in the order of writing
RUN_TABLES = ("market", "sellers", "cohorts", "flows", "events", "value_capture", "indicators")


def data_dictionary(tables: Iterable[Table] = TABLES.values()) -> str:
    """Every column of the tables with type, unit and meaning, as Markdown."""
    lines = []
    for table in tables:
        lines += [
            f"## {table.name}",
            "",
            f"{table.row[0].upper()}{table.row[1:]}.",
            "",
            "|column|type|unit|meaning|",
            "|---|---|---|---|",
        ]
        lines += [f"|`{column.name}`|{column.dtype}|{column.unit}|{column.meaning}|" for column in table.columns]
        lines.append("")
    return "\n".join(lines)
