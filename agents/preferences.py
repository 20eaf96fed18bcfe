"""Parameters of demand and of switching: what companies value, and what ties them to the offer they hold."""

from typing import Self

from pydantic import model_validator

from market.parameters import ParameterGroup, choice, quantity


class Demand(ParameterGroup):
    """How companies value the offers they consider (model.md M1)."""

    choice_rule: str = choice(
        "nested_logit", ("nested_logit", "threshold"),
        meaning="how a review ends: with the best offer, tastes included, or the first found that is good enough",
    )  # fmt: skip
    threshold: float = quantity(
        0.1, unit="share of gross value", meaning="gain over what is held that ends a search under `threshold`",
        low=0.02, high=0.3, symbol="threshold",
    )  # fmt: skip
    review_timing: str = choice(
        "staggered", ("staggered", "together"),
        meaning="reviews without a trigger: by chance all year round, or of everybody in one month of the year",
    )
    review_month: int = quantity(
        0, unit="month of the year", meaning="month of the reviews under `together`, 0 = January", low=0, high=11,
        most=11, symbol="review_month",
    )  # fmt: skip
    adequacy_spread: float = quantity(
        6.0, unit="points", meaning="quality over which a model turns from useless to adequate for a need",
        low=3, high=12, least=0.5, symbol="s_theta",
    )  # fmt: skip
    taste_spread: float = quantity(
        0.185, unit="share of gross value", meaning="spread of lasting tastes between offers",
        low=0.05, high=0.5, symbol="tau",
    )  # fmt: skip
    dissimilarity_models: float = quantity(
        0.65, unit="1", meaning="dissimilarity of models within a class of routes; 1 is no nesting",
        low=0.3, high=1.0, least=1e-3, most=1, symbol="lam_model",
    )  # fmt: skip
    dissimilarity_hosts: float = quantity(
        0.65, unit="1", meaning="dissimilarity of hosts of one model; at most that of models",
        low=0.1, high=0.7, least=1e-3, most=1, symbol="lam_host",
    )  # fmt: skip
    taste_renewal: float = quantity(
        0.03, unit="probability per review", meaning="chance that a review renews a workload's tastes",
        low=0, high=1, most=1, symbol="refresh",
    )  # fmt: skip
    privacy_weight: float = quantity(
        0.5, unit="share of gross value", meaning="expected harm of full exposure of fully sensitive data",
        low=0, high=4, symbol="psi_priv",
    )  # fmt: skip
    holdup_weight: float = quantity(
        0.1, unit="1", meaning="weight of an expected price rise of the seller a company depends on",
        low=0, high=0.5, symbol="chi_hold",
    )  # fmt: skip
    exposure_limit: float = quantity(
        1.0, unit="sensitivity x exposure", meaning="exposure above which a company may not use an offer",
        low=0.4, high=1, symbol="delta_max",
    )  # fmt: skip
    exposure_limit_regulated: float = quantity(
        0.4, unit="sensitivity x exposure", meaning="the same limit for a regulated company",
        low=0.2, high=0.8, symbol="delta_max_reg",
    )  # fmt: skip
    exposure_closed: float = quantity(
        1.0, unit="share", meaning="exposure of data sent to a closed API", low=0.8, high=1, most=1, symbol="exp_closed"
    )
    exposure_tenancy: float = quantity(
        0.6, unit="share", meaning="exposure through the company's own cloud or a hyperscaler's hosting",
        low=0.4, high=0.8, most=1, symbol="exp_tenancy",
    )  # fmt: skip
    exposure_host: float = quantity(
        0.7, unit="share", meaning="exposure to any other host of an open model",
        low=0.5, high=0.9, most=1, symbol="exp_neo",
    )  # fmt: skip
    exposure_self: float = quantity(
        0.3, unit="share", meaning="exposure on rented accelerators", low=0.1, high=0.5, most=1, symbol="exp_self"
    )
    exposure_sovereign: float = quantity(
        0.15, unit="share", meaning="exposure on the second bloc's own cloud, hosted or rented",
        low=0, high=0.3, most=1, symbol="exp_sov",
    )  # fmt: skip
    latency_weight: float = quantity(
        0.1, unit="share", meaning="loss of reliability when every request has to wait",
        low=0, high=0.3, most=1, symbol="lat_w",
    )  # fmt: skip
    friction_hosted: float = quantity(
        -0.4, unit="share of gross value", meaning="enterprise friction of hosted open models besides price, quality",
        low=-0.7, high=0, least=None, symbol="xi_hosted",
    )  # fmt: skip
    friction_self: float = quantity(
        -0.35, unit="share of gross value", meaning="the same for a model run by the company itself",
        low=-0.5, high=0, least=None, symbol="xi_self",
    )  # fmt: skip
    friction_developer: float = quantity(
        -0.27, unit="share of gross value", meaning="the same for a hosted open model and developer traffic",
        low=-0.4, high=0, least=None, symbol="xi_dev",
    )  # fmt: skip
    aversion_foreign: float = quantity(
        1.5, unit="share of gross value", meaning="enterprise aversion to open weights of the other bloc, near a ban",
        low=0, high=2, symbol="xi_prov",
    )  # fmt: skip
    friction_decay: float = quantity(
        0.003, unit="per month of sector experience", meaning="rate at which experience wears friction down",
        low=0, high=0.1, symbol="xi_decay",
    )  # fmt: skip
    friction_floor: float = quantity(
        0.3, unit="share", meaning="part of the friction that never wears down",
        low=0, high=0.8, most=1, symbol="xi_floor",
    )  # fmt: skip
    friction_real: float = quantity(
        0.5, unit="share", meaning="part of the friction that is a true cost rather than a misperception",
        low=0, high=1, most=1, symbol="omega_xi",
    )  # fmt: skip
    use_elasticity: float = quantity(
        0.1, unit="1", meaning="price elasticity of a workload's own use",
        low=0.03, high=0.7, most=0.99, symbol="eps_sr",
    )  # fmt: skip
    review: float = quantity(
        0.167, unit="probability per month", meaning="chance that a workload is reviewed without a trigger",
        low=0.05, high=0.5, most=1, symbol="review",
    )  # fmt: skip
    bill_trigger: float = quantity(
        0.3, unit="share", meaning="rise of the price of the offer held, since the last review, that calls for another",
        low=0.15, high=0.6, symbol="bill_trig",
    )  # fmt: skip
    quality_trigger: float = quantity(
        8.0, unit="points", low=3, high=12, symbol="gain_trig",
        meaning="rise of the best model on the held route, since the last review, that calls for one",
    )  # fmt: skip

    @model_validator(mode="after")
    def _hosts_nest_within_models(self) -> Self:
        if self.dissimilarity_hosts > self.dissimilarity_models:
            raise ValueError(
                f"dissimilarity_hosts = {self.dissimilarity_hosts:g} exceeds dissimilarity_models = "
                f"{self.dissimilarity_models:g}; hosts of one model are closer than models: lower the first"
            )
        return self


