"""Founding offers: every product line that any arm of a scenario can contain, in a fixed order."""

from __future__ import annotations

from agents.regulator import PUBLIC as PUBLIC_ROLE
from agents.sellers import CloudProvider, Hoster, ModelLab, OpenWeightReleaser
from agents.sovereignty import SOVEREIGN
from market.goods import ModelLine, Offer, OfferBook, Route
from scenarios.scenario import Scenario
from scenarios.sellers import ReleaserSpec
from simulation.month.mandating import PUBLIC, mandate_foreseen


def offer_book(
    scenario: Scenario,
    *,
    clouds: list[CloudProvider],
    labs: list[ModelLab],
    releasers: list[OpenWeightReleaser],
    hosters: list[Hoster],
    code_of: dict[str, int],
) -> OfferBook:
    """Every offer that any arm can contain, in a fixed order, those of reserved seats last; see market.goods."""
    lines: list[ModelLine] = []
    offers: list[Offer] = []
    cloud_names = [cloud.name for cloud in clouds]

    def add(route: Route, line: ModelLine, *, seller: str, cloud: str = "", host: str) -> None:
        offers.append(
            Offer(
                code=len(offers), route=route, line=line, seller=seller, vendor=line.developer, cloud=cloud, host=host
            )
        )

    def add_lab(lab: ModelLab) -> None:
        for tier, model in (lab.models or lab.planned).items():
            line = ModelLine(
                code=len(lines),
                name=f"{lab.name}/{tier}",
                developer=lab.name,
                active=model.active,
                total=model.total,
                open=False,
                tier=tier,
            )
            lines.append(line)
            add(Route.CLOSED_API, line, seller=lab.name, host=lab.name)
            for cloud in lab.marketplaces:
                add(Route.CLOSED_API, line, seller=lab.name, cloud=cloud, host=lab.name)

    for lab in (lab for lab in labs if not lab.seat):
        add_lab(lab)
    hosts = [cloud.name for cloud in clouds if cloud.role == "hyperscaler"]
    hosts += [hoster.name for hoster in hosters if not hoster.seat]

    def add_weights(line: ModelLine) -> None:
        for host in hosts:
            add(Route.HOSTED_OPEN, line, seller=host, cloud=host if host in cloud_names else "", host=host)
        for cloud in (cloud.name for cloud in clouds if not cloud.seat):
            add(Route.SELF_RENT, line, seller=cloud, cloud=cloud, host="company")
        add(Route.ON_PREM, line, seller=line.developer, host="company")
        add(Route.ON_DEVICE, line, seller=line.developer, host="company")

    def add_weights_at_seats(line: ModelLine) -> None:
        for hoster in (hoster for hoster in hosters if hoster.seat):
            add(Route.HOSTED_OPEN, line, seller=hoster.name, host=hoster.name)
        for seat in (cloud for cloud in clouds if cloud.seat):
            add(Route.SELF_RENT, line, seller=seat.name, cloud=seat.name, host="company")
            if seat.role in (PUBLIC_ROLE, SOVEREIGN):
                add(Route.HOSTED_OPEN, line, seller=seat.name, cloud=seat.name, host=seat.name)

    for releaser in releasers:
        spec = scenario.sellers[releaser.name]
        assert isinstance(spec, ReleaserSpec)
        size = {"active": spec.active_billion, "total": spec.total_billion}
        weights = ModelLine(
            code=len(lines), name=f"{releaser.name}/open", developer=releaser.name, open=True, tier="open", **size
        )
        interface = ModelLine(
            code=len(lines) + 1, name=f"{releaser.name}/api", developer=releaser.name, open=False, tier="api", **size
        )
        lines += [weights, interface]
        add_weights(weights)
        add(Route.CLOSED_API, interface, seller=releaser.name, host=releaser.name)
    for weights in [line for line in lines if line.open]:
        add_weights_at_seats(weights)
    for lab in (lab for lab in labs if lab.seat):
        add_lab(lab)
    for lab in labs if mandate_foreseen(scenario) else ():
        sold = (lab.models or lab.planned)["frontier"]
        public = ModelLine(
            code=len(lines), name=f"{lab.name}/{PUBLIC}", developer=lab.name, active=sold.active, total=sold.total,
            open=True, tier="open",
        )  # fmt: skip
        lines.append(public)
        add_weights(public)
        add_weights_at_seats(public)
    return OfferBook.build(tuple(offers), tuple(lines), code_of)
