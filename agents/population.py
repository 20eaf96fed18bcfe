"""Who the adopting companies are: the declared parameters of the population, of their needs and of their readiness.

Source of the equations: `docs/model.md`, sections 1 and M1; the size distribution follows the employer-firm census
(facts 7.14-7.16), readiness and volumes are calibrated to adoption by size (facts 7.01-7.03).
"""

from typing import Self

from pydantic import model_validator

from market.parameters import ParameterGroup, choice, quantity

MOST_SPECIAL_ROWS = 0.95  # share of rows that the largest companies and developers may take together


class Population(ParameterGroup):
    """The cross-section of companies at founding."""

    pareto_exponent: float = quantity(
        1.10, unit="1", meaning="tail exponent of employment across firms", low=1.06, high=1.13, least=1.01,
        source="fact 7.15", symbol="pareto_L",
    )
    smallest_employees: int = quantity(
        10, unit="employees", meaning="smallest company in the population", low=10, high=10, least=1,
        source="fact 7.01", symbol="L_min",
    )
    real_firms: float = quantity(
        6.0e6, unit="firms", meaning="real firms the rows stand for", low=6.0e6, high=6.0e6, least=1.0,
        source="fact 7.16", most=1e8, symbol="firms",
    )
    size_mix: tuple[float, ...] = quantity(
        (0.83, 0.14, 0.03), unit="share", meaning="share of firms with 10-49, 50-249 and 250+ employees",
        source="fact 7.14", symbol="size_mix", least=0.0, most=1.0,
    )
    log_volume_mean: tuple[float, ...] = quantity(
        (6.67, 7.32, 8.17, 7.88), unit="log10 tokens/month",
        meaning="mean log volume of a company at founding: small, medium, large, developer",
        low=(6.2, 6.8, 7.7, 7.4), high=(7.5, 8.1, 9.0, 9.2), most=12.0, symbol="V_med",
    )
    log_volume_sd: tuple[float, ...] = quantity(
        (0.6, 0.6, 0.7, 0.8), unit="log10 tokens/month",
        meaning="spread of log volume within small, medium, large, developer companies",
        low=(0.4, 0.4, 0.5, 0.6), high=(1.0, 1.0, 1.1, 1.2), most=3.0, symbol="V_sd",
    )
    workload_slope: float = quantity(
        6.0, unit="workloads per decade", meaning="extra workload slots per tenfold employment", low=2, high=6,
        symbol="wl_slope",
    )
    workload_cap: int = quantity(
        12, unit="workloads", meaning="most workload slots of one company", low=6, high=12, least=1, most=64,
        symbol="wl_cap",
    )
    split_concentration: float = quantity(
        0.7, unit="1", meaning="Dirichlet concentration of a company's volume over its slots", low=0.5, high=3,
        least=0.01, symbol="dirichlet",
    )
    value_median: float = quantity(
        22.0, unit="USD/Mtok", meaning="median gross value of a million tokens at full adequacy", low=5, high=60,
        least=0.01, most=1e6, symbol="b_med",
    )
    value_sd: float = quantity(
        1.0, unit="ln USD/Mtok", meaning="spread of the log value of a million tokens", low=0.6, high=1.5,
        most=5.0, symbol="b_sd",
    )
    value_volume_correlation: float = quantity(
        -0.3, unit="1", meaning="correlation of log value with log volume", low=-0.5, high=0, least=-1.0, most=1.0,
        symbol="corr_Vb",
    )
    sensitive_share: float = quantity(
        0.15, unit="share", meaning="companies whose data are mostly sensitive", low=0.05, high=0.5, most=1.0,
        symbol="delta_hi",
    )
    regulated_share: float = quantity(
        0.2, unit="share", meaning="companies under sector regulation of their data", low=0.1, high=0.4, most=1.0,
        symbol="regulated",
    )
    no_need: tuple[float, ...] = quantity(
        (0.24, 0.19, 0.12), unit="share", meaning="small, medium, large companies that never have a use for AI",
        low=(0.1, 0.08, 0.05), high=(0.6, 0.5, 0.4), most=1.0, source="fact 7.09", symbol="no_need",
    )
    second_bloc_share: float = quantity(
        0.2, unit="share", meaning="companies in the second jurisdiction", low=0.05, high=0.4, most=1.0, symbol="bloc2"
    )
    developer_share: float = quantity(
        0.02, unit="share", meaning="companies that buy as developers, through a router", low=0.02, high=0.3, most=1.0,
        symbol="dev_share",
    )
    developer_value: float = quantity(
        1.5, unit="1", meaning="value of a developer's tokens over an enterprise's", low=1, high=10, symbol="b_dev"
    )
    developer_need: float = quantity(
        10.0, unit="points", meaning="extra need of developer workloads", low=0, high=25, least=-300, most=300,
        symbol="theta_dev",
    )
    data_per_employee: float = quantity(
        0.05, unit="TB/employee", meaning="data kept where AI runs", low=0.01, high=0.2, symbol="tb"
    )
    sectors: int = quantity(
        8, unit="sectors", meaning="sectors of activity; the last is research", low=4, high=20, least=1, most=200,
        symbol="sectors",
    )
    sla_medians: tuple[float, ...] = quantity(
        (1.0e9, 5.0e10), unit="tokens/month",
        meaning="volume above which the median workload is customer-facing, and core", least=1.0, symbol="sla_med",
    )
    sla_sd: float = quantity(
        0.5, unit="log10 tokens/month", meaning="spread of the service class around those volumes", low=0, high=1,
        symbol="sla_sd",
    )
    peers: int = quantity(
        8, unit="companies", meaning="peers a company hears from", low=4, high=16, least=2, most=64, symbol="net_k"
    )
    rewiring: float = quantity(
        0.1, unit="share", meaning="peer links that leave the sector, to companies of like size", low=0.01, high=0.3,
        most=1.0, symbol="net_p",
    )
    spacing: str = choice(
        "random", ("random", "even"), source="derived", symbol="spacing",
        meaning="values of workloads drawn lognormal, or evenly spaced from 0 to twice value_median: linear demand",
    )
    rows_top_tail: float = quantity(
        0.1, unit="share of rows", meaning="rows given to the largest companies, each standing for one real firm",
        low=0.02, high=0.3, most=0.9, source="derived", symbol="rows_top",
    )
    rows_developer: float = quantity(
        0.25, unit="share of rows", meaning="rows given to the developer segment", low=0.1, high=0.4, most=0.9,
        source="derived", symbol="rows_dev",
    )
    rows_by_size: tuple[float, ...] = quantity(
        (0.45, 0.25, 0.30), unit="share of rows", meaning="other rows given to small, medium and large companies",
        source="derived", symbol="rows_size", most=1.0,
    )

    @model_validator(mode="after")
    def _every_row_stands_for_somebody(self) -> Self:
        if not sum(self.size_mix) > 0:
            raise ValueError("size_mix adds up to 0; give at least one size class a share of the firms")
        if not any(rows > 0 for rows, firms in zip(self.rows_by_size, self.size_mix, strict=True) if firms > 0):
            raise ValueError("rows_by_size gives no rows to the size classes that have firms")
        if self.rows_top_tail + self.rows_developer > MOST_SPECIAL_ROWS:
            raise ValueError(
                f"rows_top_tail and rows_developer take {self.rows_top_tail + self.rows_developer:g} of the rows; "
                f"leave the other companies at least {1 - MOST_SPECIAL_ROWS:g}"
            )
        return self


