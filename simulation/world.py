"""The state that outlives a month, and the record of one month.

Mutable state is here and nowhere else: the sellers, the companies' columns, fleets, the ledger and a few stocks. A
phase
of simulation/month/ reads the world, this month's assumptions and earlier results of the same month, and returns one
frozen value; `ComputeEconomy` stores it in `MonthRecord`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents import census
from agents.companies import Companies
from agents.misuse_reaction import Reaction
from agents.regulator import Policy, Review
from agents.sellers import ChipVendor, CloudProvider, Hoster, ModelLab, OpenWeightReleaser, Seller, Trainer
from market.bulletin import Bulletin
from market.chance import Chance
from market.community import Communities
from market.fleet import Fleet
from market.goods import Offer, OfferBook, Route
from market.labour_market import LabourMarket
from market.ledger import Ledger
from market.misuse import Misuse
from market.network import PeerNetwork
from market.reservations import QuoteMemory, Reservation
from market.safety import Unpatched
from market.units import BoolArray, FloatArray, IntArray
from simulation.calendar import Calendar
from simulation.deal_state import DealBook
from simulation.financial_state import FinancialState

if TYPE_CHECKING:
    from simulation.month.algorithms import PricingAlgorithms
    from simulation.month.panel import PanelDemand

ARMS = ("open", "closed", "absent")


@dataclass(frozen=True)
class Panel:
    """A weighted sample of workloads on which prices and plans are computed, overlapping from month to month.

    Poisson sampling with permanent random numbers: a slot is in the panel while its number is below its chance.
    """

    state: np.uint64  # hash state of the permanent random numbers
    size: FloatArray  # (slots,) measure of size
    accounts: int  # expected number of accounts

    def sample(self, eligible: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Slots in this month's panel and the slots each stands for; all of the eligible where they are few."""
        if len(eligible) <= self.accounts:
            return eligible, np.ones(len(eligible))
        total = float(self.size[eligible].sum())
        rows, stands_for = census.poisson_sample(eligible, self.size, total, self.accounts, self.state)
        return rows, stands_for


SELF_RENTERS, OTHER = "self_renters", "other"  # buyers of compute that are not sellers


@dataclass
class ComputeBuyers:
    """Whoever buys GPU-hours: where each may buy, what it held last month, what waits."""

    names: tuple[str, ...]  # trainers, hosters, clouds (for hosting), SELF_RENTERS, OTHER
    allowed: FloatArray  # (buyers, clouds) 1 where a relation exists
    serving: FloatArray  # (buyers, clouds) GPU-hours held last month for serving
    training: FloatArray  # (buyers, clouds) the same for training
    backlog: FloatArray  # (buyers, clouds, classes) training hours waiting
    reserved_serving: FloatArray  # (buyers, clouds) of serving, held under reservations
    reserved_training: FloatArray  # (buyers, clouds) of training, held under reservations

    def index(self, name: str) -> int:
        """Row of a buyer."""
        return self.names.index(name)


@dataclass(frozen=True)
class PricePath:
    """Prices of another arm, month by month, which stand whatever sellers would post themselves."""

    clouds: FloatArray  # (months, 4, clouds) USD per GPU-hour: scarcity, on demand, quoted for a contract, marked up
    interfaces: FloatArray  # (months, offers) USD per Mtok of labs' interfaces; nan where a rule prices the offer


