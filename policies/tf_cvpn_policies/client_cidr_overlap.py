"""The client CIDR overlaps another network.

`client_cidr_block` shares addresses with the VPC, a target subnet or a manual Client VPN route (on an endpoint that is attached to a transit
gateway, with an attached VPC or the gateway's own CIDR).

AWS refuses the endpoint or its association: the apply fails. The client CIDR cannot be changed later without making the endpoint anew.

**Fix**: use a network that nothing else in reach has.

**Cannot see**: networks on premises, and VPCs of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.verdict import Verdict
from tf_cvpn_lint.model.cidr import Cidr, KnownCidr, disjoint, is_default
from tf_cvpn_lint.model.client_vpn import BetweenClients
from tf_cvpn_lint.reach.links import same, target_of
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._client_cidr import free
from tf_cvpn_policies._endpoint import around, vpcs_of
from tf_cvpn_policies._terraform import within


@rule(
    "CVPN303",
    "client-cidr-overlap",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html",
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-tgw.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    endpoint = view.endpoint.endpoint
    client = endpoint.client_cidr
    if client is None or not endpoint.is_managed:
        return
    answers = [
        (what.format(whose), cidr, evidence, answer)
        for what, whose, cidr, evidence in _networks(view)
        if not (answer := disjoint(client, cidr)).is_yes
    ]
    shared = [(what, cidr, evidence) for what, cidr, evidence, answer in answers if answer.is_no]
    if not shared:
        yield from _waits(rule, view, client, [(what, answer) for what, _, _, answer in answers])
        return
    what, cidr, _ = shared[0]
    better = free(view.network, client.network if isinstance(client, KnownCidr) else IPv4Network("0.0.0.0/22"))
    yield rule.finding(
        view,
        endpoint.client_cidr_evidence,
        f"The client CIDR {client} overlaps {cidr}, {what}: AWS refuses that and the apply fails.",
        "Use a network for clients that neither the VPC nor any route has.",
        related=tuple(Related(evidence, f"{other}, {what}") for what, other, evidence in shared),
        suggestion=within(view.address, f'client_cidr_block = "{better}"') if better is not None else "",
    )


def _waits(rule: Rule, view: View, client: Cidr, doubts: list[tuple[str, Verdict]]) -> Iterator[Gap]:
    """The networks of which nobody knows whether the client CIDR overlaps them, as one thing."""
    evidence = view.endpoint.endpoint.client_cidr_evidence
    if not isinstance(client, KnownCidr):
        yield rule.waits(evidence, "the client CIDR is not known before the apply", client.refers_to)
        return
    if doubts:
        told = " or ".join(dict.fromkeys(what for what, _ in doubts[:2]))
        waits = [reference for _, answer in doubts for reference in answer.waits_for]
        yield rule.waits(evidence, f"whether the client CIDR {client} overlaps {told} is not known", waits)


def _networks(view: View) -> Iterator[tuple[str, object, Cidr, Evidence]]:
    """What the client CIDR must not overlap, the nearest first; what it is in words, and the name to put into them."""
    here = around(view)
    for vpc in vpcs_of(view):
        for cidr in vpc.cidrs.items:
            yield "the CIDR of {}", vpc.address, cidr, cidr.evidence or vpc.evidence
    for subnet in here.subnets:
        yield "the CIDR of {}", subnet.address, subnet.cidr, subnet.cidr_evidence or subnet.evidence
    for route in here.routes.items:
        if not isinstance(route.target, BetweenClients) and not is_default(route.destination):
            destination = route.destination
            yield "the destination of {}", route.address, destination, destination.evidence or route.evidence
    settings = here.endpoint.transit_gateway
    if settings is None:
        return
    gateway = target_of(settings.gateway)
    for cidr in gateway.cidrs.items if gateway is not None else ():
        yield (
            "a CIDR of {}",
            gateway.address if gateway else "the transit gateway",
            cidr,
            cidr.evidence or settings.evidence,
        )
    for attachment in view.network.attachments.items:
        attached = target_of(attachment.vpc)
        if attached is not None and same(attachment.gateway, settings.gateway).is_yes:
            for cidr in attached.cidrs.items:
                evidence = cidr.evidence or attached.evidence
                yield "the CIDR of {}, which is attached", attached.address, cidr, evidence
