"""Founding offers: every product line that any arm of a scenario can contain, in a fixed order."""

from __future__ import annotations

from agents.sellers import CloudProvider, Hoster, ModelLab, OpenWeightReleaser
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
    """Every offer that any arm can contain, in a fixed order; see market.goods."""
    lines: list[ModelLine] = []
    offers: list[Offer] = []
    cloud_names = [cloud.name for cloud in clouds]

    def add(route: Route, line: ModelLine, *, seller: str, cloud: str = "", host: str) -> None:
        offers.append(
            Offer(
                code=len(offers), route=route, line=line, seller=seller, vendor=line.developer, cloud=cloud, host=host
            )
        )

    hosts = [cloud.name for cloud in clouds if cloud.role == "hyperscaler"] + [hoster.name for hoster in hosters]

    def add_weights(line: ModelLine) -> None:
        for host in hosts:
            add(Route.HOSTED_OPEN, line, seller=host, cloud=host if host in cloud_names else "", host=host)
        for cloud in cloud_names:
            add(Route.SELF_RENT, line, seller=cloud, cloud=cloud, host="company")
        add(Route.ON_PREM, line, seller=line.developer, host="company")
        add(Route.ON_DEVICE, line, seller=line.developer, host="company")

    for lab in labs:
        for tier, model in lab.models.items():
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
    if mandate_foreseen(scenario):
        for lab in labs:
            sold = lab.models["frontier"]
            line = ModelLine(
                code=len(lines), name=f"{lab.name}/{PUBLIC}", developer=lab.name, active=sold.active, total=sold.total,
                open=True, tier="open",
            )  # fmt: skip
            lines.append(line)
            add_weights(line)
    return OfferBook.build(tuple(offers), tuple(lines), code_of)
