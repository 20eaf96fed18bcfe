"""The bulletin: what everyone can read about last month. Frozen; decisions are taken on it and on posted tariffs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from market.units import FloatArray


@dataclass(frozen=True)
class Bulletin:
    """Published outcomes of the month `month` (-1: founding). Arrays over clouds and offers follow their codes."""

    month: int  # last month
    cloud_price: FloatArray  # (clouds,) USD per GPU-hour posted
    load: FloatArray  # (clouds,) GPU-hours desired over GPU-hours supplied
    rent: float  # USD per GPU-hour outside the hyperscalers, quantity-weighted
    offer_price: FloatArray  # (offers,) USD per Mtok or GPU-hour
    offer_available: npt.NDArray[np.bool_]  # (offers,)
    closed_price: float  # USD per Mtok, mean paid for closed models
    founding_closed_price: float  # the same at month 0
    price_paid: FloatArray  # (segments,) USD per Mtok, mean over tokens
    mean_price_paid: float  # USD per Mtok, over both segments
    adequacy: FloatArray  # (segments,) value-weighted mean adequacy of options in use
    adequate_price: float  # USD per Mtok, cheapest offer adequate for the median need
    founding_adequate_price: float  # the same at month 0
    adoption_by_size: FloatArray  # (3,) share of companies using AI
    lab_share: FloatArray  # (labs,) share of API revenue among labs
    lab_share_before: FloatArray  # (labs,) the month before
    machine_price: float  # USD per H100e
    hosted_tokens: dict[tuple[str, int], float]  # (host, model line): tokens served
    hosted_tokens_before: dict[tuple[str, int], float]  # the month before
    hours_by_buyer: FloatArray  # (buyers,) GPU-hours wanted
    training_hours: float  # GPU-hours wanted for training
    self_rent_hours: FloatArray  # (clouds,) GPU-hours wanted by self-renters
    self_rent_slope: FloatArray  # (clouds,) their change per USD of rent
    tenants: FloatArray  # (offers,) effective number of equal tenants of the service behind the offer
    pooled_tokens: FloatArray  # (offers,) tokens of the service behind the offer
    waiting: FloatArray  # (offers,) chance that a request waits
    mean_active: float  # billion active parameters per token used
    mean_tenants: float  # effective number behind a token used
    open_at_cost: bool  # an open model as good as the frontier is hosted at cost
    control_hhi: float = float("nan")  # concentration of control over ultimate owners, nan where it is not measured
