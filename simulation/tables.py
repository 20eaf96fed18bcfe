"""The result tables: what each column is called, holds and means.

One declaration per column feeds the check of what is written, the data dictionary and the labels of figures and app
(docs/data_dictionary.md). Monthly tables begin with the keys scenario, calibration, arm, draw and month.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulation.schema import KEY_COLUMNS, Column, Table


def _money(name: str, meaning: str, required: bool = False) -> Column:
    return Column(name, "float64", "USD/month", meaning, required)


def _price(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "float64", unit, meaning)


def _share(name: str, meaning: str, required: bool = False) -> Column:
    return Column(name, "float64", "share", meaning, required)


def _index(name: str, meaning: str, unit: str = "index") -> Column:
    return Column(name, "float64", unit, meaning)


def _cents(name: str, meaning: str) -> Column:
    return Column(name, "int64", "cents", meaning)


def _text(name: str, meaning: str) -> Column:
    return Column(name, "str", "", meaning)


INDICATORS = Table(
    "indicators",
    "one row per scenario, calibration, arm, draw and month",
    (
        # access (model.md 4.1)
        _share(
            "access_mean",
            "realised over potential gross value of AI, mean over companies with a need (firm weighted)",
            True,
        ),
        _share("access_small", "the same over the smaller half of companies ranked by employment", True),
        _share("access_value_weighted", "realised over potential gross value, summed over companies"),
        _money("access_usd", "realised gross value of AI over all companies: the numerator of value-weighted access"),
        _index("access_gini", "Gini coefficient of access over companies (firm weighted)"),
        _share("adoption", "companies with a live workload on any option, over all companies (firm weighted)"),
        _share("adoption_small", "adoption among companies of 10-49 employees"),
        _share("adoption_large", "adoption among companies of 250 and more employees"),
        _share("adoption_employment_weighted", "adoption weighted by employment"),
        _share(
            "infrastructure_gap", "nominal access on the best downloadable model at marginal compute cost, less access"
        ),
        _share("infrastructure_gap_compute", "of this closed by compute at its marginal cost, order-averaged"),
        _share("infrastructure_gap_staff", "of this closed by staff for nothing"),
        _share("infrastructure_gap_switching", "of this closed where changing the supplier costs nothing"),
        _share("infrastructure_gap_beliefs", "of this closed where costs are seen as they are"),
        _share("infrastructure_gap_readiness", "of this closed where every company is ready and knows every seller"),
        _share(
            "infrastructure_gap_rest",
            "what these leave: frictions, risks and shortage, less what models nobody can download do better",
        ),
        Column("tokens_served", "float64", "tokens/month", "tokens served to companies over all routes"),
        # open weights in use
        _share("open_share_tokens", "tokens served by open-weight models over all tokens"),
        _share("open_share_enterprise", "the same in the enterprise segment"),
        _share("open_share_developer", "the same in the developer segment"),
        _share(
            "open_revenue_share_developer", "spending on hosted open models over API and hosted spending, developers"
        ),
        Column(
            "open_lag_months", "float64", "months",
            "time since a closed model first was as good as the best open one, both as trained",
        ),
        Column("frontier_quality", "float64", "points", "quality of the best model on offer"),
        _share("frontier_open_share", "models near the frontier whose weights can be downloaded"),
        Column("open_quality", "float64", "points", "quality of the best model whose weights can be downloaded"),
        # communities around published weights (M14): means over the users of published models
        _index("community_stock", "contributions of a community that are not out of date"),
        Column("community_bonus", "float64", "points", "quality that communities add to published models"),
        _share("flaws_found", "flaws of the version in use that were found by reading the model"),
        _price("community_patch_rate", "1/month", "rate at which a community mends a known flaw"),
        Column("forks", "float64", "lines", "published lines that a community carries on without their developer"),
        # prices: means weighted by the quantity served
        _price("price_closed", "USD/Mtok", "mean price of closed API tokens"),
        _price("price_open", "USD/Mtok", "mean price of hosted open tokens"),
        _price("price_paid", "USD/Mtok", "mean price of API and hosted tokens together"),
        _share("price_gap", "largest relative move a Bertrand seller still wants: 0 at equilibrium"),
        _price("gpu_hour_price", "USD/GPU-hour", "on-demand price outside the hyperscalers"),
        _price(
            "gpu_hour_price_contract", "USD/GPU-hour",
            "one-year contract price outside the hyperscalers: reservations signed in the month",
        ),
        _price("gpu_hour_price_reserved", "USD/GPU-hour", "the same, mean of all live reservations: what buyers pay"),
        _price("gpu_hour_price_spot", "USD/GPU-hour", "price of idle hours at the month's auction, where one is held"),
        _share("reserved_share", "GPU-hours served under reservations over those clouds sold"),
        _price(
            "cloud_price_usd",
            "USD/GPU-hour",
            "GPU-hour revenue of clouds over GPU-hours they sold, contract and on demand",
        ),
        # machines
        Column(
            "gpu_fleet_h100e",
            "float64",
            "H100e",
            "accelerators commissioned by every owner, `other` and own sites included",
        ),
        Column("load", "float64", "ratio", "GPU-hours demanded before rationing over GPU-hours supplied by clouds"),
        Column("cloud_hours_sold", "float64", "GPU-hours", "GPU-hours clouds sold: training + other"),
        Column("cloud_hours_training", "float64", "GPU-hours", "of these to labs and releasers for training"),
        Column(
            "cloud_hours_other",
            "float64",
            "GPU-hours",
            "of these for everything else: inference, hosting, renting, other demand",
        ),
        _money("cloud_revenue_training_usd", "paid to clouds for training hours"),
        _money("cloud_revenue_other_usd", "paid to clouds for all other GPU-hours"),
        _share("utilisation_shared", "GPU-hours busy over held, hosts and labs"),
        _share("utilisation_self", "GPU-hours busy over held, companies that run models themselves"),
        # structure
        _index(
            "cloud_hhi",
            "Herfindahl index of total cloud revenue of the last 12 months, ordinary business included, every fringe "
            "firm by itself, 0-1",
        ),
        _share("cloud_top3", "share of the hyperscalers in the same revenue"),
        _share(
            "cloud_switching_rate",
            "companies whose primary cloud (most of their compute and platform spend, ordinary business included) is "
            "another than 12 months ago",
        ),
        _money(
            "capex_big_four_usd", "capital spending of hyperscalers and platform giant, AI and ordinary (target T17)"
        ),
        _index("api_hhi", "Herfindahl index of enterprise API fees by lab, 0-1"),
        _index("token_hhi", "Herfindahl index of who is paid for tokens, interfaces and hosted models, 0-1"),
        _index("token_hhi_modified", "the same with joint ownership counted, under proportional control"),
        _share(
            "vendor_switching_rate",
            "enterprises with API spend whose main lab (largest spend) is another than 12 months ago (firm weighted)",
        ),
        _share("vendor_upgrade_rate", "the same enterprises that kept their main lab and use a newer model of it"),
        _share(
            "multi_homing_large",
            "companies of 250 and more employees that use models of three or more developers, over those that use AI",
        ),
        _index(
            "host_price_elasticity",
            "own-price elasticity of demand at one host of an open model, other prices fixed, weighted by tokens",
            unit="1",
        ),
        _share("compute_owned_top5", "H100e of the five largest owners over all H100e"),
        _share("control_lab", "kill-switch exposure to labs: realised value lost where each firm withdraws, summed"),
        _share("control_releaser", "the same to releasers that sell an interface; published weights stay"),
        _share("control_cloud", "the same to clouds, every fringe firm by itself"),
        _share("control_host", "the same to hosters"),
        _share("control_chip", "the same to the chip vendor, who can stop deliveries and not the running fleet"),
        _share("control_total", "the same summed over ultimate owners; may exceed 1"),
        _index("control_hhi", "concentration of kill-switch exposure over ultimate owners"),
        _share("control_max", "largest exposure to one ultimate owner"),
        _share("control_lab_long", "control_lab where there is time to build a service of one's own"),
        _share("control_releaser_long", "control_releaser over the long horizon"),
        _share("control_cloud_long", "control_cloud over the long horizon"),
        _share("control_host_long", "control_host over the long horizon"),
        _share("control_chip_long", "control_chip over the long horizon"),
        _share("control_total_long", "control_total over the long horizon"),
        _index("control_hhi_long", "control_hhi over the long horizon"),
        _share("control_max_long", "control_max over the long horizon"),
        _share("lerner_lab", "(price - marginal cost)/price of labs' tokens, rent and staff paid, by revenue"),
        _share("lerner_host", "the same of hosted open tokens"),
        _share("lerner_cloud", "the same of clouds' GPU-hours over energy and operation"),
        _share("lerner_chip", "the same of the vendor's accelerators over unit cost"),
        _share("value_share_lab", "Shapley value of labs over value created, in the last month of the last two years"),
        _share("value_share_releaser", "the same of releasers that sell an interface"),
        _share("value_share_cloud", "the same of clouds"),
        _share("value_share_companies", "the same of the companies that use AI"),
        # money by layer: economic profit after tax and after the cost of capital employed
        _money("profit_lab", "economic profit of labs after training, cloud-owned labs included, releasers not", True),
        _money("profit_lab_before_training", "the same before the cost of training"),
        _money("training_cost_lab", "labs' cost of training: compute, research and development", False),
        _money("profit_lab_cloud_owned", "of profit_lab, what clouds receive: all of a lab they own, or their stake"),
        _money("profit_releaser", "economic profit of releasers"),
        _money("profit_cloud", "economic profit of clouds from AI; ordinary (legacy) cloud business excluded", True),
        _money("profit_cloud_legacy", "profit of clouds' ordinary business, reported beside and never part of Theta"),
        _money(
            "credits_and_shortfalls",
            "labs' credits used or expired and shortfalls paid; organic profits leave them out",
        ),
        _share("round_tripped_share", "AI revenue of clouds paid with credits they gave, used or expired, over all"),
        _money("profit_host", "economic profit of independent hosters"),
        _money("profit_public", "the same of the public cloud, at the state's cost of capital"),
        _money("profit_chip", "economic profit of the chip vendor"),
        _money("profit_bank", "economic profit of the bank"),
        _money("wage_rent", "wages of specialists above their reservation wages"),
        _money("net_tax", "taxes less subsidies"),
        _money("external_harm", "harm to the rest of the economy by misuse, less the damages it received"),
        _money("external_harm_open", "of the harm, what published weights add to what interfaces let through"),
        _money("external_harm_event", "of the harm, that of one severe event"),
        _money("welfare_before_harm", "welfare with all harm added back, whoever bears it"),
        _money(
            "other_surplus", "surplus of buyers of compute outside the population, relative to paying the month-0 price"
        ),
        _money("consumer_surplus", "surplus of companies: systematic + taste", True),
        _money(
            "consumer_surplus_systematic",
            "surplus without taste terms: value less price, own costs and frictions that are real",
            True,
        ),
        _money("consumer_surplus_taste", "value of variety: realised taste terms of the options held"),
        _money(
            "welfare",
            "consumer_surplus + every profit_* of the operating layers + wage_rent + net_tax + other_surplus - harm",
            True,
        ),
        _money("welfare_from_quantities", "the same sum computed a second time from quantities (invariant I17)"),
        _money("revenue_cloud", "AI revenue of clouds"),
        _money("revenue_lab", "revenue of labs"),
        _money("revenue_chip", "revenue of the chip vendor"),
        _share("lab_gross_margin", "1 - serving cost over revenue_lab, training excluded"),
        _share("cloud_sales_share_of_lab_revenue", "marketplace cut and revenue share over revenue_lab"),
        Column(
            "spend_top_decile_to_median",
            "float64",
            "ratio",
            "AI spend per employee, mean of the top decile over the median",
        ),
        _share(
            "reversal_rate",
            "workloads on self-run models that cost more than the interface their company would use, over all of them",
        ),
        _share("regretted_reversal_rate", "the part of these to which something else would in truth be worth more"),
        _share("regret", "live workloads whose best option in truth, tastes included, is not the one in use"),
        Column("poc_started", "float64", "firms", "proofs of concept of self-run models begun in the month"),
        Column("poc_to_production", "float64", "firms", "self-run models that went into production in the month"),
        Column("abandoned", "float64", "firms", "self-run models given up in the month because of their bill"),
        _share("self_running_share", "companies that run a model on rented or own accelerators themselves, over all"),
        Column(
            "perceived_over_true_cost", "float64", "ratio",
            "cost of running a model oneself as companies believe, over what it would be, mean over live workloads",
        ),
        Column("defaults", "float64", "firms", "sellers that failed in the month because they could not pay"),
        Column("exits", "float64", "firms", "sellers that gave up in the month for want of a market"),
        Column("entries", "float64", "firms", "sellers founded in the month"),
        Column("sellers_alive", "float64", "firms", "sellers in business at the end of the month"),
        _money("losses_written_off", "loans and invoices of failed firms that bank and suppliers lost"),
        _money("tax_profit", "tax on sellers' accounting profit; profit_* are before it, so it is in welfare once"),
        _index("investor_appetite", "what investors give over what growth supports: mood of the month times its level"),
        _index("wage_index", "mean wage of specialists with a job over what they would earn at founding wages"),
        _index("wage_index_model", "wage of engineers of models over its month-0 level"),
        _index("wage_index_operations", "the same of engineers of operations"),
        _index("wage_index_integration", "the same of integrators"),
        _index("wage_index_data", "the same of data scientists"),
        _share("fill_model", "positions of companies for engineers of models that are filled, own people included"),
        _share("fill_operations", "the same for engineers of operations"),
        _share("fill_integration", "the same for integrators"),
        _share("fill_data", "the same for data scientists"),
        _index("tightness", "vacancies of the month for each specialist looking for a job"),
        Column("time_to_hire", "float64", "months", "vacancies over hires of the month"),
        Column("specialists", "float64", "FTE", "specialists of all roles, with a job or without"),
        Column("specialists_wanted", "float64", "FTE", "positions for specialists, filled or not"),
        _money("work_left_undone", "worth of the work that companies' own people leave for AI; no cash"),
        # incidents of models in use and misuse (M15); an incident is counted at the real workload that meets it
        Column("incidents_bias", "float64", "workloads/month", "workloads that met an incident of bias"),
        Column("incidents_misinformation", "float64", "workloads/month", "workloads that met misinformation"),
        Column("incidents_autonomy", "float64", "workloads/month", "workloads whose model acted on its own"),
        _share("unpatched_closed_api", "incidents lived with, in user-months over user-months of closed interfaces"),
        _share("unpatched_hosted_open", "the same of hosted open models"),
        _share("unpatched_self_run", "the same of models that companies run on rented or own accelerators"),
        _share("unpatched_on_device", "the same of models on devices"),
        _money("incident_loss", "value of AI that incidents destroyed"),
        _money("incident_loss_open", "of this, at models whose weights are published"),
        _money("incident_loss_foreign", "of this, at weights from the second jurisdiction"),
        _index("misuse_stock", "published models in everybody's reach, by how dangerous they are", unit="models"),
        _index("misuse_stock_foreign", "of these, from the second jurisdiction", unit="models"),
        _index("misuse_closed", "dangerous models that interfaces on sale let through", unit="models"),
        Column("danger_quality", "float64", "points", "quality at which half of a model's help is dangerous"),
    ),
)

MARKET = Table(
    "market",
    "one row per offer, segment, contract and month",
    (
        Column("offer", "int16", "", "permanent code of the offer"),
        _text("service", "tokens or gpu_hours"),
        _text("route", "closed_api, hosted_open, self_rent, on_prem, on_device or compute"),
        _text("contract", "on_demand, reserved or spot"),
        _text("segment", "enterprise, developer, or who else buys (other, lab, host)"),
        _text("seller", "who sends the bill"),
        _text("seller_kind", "kind of the seller"),
        _text("owner", "ultimate owner of the seller"),
        _text("model", "model line served; empty for compute"),
        _text("family", "developer of the weights; empty for compute"),
        Column("open", "bool", "", "whether the weights can be downloaded"),
        Column("quality", "float64", "points", "quality of the version on offer"),
        _text("host", "who runs the model"),
        _text("cloud", "whose machines it runs on"),
        _price("price_usd", "USD/Mtok or USD/GPU-hour", "posted price"),
        Column("quantity_demanded", "float64", "tokens or GPU-hours", "wanted here at the posted price, or waiting"),
        Column("quantity_served", "float64", "tokens or GPU-hours", "delivered, what came from full sellers included"),
        _cents("revenue_cents", "invoiced"),
        Column("companies", "float64", "companies", "real companies behind the buying rows"),
    ),
)

SELLERS = Table(
    "sellers",
    "one row per holder of money and month",
    (
        _text("seller", "the holder's name"),
        _text("kind", "kind of holder"),
        _text("role", "hyperscaler, fringe or neocloud; frontier or follower; empty where a kind has no roles"),
        _text("layer", "cloud, lab, releaser, host, chip, companies, or a closing sector"),
        Column("alive", "bool", "", "in business at the end of the month; false: failed, given up or not yet founded"),
        _cents("opening_deposits_cents", "deposits at the start of the month, signed like those at its end"),
        _cents("deposits_cents", "deposits at its end; the bank's are what it owes, negative, so that all add up to 0"),
        _cents("loans_cents", "loans granted less loans owed: positive at the bank, negative at a borrower"),
        _cents("receivables_cents", "invoices others owe"),
        _cents("payables_cents", "invoices owed, positive"),
        _cents("credits_cents", "prepaid compute held, less compute owed"),
        _cents("capital_cents", "machines and sites at book value"),
        _cents("wip_cents", "paid and not yet delivered"),
        _cents("equity_held_cents", "stakes held at issue price"),
        _cents("equity_issued_cents", "own equity at issue price, positive"),
        _cents("net_worth_cents", "assets less liabilities and own equity issued"),
        _cents("revenue_cents", "sales of the month"),
        _cents("profit_accounting_cents", "revenue less costs, depreciation and interest"),
        _cents("profit_economic_cents", "after the cost of capital employed; clouds: AI only; 0 for who sells no AI"),
        _cents("capex_cents", "machines and sites paid for; hyperscalers and platform giant: ordinary ones included"),
        Column("gpu_hours_commissioned", "float64", "GPU-hours", "machines running x hours of a month"),
        Column("gpu_hours_held", "float64", "GPU-hours", "held by their buyer; for a cloud, what it can supply"),
        Column("gpu_hours_served", "float64", "GPU-hours", "that did work; for a cloud, handed to buyers"),
        Column("gpu_hours_rented", "float64", "GPU-hours", "of a cloud's, held by others: what it hosts left out"),
        _share("utilisation", "GPU-hours served over held"),
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
        _text("size_class", "10-49, 50-249 or 250+ employees"),
        _text("segment", "enterprise or developer"),
        _text("route", "route of the main workload, none if no workload is served"),
        Column("companies", "float64", "companies", "real companies"),
        Column("rows", "int32", "rows", "rows of the population"),
        Column("employees", "float64", "persons", "employees of these companies"),
        Column("tokens", "float64", "tokens/month", "tokens served"),
        _cents("spend_cents", "spending on AI, specialists included"),
        _cents("gross_value_cents", "realised gross value"),
        _share("access", "realised over potential gross value"),
        _cents("consumer_surplus_cents", "surplus of these companies"),
    ),
)

FLOWS = Table(
    "flows",
    "one row per kind of flow, payer, payee and month",
    (
        _text("flow", "kind of flow"),
        _text("payer", "holder who pays or is debited"),
        _text("payee", "holder who is paid or credited"),
        _cents("cents", "amount, above zero"),
        Column("cash", "bool", "", "moves deposits"),
        Column("organic", "bool", "", "false for round-tripped money"),
    ),
)

EVENTS = Table(
    "events",
    "one row per event",
    (
        _text(
            "kind",
            "release, decision, deal, policy, price, lead, shortage, reversal of a strategy, incident, default, entry, "
            "exit or shock",
        ),
        _text("actor", "who did it; empty where nobody did"),
        _text("object", "to what: the model line, `firm`, what is priced or short, or the parameter"),
        _cents("cents", "money it moved in the month, 0 where no money is meant"),
        _text("text", "the rest in words"),
    ),
)

VALUE_CAPTURE = Table(
    "value_capture",
    "one row per firm or bloc of firms, in the last month of each of the last two years",
    (
        _text("player", "the firm, `fringe` for all clouds without pricing power, or `companies`"),
        _text("layer", "cloud, lab, releaser or companies"),
        _money("shapley_usd", "mean contribution to the value created, over all orders of joining"),
        _share("shapley_share", "the same over the value created"),
        _money("added_value_usd", "value lost where it leaves everybody else"),
    ),
)

ANSWERS = Table(
    "answers",
    "one row per measure of the answer",
    (
        _text("scenario", "name of the scenario"),
        _text("calibration", "iceberg or lean"),
        _text("version", "headline, or which variant of the two arms was compared"),
        _text("measure", "what is measured; `indicators` columns keep their names"),
        Column("first_month", "int16", "month", "first month of the window"),
        Column("last_month", "int16", "month", "last month of the window"),
        Column("pairs", "int32", "", "paired worlds"),
        Column("closed", "float64", "as the measure", "mean in the closed arm"),
        Column("open", "float64", "as the measure", "mean in the open arm"),
        Column("difference", "float64", "as the measure", "open less closed; for theta and sigma the ratio itself"),
        Column("ci_low", "float64", "as the measure", "lower end of the 95% interval of the difference"),
        Column("ci_high", "float64", "as the measure", "upper end"),
        _text("note", "what a reader must know: refused, not modelled, equal by construction"),
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
        _text("experiment", "name of the experiment; empty where the design has none"),
        *KEY_COLUMNS[:-1],
        _text("status", "done or failed"),
        _text("error", "what went wrong; empty where nothing did"),
        _text("command", "the command that repeats the run, given inside the results folder"),
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