class LockIn(ParameterGroup):
    """What a change of offer costs (model.md M11, with section 11 point 6)."""

    vendor_change: float = quantity(
        4.0, unit="months of gross value", meaning="value an enterprise loses on a change of developer",
        low=0, high=4, symbol="sw_value",
    )  # fmt: skip
    within_vendor: float = quantity(
        0.05, unit="share", meaning="part of that value lost when the new offer has the same developer",
        low=0, high=1, most=1, symbol="sw_inside",
    )  # fmt: skip
    months_api: float = quantity(
        0.75, unit="specialist months", meaning="integration work from one model to another",
        low=0.25, high=2, symbol="int_api_mo",
    )  # fmt: skip
    months_account: float = quantity(
        0.1, unit="specialist months", meaning="contract, security review and billing with a new seller",
        low=0, high=0.5, symbol="account_mo",
    )  # fmt: skip
    months_cloud: float = quantity(
        6.0, unit="specialist months", meaning="integration work from one cloud to another",
        low=2, high=12, symbol="int_cloud_mo",
    )  # fmt: skip
    months_self: float = quantity(
        8.0, unit="specialist months", meaning="integration work to run a model oneself",
        low=4, high=12, symbol="int_self_mo",
    )  # fmt: skip
    volume_exponent: float = quantity(
        0.6, unit="1", meaning="growth of integration work with volume (1 at 2e8 tokens a month)",
        low=0.2, high=0.6, most=3, symbol="m_exp",
    )  # fmt: skip
    least_scale: float = quantity(
        0.05, unit="1", meaning="smallest scale of integration work", low=0.05, high=0.3, symbol="m_lo"
    )
    most_scale: float = quantity(
        3.0, unit="1", meaning="largest scale of integration work", low=1, high=6, symbol="m_hi"
    )
    egress: float = quantity(
        0.09, unit="USD/GB", meaning="charge for moving data out of a cloud", low=0, high=0.12, symbol="egress_gb"
    )
    retraining: float = quantity(
        0.05, unit="share of annual spend", meaning="adapting prompts, tests and staff to another model",
        low=0, high=0.2, symbol="retrain",
    )  # fmt: skip
    tenure_weight: float = quantity(
        0.005, unit="share of annual spend per month", meaning="growth of that cost with time on the offer",
        low=0, high=0.02, symbol="k_t",
    )  # fmt: skip
    horizon: float = quantity(
        20.0, unit="months", meaning="months over which a company spreads a switching cost when it decides",
        low=12, high=48, least=1, symbol="H",
    )  # fmt: skip
