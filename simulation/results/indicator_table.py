"""The table `indicators`: one row per world and month, what most results are read from (docs/data_dictionary.md)."""

from __future__ import annotations

from simulation.results.columns import index, money, price, share
from simulation.results.schema import Column, Table

INDICATORS = Table(
    "indicators",
    "one row per scenario, calibration, arm, draw and month",
    (
        # access (model.md 4.1)
        share(
            "access_mean",
            "realised over potential gross value of AI, mean over companies with a need (firm weighted)",
            True,
        ),
        share("access_small", "the same over the smaller half of companies ranked by employment", True),
        share("access_second_bloc", "the same over the companies of the second jurisdiction"),
        share("access_value_weighted", "realised over potential gross value, summed over companies"),
        money("access_usd", "realised gross value of AI over all companies: the numerator of value-weighted access"),
        index("access_gini", "Gini coefficient of access over companies (firm weighted)"),
        share("adoption", "companies with a live workload on any option, over all companies (firm weighted)"),
        share("adoption_small", "adoption among companies of 10-49 employees"),
        share("adoption_large", "adoption among companies of 250 and more employees"),
        share("adoption_employment_weighted", "adoption weighted by employment"),
        share(
            "nominal_access",
            "access on the best downloadable model at marginal compute cost with full staff: access_mean, of all "
            "companies, plus the gap, measured on a panel; so it can be a little below 0 where downloads do little",
        ),
        share(
            "infrastructure_gap",
            "nominal_access less access_mean; below 0 where models nobody can download do more than downloads could",
        ),
        share("infrastructure_gap_compute", "of this closed by compute at its marginal cost, order-averaged"),
        share("infrastructure_gap_staff", "of this closed by staff for nothing"),
        share("infrastructure_gap_switching", "of this closed where changing the supplier costs nothing"),
        share("infrastructure_gap_beliefs", "of this closed where costs are seen as they are"),
        share("infrastructure_gap_readiness", "of this closed where every company is ready and knows every seller"),
        share(
            "infrastructure_gap_rest",
            "what these leave: frictions, risks and shortage, less what models nobody can download do better",
        ),
        Column("tokens_served", "float64", "tokens/month", "tokens served to companies over all routes"),
        # open weights in use
        share("open_share_tokens", "tokens served by open-weight models over all tokens"),
        share("lab_share_tokens", "tokens served by labs' interfaces, resold ones included, over all tokens"),
        share("releaser_share_tokens", "tokens served by releasers' interfaces over all tokens"),
        share("open_share_enterprise", "the same in the enterprise segment"),
        share("open_share_developer", "the same in the developer segment"),
        share(
            "open_revenue_share_developer", "spending on hosted open models over API and hosted spending, developers"
        ),
        Column(
            "open_lag_months", "float64", "months",
            "time since a closed model first was as good as the best open one, both as trained",
        ),
        Column("frontier_quality", "float64", "points", "quality of the best model on offer"),
        share("frontier_open_share", "models near the frontier whose weights can be downloaded"),
        Column("open_quality", "float64", "points", "quality of the best model whose weights can be downloaded"),
        # communities around published weights (M14): means over the users of published models
        index("community_stock", "contributions of a community that are not out of date"),
        Column("community_bonus", "float64", "points", "quality that communities add to published models"),
        share("flaws_found", "flaws of the version in use that were found by reading the model"),
        price("community_patch_rate", "1/month", "rate at which a community mends a known flaw"),
        Column("forks", "float64", "lines", "published lines that a community carries on without their developer"),
        # prices: means weighted by the quantity served
        price("price_closed", "USD/Mtok", "mean price of closed API tokens"),
        price("price_open", "USD/Mtok", "mean price of hosted open tokens"),
        price("price_paid", "USD/Mtok", "mean price of API and hosted tokens together"),
        share("price_gap", "largest relative move a Bertrand seller still wants: 0 at equilibrium"),
        price(
            "gpu_hour_price", "USD/GPU-hour",
            "on-demand price outside the hyperscalers, weighted by all hours held there, reserved ones included",
        ),
        price(
            "gpu_hour_price_contract", "USD/GPU-hour",
            "one-year contract price outside the hyperscalers: reservations signed in the month",
        ),
        price("gpu_hour_price_reserved", "USD/GPU-hour", "the same, mean of all live reservations: what buyers pay"),
        price("gpu_hour_price_spot", "USD/GPU-hour", "price of idle hours at the month's auction, where one is held"),
        share("reserved_share", "GPU-hours served under reservations over those clouds sold"),
        price(
            "cloud_price_usd",
            "USD/GPU-hour",
            "GPU-hour revenue of clouds over GPU-hours they sold, contract and on demand; own hosting at posted prices",
        ),
        # machines
        Column(
            "gpu_fleet_h100e",
            "float64",
            "H100e",
            "accelerators commissioned by every owner at the end of the month, `other` and own sites included",
        ),
        Column("load", "float64", "ratio", "GPU-hours demanded before rationing over GPU-hours supplied by clouds"),
        Column(
            "cloud_hours_sold", "float64", "GPU-hours",
            "GPU-hours clouds sold: training + other; the public cloud's included, those sold at auction left out",
        ),
        Column("cloud_hours_training", "float64", "GPU-hours", "of these to labs and releasers for training"),
        Column(
            "cloud_hours_other",
            "float64",
            "GPU-hours",
            "of these for everything else: inference, clouds' own hosting, renting, other demand",
        ),
        money("cloud_revenue_training_usd", "paid to clouds for training hours"),
        money(
            "cloud_revenue_other_usd",
            "worth of all other GPU-hours: what was paid to clouds, and what they host themselves at their posted "
            "prices, which nobody pays",
        ),
        share(
            "utilisation_shared",
            "GPU-hours busy over held behind models served to companies, labs, releasers, hosts and clouds together",
        ),
        share("utilisation_self", "GPU-hours busy over held, companies that run models themselves"),
        share(
            "sovereign_share",
            "GPU-hours behind the second bloc's use of AI that ran on its companies' own machines or on its own cloud, "
            "over all of them",
        ),
        # structure
        index(
            "cloud_hhi",
            "Herfindahl index of total cloud revenue of the last 12 months, ordinary business included, what pilots "
            "rent (poc_cost) left out, every fringe firm by itself, 0-1",
        ),
        share("cloud_top3", "share of the hyperscalers in the same revenue"),
        share(
            "cloud_switching_rate",
            "companies whose primary cloud (most of their compute and platform spend, ordinary business included) is "
            "another than 12 months ago",
        ),
        money(
            "capex_big_four_usd", "capital spending of hyperscalers and platform giant, AI and ordinary (target T17)"
        ),
        index(
            "api_hhi",
            "Herfindahl index of enterprise API fees by lab, 0-1: bills for closed interfaces by who developed the "
            "model, whoever resells it (target T4c, month by month)",
        ),
        index("token_hhi", "Herfindahl index of who is paid for tokens, interfaces and hosted models, 0-1"),
        index("token_hhi_modified", "the same with joint ownership counted, under proportional control"),
        share(
            "vendor_switching_rate",
            "enterprises with API spend whose main lab (largest spend) is another than 12 months ago (firm weighted)",
        ),
        share("vendor_upgrade_rate", "the same enterprises that kept their main lab and use a newer model of it"),
        share(
            "multi_homing_large",
            "companies of 250 and more employees that use models of three or more developers, over those that use AI",
        ),
        index(
            "host_price_elasticity",
            "own-price elasticity of demand at one host of an open model, other prices fixed, weighted by tokens",
            unit="1",
        ),
        share("compute_owned_top5", "H100e of the five largest owners over all H100e"),
        share("control_lab", "kill-switch exposure to labs: realised value lost where each firm withdraws, summed"),
        share("control_releaser", "the same to releasers that sell an interface; published weights stay"),
        share("control_cloud", "the same to clouds, every fringe firm by itself"),
        share("control_host", "the same to hosters"),
        share("control_chip", "the same to the chip vendor, who can stop deliveries and not the running fleet"),
        share("control_total", "the same summed over ultimate owners; may exceed 1"),
        index("control_hhi", "concentration of kill-switch exposure over ultimate owners"),
        share("control_max", "largest exposure to one ultimate owner"),
        share("control_lab_long", "control_lab where there is time to build a service of one's own"),
        share("control_releaser_long", "control_releaser over the long horizon"),
        share("control_cloud_long", "control_cloud over the long horizon"),
        share("control_host_long", "control_host over the long horizon"),
        share("control_chip_long", "control_chip over the long horizon"),
        share("control_total_long", "control_total over the long horizon"),
        index("control_hhi_long", "control_hhi over the long horizon"),
        share("control_max_long", "control_max over the long horizon"),
        share("lerner_lab", "(price - marginal cost)/price of labs' tokens, rent and staff paid, by revenue"),
        share("lerner_host", "the same of hosted open tokens"),
        share("lerner_cloud", "the same of clouds' GPU-hours over energy and operation"),
        share("lerner_chip", "the same of the vendor's accelerators over unit cost"),
        share("value_share_lab", "Shapley value of labs over value created, at the year-ends of the answer's window"),
        share("value_share_releaser", "the same of releasers that sell an interface"),
        share("value_share_cloud", "the same of clouds"),
        share("value_share_companies", "the same of the companies that use AI"),
        # money by layer: economic profit after tax and after the cost of capital employed
        money("profit_lab", "economic profit of labs after training, cloud-owned labs included, releasers not", True),
        money("profit_lab_before_training", "the same before the cost of training"),
        money("training_cost_lab", "labs' cost of training: compute, research and development", False),
        share(
            "subscribers_kept",
            "consumer fees paid over those asked for; the rest left for open weights (nobody leaves in the baseline)",
        ),
        money("profit_lab_cloud_owned", "of profit_lab, what clouds receive: all of a lab they own, or their stake"),
        money("profit_releaser", "economic profit of releasers"),
        money(
            "profit_cloud",
            "economic profit of clouds from AI; ordinary (legacy) cloud business and the public cloud excluded",
            True,
        ),
        money("profit_cloud_legacy", "profit of clouds' ordinary business, reported beside and never part of Theta"),
        money(
            "credits_and_shortfalls",
            "labs' credits used or expired and shortfalls paid; organic profits leave them out",
        ),
        share("round_tripped_share", "AI revenue of clouds paid with credits they gave, used or expired, over all"),
        money("profit_host", "economic profit of independent hosters"),
        money("profit_public", "economic profit of the public cloud, at the state's cost of capital"),
        money("profit_chip", "economic profit of the chip vendor"),
        money("profit_bank", "economic profit of the bank"),
        money("wage_rent", "wages of specialists above their reservation wages"),
        money("net_tax", "taxes less subsidies"),
        money("external_harm", "harm to the rest of the economy by misuse, less the damages it received"),
        money("external_harm_open", "of the harm, what published weights add to what interfaces let through"),
        money("external_harm_event", "of the harm, that of one severe event"),
        money("welfare_before_harm", "welfare with all harm added back, whoever bears it"),
        money(
            "other_surplus",
            "surplus of buyers of compute outside the population, relative to paying the month-0 price; with fees of "
            "subscriptions that those who left keep beyond the hours they buy",
        ),
        money("consumer_surplus", "surplus of companies: systematic + taste", True),
        money(
            "consumer_surplus_systematic",
            "surplus without taste terms: value less price, own costs and frictions that are real",
            True,
        ),
        money("consumer_surplus_taste", "value of variety: realised taste terms of the options held"),
        money(
            "welfare",
            "consumer_surplus + every profit_* of the operating layers + wage_rent + net_tax + other_surplus - harm",
            True,
        ),
        money("welfare_from_quantities", "the same sum computed a second time from quantities (invariant I17)"),
        money("revenue_cloud", "AI revenue of clouds, of the public cloud too (profit_cloud is without it)"),
        money("revenue_lab", "revenue of labs"),
        money("api_fees_lab", "fees for labs' interfaces, a marketplace's cut included"),
        money(
            "revenue_chip",
            "accelerators sold by the chip vendor; sellers.revenue_cents adds sites (capex_dc), which it passes on at "
            "cost",
        ),
        share("lab_gross_margin", "1 - serving cost over revenue_lab, training excluded"),
        share("cloud_sales_share_of_lab_revenue", "marketplace cut and revenue share over revenue_lab"),
        Column(
            "spend_top_decile_to_median",
            "float64",
            "ratio",
            "AI spend per employee, mean of the top decile over the median",
        ),
        share(
            "reversal_rate",
            "workloads on self-run models that cost more than the interface their company would use, over all of them",
        ),
        share("regretted_reversal_rate", "the part of these to which something else would in truth be worth more"),
        share("regret", "live workloads whose best option in truth, tastes included, is not the one in use"),
        Column("poc_started", "float64", "firms", "proofs of concept of self-run models begun in the month"),
        Column("poc_to_production", "float64", "firms", "self-run models that went into production in the month"),
        Column("abandoned", "float64", "firms", "self-run models given up in the month because of their bill"),
        share("self_running_share", "companies that run a model on rented or own accelerators themselves, over all"),
        Column(
            "perceived_over_true_cost", "float64", "ratio",
            "cost of running a model oneself as companies believe, over what it would be, mean over live workloads",
        ),
        Column("defaults", "float64", "firms", "sellers that failed in the month because they could not pay"),
        Column("exits", "float64", "firms", "sellers that gave up in the month for want of a market"),
        Column("entries", "float64", "firms", "sellers founded in the month"),
        Column("sellers_alive", "float64", "firms", "sellers in business at the end of the month"),
        money("losses_written_off", "loans and invoices of failed firms that bank and suppliers lost"),
        money("tax_profit", "tax on sellers' accounting profit; profit_* are before it, so it is in welfare once"),
        index("investor_appetite", "what investors give over what growth supports: mood of the month times its level"),
        index("wage_index", "mean wage of specialists with a job over what they would earn at founding wages"),
        index("wage_index_model", "wage of engineers of models over its month-0 level"),
        index("wage_index_operations", "the same of engineers of operations"),
        index("wage_index_integration", "the same of integrators"),
        index("wage_index_data", "the same of data scientists"),
        share("fill_model", "positions of companies for engineers of models that are filled, own people included"),
        share("fill_operations", "the same for engineers of operations"),
        share("fill_integration", "the same for integrators"),
        share("fill_data", "the same for data scientists"),
        index("tightness", "vacancies of the month for each specialist looking for a job"),
        Column("time_to_hire", "float64", "months", "vacancies over hires of the month"),
        Column("specialists", "float64", "FTE", "specialists of all roles, with a job or without"),
        Column("specialists_wanted", "float64", "FTE", "positions for specialists, filled or not"),
        money("work_left_undone", "worth of the work that companies' own people leave for AI; no cash"),
        # incidents of models in use and misuse (M15); an incident is counted at the real workload that meets it
        Column("incidents_bias", "float64", "workloads/month", "workloads that met an incident of bias"),
        Column("incidents_misinformation", "float64", "workloads/month", "workloads that met misinformation"),
        Column("incidents_autonomy", "float64", "workloads/month", "workloads whose model acted on its own"),
        share("unpatched_closed_api", "incidents lived with, in user-months over user-months of closed interfaces"),
        share("unpatched_hosted_open", "the same of hosted open models"),
        share("unpatched_self_run", "the same of models that companies run on rented or own accelerators"),
        share("unpatched_on_device", "the same of models on devices"),
        money("incident_loss", "value of AI that incidents destroyed"),
        money("incident_loss_open", "of this, at models whose weights are published"),
        money("incident_loss_foreign", "of this, at weights from the second jurisdiction"),
        index("misuse_stock", "published models in everybody's reach, by how dangerous they are", unit="models"),
        index("misuse_stock_foreign", "of these, from the second jurisdiction", unit="models"),
        index("misuse_closed", "dangerous models that interfaces on sale let through", unit="models"),
        Column("danger_quality", "float64", "points", "quality at which half of a model's help is dangerous"),
    ),
)
