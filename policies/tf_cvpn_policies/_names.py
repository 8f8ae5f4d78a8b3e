"""Which VPC's resolver answers the clients, and which names it knows.

Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
"""

from __future__ import annotations

from tf_cvpn_lint.core.value import Fact, Known
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.resolver import HostedZone, InterfaceEndpoint
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.links import leads_to
from tf_cvpn_lint.reach.trace import ServerKind, ServerReach
from tf_cvpn_lint.rules import View
from tf_cvpn_policies._endpoint import candidates_of

_ANSWERING = (ServerKind.AMAZON_PROVIDED, ServerKind.RESOLVER_INBOUND)
"""What answers with the private names of the VPC it is in."""


def answering_vpc(view: View, server: ServerReach) -> Vpc | None:
    """The VPC whose Amazon DNS answers for this server; None where none certainly does."""
    if server.kind not in _ANSWERING:
        return None
    vpcs = {candidate.vpc for candidate in candidates_of(view, server)}
    return vpcs.pop() if len(vpcs) == 1 else None


def answering_vpcs(view: View) -> dict[Vpc, ServerReach]:
    """The VPCs whose Amazon DNS answers the clients, each with the first server that leads to it."""
    found: dict[Vpc, ServerReach] = {}
    for server in view.endpoint.servers:
        vpc = answering_vpc(view, server)
        if vpc is not None:
            found.setdefault(vpc, server)
    return found


def private_endpoints_of(network: Network, vpc: Vpc) -> tuple[InterfaceEndpoint, ...]:
    """The interface endpoints of the VPC that have private DNS."""
    return tuple(
        item
        for item in network.interface_endpoints_by_vpc.of(vpc)
        if item.private_dns == Known(True) and leads_to(item.vpc, vpc).is_yes
    )


def known(fact: Fact[str], otherwise: str) -> str:
    """The name where it is known, without the dot of the root."""
    return fact.value.rstrip(".") if isinstance(fact, Known) else otherwise


def zone_in_words(zone: HostedZone) -> str:
    """`corp.internal (aws_route53_zone.corp)`."""
    return f"{known(zone.name, 'a private zone')} ({zone.address})"


def endpoint_in_words(item: InterfaceEndpoint) -> str:
    return f"{known(item.service, 'an AWS service')} ({item.address})"
