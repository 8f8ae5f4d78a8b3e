"""Nobody accepts the peering connection.

The query crosses a VPC peering connection that is requested here and accepted nowhere in this configuration: neither `auto_accept` nor an
accepter. Until somebody accepts it, it stays in `pending-acceptance`, and after seven days it expires.

A route to a peering connection that is not active is a blackhole; lookups time out.

**Fix**: set `auto_accept = true` where both VPCs are in one account and Region, else add an `aws_vpc_peering_connection_accepter`.

**Cannot see**: acceptance by hand or by another configuration; the finding is *likely*.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.routing import PeeringConnection
from tf_cvpn_lint.reach.links import target_of
from tf_cvpn_lint.reach.trace import PeeringFault, PeeringHop
from tf_cvpn_lint.rules import Certainty, Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import block, label, name_in_module, within


@rule(
    "CVPN113",
    "peering-not-active",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, PeeringHop, _is_pending)
        if found is None or found.step.peering is None:
            continue
        peering = found.step.peering
        yield rule.finding(
            view,
            peering.evidence,
            f"Queries to {server.server} cross {peering.address}, which nobody accepts in this configuration{found.where}: until it is accepted "
            "they are dropped and lookups time out.",
            f"Accept {peering.address}: auto_accept = true where both VPCs are in one account and Region, else an accepter.",
            server=server,
            certainty=Certainty.LIKELY,
            suggestion=_acceptance(peering),
        )


def _is_pending(step: PeeringHop) -> bool:
    active = step.peering.is_active if step.peering is not None else None
    return step.fault is PeeringFault.NOT_ACTIVE and isinstance(active, Known) and not active.value


def _acceptance(peering: PeeringConnection) -> str:
    ends = (target_of(peering.requester), target_of(peering.accepter))
    if ends[0] is None or ends[1] is None:
        return ""
    if (ends[0].provider, ends[0].region) == (ends[1].provider, ends[1].region):
        return within(peering.address, "auto_accept = true")
    provider = {"provider": ends[1].provider} if "." in ends[1].provider and not peering.address.module else {}
    return block(
        "aws_vpc_peering_connection_accepter",
        label(peering.address.name),
        **provider,
        vpc_peering_connection_id=f"{name_in_module(peering.address)}.id",
        auto_accept="true",
    )
