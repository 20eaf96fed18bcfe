"""What the answer reports, in the order and words in which a person reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One line of the answer: an indicator column, its label, and the factor from its unit to the one displayed."""

    column: str
    label: str
    section: str
    unit: str
    per_unit: float = 1.0  # displayed value = column * per_unit
    decimals: int = 2


_ACCESS = "Access (share of the value AI could create)"
_PRICES = "Prices"
_MONEY = "Money by layer (USD bn a month, economic profit)"
_STRUCTURE = "Structure"
_CONTROL = "Kill switch (realised value lost to each)"
_NEEDED = "Value capture (Shapley share)"
AT_YEAR_ENDS = (_NEEDED,)  # sections that not every month of the window has


def _percent(column: str, label: str, section: str) -> Measure:
    return Measure(column, label, section, unit="%", per_unit=100.0)


def _billions(column: str, label: str) -> Measure:
    return Measure(column, label, _MONEY, unit="USD bn", per_unit=1e-9, decimals=3)


MEASURES = (
    _percent("access_small", "smaller half of companies", _ACCESS),
    _percent("access_mean", "all companies, one company one vote", _ACCESS),
    _percent("access_value_weighted", "all companies, by value", _ACCESS),
    Measure("access_gini", "inequality of access (Gini)", _ACCESS, unit="", decimals=3),
    _percent("adoption", "companies that use AI", _ACCESS),
    _percent("nominal_access", "nominal: best download, at marginal cost", _ACCESS),
    _percent("infrastructure_gap", "infrastructure gap: nominal less mean access", _ACCESS),
    _percent("infrastructure_gap_compute", "  of which compute above marginal cost", _ACCESS),
    _percent("infrastructure_gap_staff", "  of which staff", _ACCESS),
    _percent("infrastructure_gap_switching", "  of which switching costs", _ACCESS),
    _percent("infrastructure_gap_beliefs", "  of which wrong beliefs", _ACCESS),
    _percent("infrastructure_gap_readiness", "  of which not ready or aware", _ACCESS),
    _percent("infrastructure_gap_rest", "  the rest, less what only closed models do", _ACCESS),
    Measure("price_closed", "closed API (USD/Mtok)", _PRICES, unit="USD/Mtok", decimals=3),
    Measure("price_open", "hosted open (USD/Mtok)", _PRICES, unit="USD/Mtok", decimals=3),
    Measure("price_paid", "paid on average (USD/Mtok)", _PRICES, unit="USD/Mtok", decimals=3),
    Measure("gpu_hour_price_contract", "GPU-hour, 1-year contract (USD)", _PRICES, unit="USD/GPU-hour"),
    _billions("consumer_surplus_systematic", "companies: surplus, systematic"),
    _billions("consumer_surplus_taste", "companies: surplus, value of variety"),
    _billions("profit_lab_before_training", "labs, before training"),
    _billions("profit_lab", "labs, after training"),
    _billions("profit_cloud", "clouds"),
    _billions("profit_host", "hosters"),
    _billions("profit_public", "public cloud"),
    _billions("profit_releaser", "releasers of open weights"),
    _billions("profit_chip", "chip vendor"),
    _billions("profit_bank", "bank"),
    _billions("wage_rent", "specialists, above reservation wage"),
    _billions("net_tax", "state"),
    _billions("other_surplus", "other buyers of compute"),
    _billions("external_harm", "harm to others"),
    _billions("welfare", "welfare"),
    _billions("profit_cloud_legacy", "clouds' ordinary business (beside)"),
    _percent("open_share_tokens", "tokens on open models", _STRUCTURE),
    _percent("lab_share_tokens", "tokens on labs' interfaces", _STRUCTURE),
    _percent("releaser_share_tokens", "tokens on releasers' interfaces", _STRUCTURE),
    Measure("api_fees_lab", "labs' fees for interfaces (USD bn)", _STRUCTURE, unit="USD bn", per_unit=1e-9, decimals=3),
    Measure("cloud_hhi", "concentration of clouds (HHI)", _STRUCTURE, unit="", decimals=3),
    Measure("api_hhi", "concentration of APIs (HHI)", _STRUCTURE, unit="", decimals=3),
    Measure("load", "compute wanted over supplied", _STRUCTURE, unit="", decimals=2),
    Measure("frontier_quality", "best model (points)", _STRUCTURE, unit="points", decimals=1),
    Measure("open_quality", "best open model (points)", _STRUCTURE, unit="points", decimals=1),
    _percent("control_lab", "labs", _CONTROL),
    _percent("control_releaser", "releasers' interfaces", _CONTROL),
    _percent("control_cloud", "clouds", _CONTROL),
    _percent("control_host", "hosters", _CONTROL),
    _percent("control_chip", "chip vendor", _CONTROL),
    _percent("control_total", "sum over ultimate owners", _CONTROL),
    _percent("control_max", "largest ultimate owner", _CONTROL),
    Measure("control_hhi", "concentration over owners (HHI)", _CONTROL, unit="", decimals=3),
    _percent("control_lab_long", "labs, two years to replace", _CONTROL),
    _percent("control_cloud_long", "clouds, two years to replace", _CONTROL),
    _percent("control_total_long", "sum, two years to replace", _CONTROL),
    _percent("value_share_companies", "companies", _NEEDED),
    _percent("value_share_lab", "labs", _NEEDED),
    _percent("value_share_releaser", "releasers' interfaces", _NEEDED),
    _percent("value_share_cloud", "clouds", _NEEDED),
)