@dataclass
class World:
    """Everything that lives longer than a month."""

    draw: int  # number of the random world
    arm: str  # open, closed or absent
    chance: Chance  # its luck
    calendar: Calendar  # exogenous paths by month
    book: OfferBook  # every offer that any arm can contain
    code_of: dict[str, int]  # permanent code of a seller by name
    clouds: list[CloudProvider]  # in the order of their codes, from 0
    labs: list[ModelLab]  # after the clouds
    releasers: list[OpenWeightReleaser]  # after the labs
    hosters: list[Hoster]  # after the releasers
    vendor: ChipVendor  # last
    companies: Companies  # the adopting population
    peers: PeerNetwork  # who hears of whom
    panel: Panel  # on which sellers price and plan
    ledger: Ledger  # all accounts
    other_fleet: Fleet  # own sites of the rest of the economy
    company_fleet: Fleet  # servers the companies own
    buyers: ComputeBuyers  # of GPU-hours
    bulletin: Bulletin  # what everybody reads of last month
    founding_rent: float  # USD per GPU-hour
    communities: Communities  # around published weights, after last month
    unpatched: Unpatched  # users with an incident not mended, after last month
    misuse: Misuse  # what can be misused, after last month
    training_path: FloatArray | None = None  # (months, labs, 3): GPU-hours, quality, flaws left, of another arm
    price_path: PricePath | None = None  # of another arm
    belief_path: FloatArray | None = None  # (months, 2, companies): mean and variance of another arm's beliefs
    labour: LabourMarket | None = None  # None: wages are constant and nobody is missing
    jevons: float = 1.0  # stock of new uses that cheap tokens bring, 1 at founding
    closed_frontier: list[float] = field(default_factory=list)  # best closed quality by month
    line_quality: list[FloatArray] = field(default_factory=list)  # by month, (lines,) points, -inf without a model
    closed_flaws: list[float] = field(default_factory=list)  # what tests left of the flaws of the best closed model
    line_flaws: list[FloatArray] = field(default_factory=list)  # by month, (lines,) the same, 1 without a model
    open_experience: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))  # (sectors, 3) months
    used_sellers: npt.NDArray[np.uint64] = field(  # (companies,) set of sellers used last month, as bits
        default_factory=lambda: np.zeros(0, dtype=np.uint64)
    )
    users_by_offer: FloatArray = field(default_factory=lambda: np.zeros(0))  # (offers,) real workloads, last month
    harmed: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # slots, last month
    uses_open: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))  # (companies,)
    price_history: dict[str, list[float]] = field(default_factory=dict)  # by vendor kind, mean USD by month
    markups: dict[tuple[str, int], float] = field(default_factory=dict)  # adaptive, by host and model line
    lab_markups: dict[int, float] = field(default_factory=dict)  # adaptive, by offer
    lab_plan: FloatArray | None = None  # (trainers,) Mtok a month, Cournot
    reservations: tuple[Reservation, ...] = ()  # live
    quotes: QuoteMemory = field(default_factory=lambda: QuoteMemory(np.zeros(0)))  # of clouds that learn from theirs
    deals: DealBook = field(default_factory=DealBook)  # between clouds and labs
    algorithms: PricingAlgorithms | None = None  # that set prices of clouds, once they have learnt
    repriced: dict[str, int] = field(default_factory=dict)  # month in which a seller ended its penetration pricing
    past_loads: list[FloatArray] = field(default_factory=list)  # (clouds,) by month, as far as clouds remember
    usual_hours: FloatArray = field(default_factory=lambda: np.zeros(0))  # (buyers,) GPU-hours a month, expected
    wanted_shares: list[FloatArray] = field(default_factory=list)  # (buyers,) of all hours wanted, by month of a term
    posted_prices: list[FloatArray] = field(default_factory=list)  # (clouds,) by month, as far as tenants remember
    cloud_plan: FloatArray | None = None  # (clouds,) GPU-hours, Cournot
    last_panel: PanelDemand | None = None  # accounts of last month
    own_site_demand: list[float] = field(default_factory=list)  # GPU-hours on sites of the rest of the economy
    other_purchases: float = 0.0  # H100e bought by the rest of the economy
    company_purchases: float = 0.0  # H100e bought by companies
    finances: FinancialState = field(default_factory=FinancialState)  # credit, losses, stakes, entrants
    depreciation: dict[str, int] = field(default_factory=dict)  # cents of the month, by owner
    vendor_inputs: float = 0.0  # USD of the month
    bought_at: float = 0.0  # USD per H100e of this month's machines
    server_price: float = 0.0  # USD per accelerator of this month's own servers
    complement_sales: float = 0.0  # USD of the month
    founding_value: FloatArray = field(default_factory=lambda: np.zeros(0))  # (companies,) USD a month at intensity 1
    ever_offered: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))  # (offers,)
    review: Review = field(default_factory=Review)  # of the regulator
    reaction: Reaction = field(default_factory=Reaction)  # of the regulator to misuse
    rules: Policy = field(default_factory=Policy)  # that held last month
    stance: float = 0.0  # of the actor last month
    sovereign_line: float = np.inf  # sensitivity from which the second bloc's workloads must run at home

    def need_drift(self, month: int) -> float:
        """Points by which needs rise in the month: the common trend that everyone plans with."""
        path = self.calendar.needs
        at = min(month + 1, len(path) - 1)
        return float(path[at] - path[at - 1]) if at > 0 else 0.0

    @cached_property
    def trainers(self) -> list[Trainer]:
        """Labs, then releasers: whoever buys GPU-hours for training."""
        return [*self.labs, *self.releasers]

    @cached_property
    def sellers(self) -> list[Seller]:
        """Every seller in the order of the permanent codes."""
        return [*self.clouds, *self.labs, *self.releasers, *self.hosters, self.vendor]

    def to_come_across(self) -> IntArray:
        """Codes of all sellers that ever were but the chip vendor, entrants last; (sellers,)."""
        known = (s for s in self.sellers if s is not self.vendor and (s.alive or not s.seat or s.founded >= 0))
        return np.array([seller.code for seller in sorted(known, key=lambda seller: seller.luck)])

    def seller(self, name: str) -> Seller | None:
        """The seller of that name; None for a buyer that sells nothing."""
        code = self.code_of.get(name)
        return None if code is None else self.sellers[code]

    @cached_property
    def hosting_buyers(self) -> BoolArray:
        """Buyers of GPU-hours that are clouds, which host models on machines of their own; (buyers,)."""
        return np.array([isinstance(self.seller(name), CloudProvider) for name in self.buyers.names])

    @cached_property
    def outsider(self) -> npt.NDArray[np.bool_]:
        """Offers whose developer is no established vendor: the models of releasers, published or not; (offers,)."""
        names = {releaser.name for releaser in self.releasers}
        return np.array([offer.vendor in names for offer in self.book.offers], dtype=bool)

    def serves(self, offer: Offer) -> bool:
        """Whether somebody stands behind an offer: host and reseller are in business, and a hosting cloud has machines
        of its own, and the licence."""
        if offer.route <= Route.HOSTED_OPEN and not self._in_business(offer):
            return False
        if offer.route == Route.HOSTED_OPEN and offer.cloud:
            return self.clouds[self.code_of[offer.cloud]].fleet.count > 0 and not self._is_barred(offer)
        return True

    def _in_business(self, offer: Offer) -> bool:
        """Whether whoever serves a metered offer, and whoever resells it, is alive."""
        return all(self.sellers[self.code_of[name]].alive for name in (offer.host, offer.cloud) if name)

    def _is_barred(self, offer: Offer) -> bool:
        """Whether a capped licence keeps the hyperscaler behind an offer from hosting the model."""
        for releaser in self.releasers:
            model = releaser.models.get("open")
            if model is not None and model.line == offer.line.code:
                return model.capped and can_be_barred(self, releaser=releaser, offer=offer)
        return False


def can_be_barred(world: World, *, releaser: OpenWeightReleaser, offer: Offer) -> bool:
    """Whether a capped licence would reach the host of an offer: a hyperscaler that is not the releaser's parent."""
    if not offer.cloud or offer.route != Route.HOSTED_OPEN or offer.cloud == releaser.parent:
        return False
    return world.clouds[world.code_of[offer.cloud]].role == "hyperscaler"


@dataclass
class MonthRecord:
    """What each phase of one month returned, one field per phase; the recorder and the audit read only this."""

    month: int
    assumptions: Any = None
    value_growth: float = 1.0  # growth of value with intensity
    capacity: Any = None
    models: Any = None
    tariffs: Any = None
    labour: Any = None
    demand: Any = None
    compute: Any = None
    service: Any = None
    accounts: Any = None
    revealed: Any = None
    plans: Any = None
    exits: Any = None
    regulation: Any = None
    closing: Any = None