class Needs(ParameterGroup):
    """How workloads are born, what quality they need, how volumes grow, and when they end."""

    lowest: float = quantity(
        -42.0, unit="points", meaning="lowest need, from the trend of the frontier", low=-60, high=-20, least=-1000,
        most=1000, symbol="need_lo",
    )
    highest: float = quantity(
        25.0, unit="points", meaning="highest need, from the trend of the frontier", low=0, high=30, least=-1000,
        most=1000, symbol="need_hi",
    )
    trend: tuple[float, ...] = quantity(
        (24.0, 24.0, 24.0, 15.0, 11.0, 9.0, 8.0, 7.5, 7.0, 7.0), unit="points/year",
        meaning="rise of what new workloads need, by year from 2023, the last lasting",
        low=(18.0, 18.0, 18.0, 11.0, 8.0, 6.0, 5.0, 5.0, 5.0, 5.0),
        high=(30.0, 30.0, 30.0, 24.0, 22.0, 20.0, 18.0, 16.0, 15.0, 14.0), most=200, symbol="gq_need",
    )
    ratchet: float = quantity(
        0.88, unit="share", meaning="share of the trend that a living workload's need follows", low=0, high=1, most=1.0,
        symbol="ratchet",
    )
    life: float = quantity(
        55.0, unit="months", meaning="mean life of a workload; 0: it never ends", low=18, high=60, symbol="life"
    )
    birth_hazard: float = quantity(
        0.07, unit="1/month", meaning="birth hazard of a free slot at the founding price", low=0.02, high=0.1,
        symbol="nu0",
    )
    long_run_elasticity: float = quantity(
        0.6, unit="1", meaning="elasticity of births to the price of useful tokens (Jevons)", low=0.2, high=0.9,
        most=0.999, symbol="eps_lr",
    )
    jevons_months: float = quantity(
        18.0, unit="months", meaning="time the Jevons stock takes to follow the price", low=9, high=36, least=1.0,
        symbol="jevons_months",
    )
    jevons_cap: float = quantity(
        30.0, unit="1", meaning="highest level of the Jevons stock", low=10, high=100, least=1.0, symbol="jevons_cap"
    )
    value_exponent: float = quantity(
        0.5, unit="1", meaning="growth of a workload's gross value per growth of its tokens", low=0.3, high=1, most=1.0,
        symbol="value_exp",
    )
    follow: str = choice(
        "trend", ("trend", "frontier"), symbol="needs_follow",
        meaning="needs follow an exogenous trend, the same in every arm, or the arm's own frontier",
    )
    intensity_start: float = quantity(
        1.0, unit="1", meaning="tokens per workload at founding, over its reference volume", low=0.3, high=2,
        least=1e-6, symbol="g_start",
    )
    intensity_growth: tuple[float, ...] = quantity(
        (0.07, 0.055, 0.1, 0.05, 0.03, 0.025, 0.02, 0.018, 0.015, 0.012), unit="1/month",
        meaning="monthly growth of tokens per workload by year from 2023, the last lasting", least=-0.5, most=1.0,
        symbol="g_month",
    )
    stall_start: int = quantity(
        0, unit="month", meaning="month at which births and intensity stall", low=0, high=120, symbol="stall_at",
        source="derived",
    )
    stall_months: int = quantity(
        0, unit="months", meaning="months for which births and intensity stall", low=0, high=24, symbol="stall"
    )


