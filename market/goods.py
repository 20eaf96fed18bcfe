"""What is sold: models (weights) and product lines with permanent offer codes.

A product line is (seller, model line, route, host). A successor model inherits its line, so that a version its owner
has replaced is not offered to new customers and about a hundred offers are alive at most. Every offer any arm can ever
contain has a code from the founding on: removing or adding one shifts no other code (common random numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from market.units import FloatArray, IntArray


class Route(IntEnum):
    """How a company reaches a model; the numbers are permanent."""

    CLOSED_API = 0
    HOSTED_OPEN = 1
    SELF_RENT = 2
    ON_PREM = 3
    ON_DEVICE = 4


ROUTE_NAMES = {
    Route.CLOSED_API: "closed_api",
    Route.HOSTED_OPEN: "hosted_open",
    Route.SELF_RENT: "self_rent",
    Route.ON_PREM: "on_prem",
    Route.ON_DEVICE: "on_device",
}

API_NEST, SELF_NEST = 0, 1


@dataclass(frozen=True)
class Model:
    """A trained set of weights; the same object, with its size, serves every route of that model."""

    line: int  # code of the model line it continues
    developer: str  # seller that trained it
    quality: float  # points, 100 = frontier of January 2023
    active: float  # billion parameters active per token
    total: float  # billion parameters held in memory
    open: bool  # weights published
    released: int  # month
    capped: bool = False  # its licence bars hyperscalers from hosting it
    readability: float = 0.0  # how much of it others can read and rebuild, 0 closed to 1 like Linux
    flaws_left: float = 1.0  # part of its flaws and unsafe answers that tests have left, 1: it was never tested


@dataclass(frozen=True)
class ModelLine:
    """A family tier whose newest version is what customers buy."""

    code: int  # permanent
    name: str  # developer/tier
    developer: str  # seller name
    active: float  # billion parameters
    total: float  # billion parameters
    open: bool  # weights can be downloaded
    tier: str  # frontier | small | open | api (what a releaser sells when it may not publish)


@dataclass(frozen=True)
class Offer:
    """One product line a workload can choose."""

    code: int  # permanent
    route: Route  # 0 closed API, 1 hosted open, 2 rented machines, 3 own servers, 4 device
    line: ModelLine  # what is served
    seller: str  # who bills
    vendor: str  # who developed the weights
    cloud: str  # cloud on which it runs for privacy and tenancy; "" elsewhere
    host: str  # who serves it: the lab itself, a cloud, a hoster, "company"


@dataclass(frozen=True)
class OfferBook:
    """All product lines of a world in the order of their codes, with the arrays that never change; shapes (offers,)."""

    offers: tuple[Offer, ...]
    lines: tuple[ModelLine, ...]
    route: npt.NDArray[np.int8]
    nest: npt.NDArray[np.int8]
    line_of: npt.NDArray[np.int16]
    seller: npt.NDArray[np.int16]
    vendor: npt.NDArray[np.int16]
    host_cloud: npt.NDArray[np.int16]
    active: FloatArray
    total: FloatArray
    open: npt.NDArray[np.bool_]

    @classmethod
    def build(cls, offers: tuple[Offer, ...], lines: tuple[ModelLine, ...], code_of: dict[str, int]) -> OfferBook:
        """Arrays of the offers; `code_of` maps seller names to their permanent codes."""
        route = np.array([offer.route for offer in offers], dtype=np.int8)
        return cls(
            offers=offers,
            lines=lines,
            route=route,
            nest=np.where(route <= Route.HOSTED_OPEN, API_NEST, SELF_NEST).astype(np.int8),
            line_of=np.array([offer.line.code for offer in offers], dtype=np.int16),
            seller=np.array([code_of[offer.seller] for offer in offers], dtype=np.int16),
            vendor=np.array([code_of[offer.vendor] for offer in offers], dtype=np.int16),
            host_cloud=np.array([code_of.get(offer.cloud, -1) for offer in offers], dtype=np.int16),
            active=np.array([offer.line.active for offer in offers]),
            total=np.array([offer.line.total for offer in offers]),
            open=np.array([offer.line.open for offer in offers], dtype=bool),
        )

    @cached_property
    def services(self) -> dict[tuple[str, int], IntArray]:
        """Codes of the offers behind each shared service: a host and a model line that it serves to companies."""
        groups: dict[tuple[str, int], list[int]] = {}
        for offer in self.offers:
            if offer.route in (Route.CLOSED_API, Route.HOSTED_OPEN):
                groups.setdefault((offer.host, offer.line.code), []).append(offer.code)
        return {key: np.array(codes, dtype=np.int64) for key, codes in groups.items()}

    @cached_property
    def hosted(self) -> dict[int, list[int]]:
        """Codes of the hosted offers of each model line that has any, line by line."""
        found = {line.code: self.codes(route=Route.HOSTED_OPEN, line=line.code) for line in self.lines}
        return {line: codes for line, codes in found.items() if codes}

    def codes(self, *, seller: str | None = None, route: Route | None = None, line: int | None = None) -> list[int]:
        """Codes of the offers that match, in order."""
        return [
            offer.code
            for offer in self.offers
            if (seller is None or offer.seller == seller)
            and (route is None or offer.route == route)
            and (line is None or offer.line.code == line)
        ]