class Adoption(ParameterGroup):
    """When a company is ready to review AI at all, what it knows, and what its first use costs."""

    ready_at_start: tuple[float, ...] = quantity(
        (0.31, 0.41, 0.53), unit="share", meaning="small, medium, large companies ready at founding",
        low=(0.15, 0.2, 0.3), high=(0.45, 0.55, 0.7), most=1.0, symbol="aw0_s",
    )
    developers_ready_at_start: float = quantity(
        0.8, unit="share", meaning="developer companies ready at founding", low=0.5, high=1, most=1.0, symbol="aw0_dev"
    )
    own_hazard: tuple[float, ...] = quantity(
        (0.0078, 0.0083, 0.0105), unit="1/month", meaning="constant part of the readiness hazard by size",
        low=(0, 0, 0), high=(0.02, 0.025, 0.04), symbol="p_s",
    )
    peer_hazard: tuple[float, ...] = quantity(
        (0.036, 0.032, 0.023), unit="1/month", meaning="readiness hazard per share of size peers that use AI",
        low=(0, 0, 0), high=(0.08, 0.08, 0.12), symbol="q_s",
    )
    price_response: float = quantity(
        0.2, unit="1", meaning="elasticity of the constant hazard to the cheapest adequate price", low=0, high=0.5,
        most=5, symbol="aw_price",
    )
    first_use_months: float = quantity(
        0.5, unit="months of an integration specialist",
        meaning="cost of a company's first use at the reference volume of a migration", low=0.5, high=3, symbol="F0",
    )
    open_own_hazard: float = quantity(
        0.035, unit="1/month", meaning="hazard of learning of hosted and self-run open models", low=0.002, high=0.06,
        most=1000, symbol="aw_open_p",
    )
    open_peer_hazard: float = quantity(
        0.02, unit="1/month", meaning="the same per share of peers that use open models", low=0.01, high=0.25,
        symbol="aw_open_q",
    )
    known_at_start: float = quantity(
        0.5, unit="share", meaning="chance that a company knows a given seller at founding", low=0.2, high=0.9,
        most=1.0, symbol="know0",
    )
    forget_hazard: float = quantity(
        0.01, unit="1/month", meaning="hazard of losing sight of a given seller that neither oneself nor peers use",
        low=0, high=0.03, symbol="forget",
    )
    search_hazard: float = quantity(
        0.03, unit="1/month", meaning="hazard of finding a given unknown seller by search", low=0.01, high=0.1,
        symbol="search",
    )
