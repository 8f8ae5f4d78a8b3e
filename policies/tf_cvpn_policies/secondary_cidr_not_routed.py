"""The DNS server is in a VPC CIDR that no association may know.

An association adds routes for the CIDRs that the VPC has at that moment. The server is in a secondary CIDR for which Terraform does not make
the associations wait, and no Client VPN route covers it.

If the CIDR comes second, clients have no route to the server: in split tunnel queries leave on the user's own network, in full tunnel the
endpoint drops them. It works in one environment and not in the next, as the apply happens to go.

**Fix**: make the associations wait for the CIDR (`depends_on`). Where they exist already, associate again or add a Client VPN route.

**Cannot see**: in which order things were made; the finding is *likely*.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.model.cidr import covers
from tf_cvpn_lint.model.vpc import VpcCidr
from tf_cvpn_lint.reach.links import vpc_of
from tf_cvpn_lint.reach.trace import ClientRoute, EndpointRoute, ServerReach
from tf_cvpn_lint.rules import Certainty, Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import subnet_of
from tf_cvpn_policies._terraform import name_in_module, within


@rule(
    "CVPN134",
    "secondary-cidr-not-routed",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        late = _late(server)
        if late is None:
            continue
        associations = view.endpoint.associations
        waiting = " and ".join(str(item.address) for item in associations)
        added = late.evidence.address
        same_module = dict.fromkeys(
            item.address.resource for item in associations if item.address.module == added.module
        )
        yield rule.finding(
            view,
            late.evidence,
            f"Queries to {server.server} likely have no route: it is in {late.cidr}, which may be added to the VPC after {waiting}, and an "
            "association routes only the CIDRs that are there when it is made.",
            f"Make {waiting} wait for {added} (depends_on); where they exist already, associate again or add a Client VPN route to {late.cidr}.",
            server=server,
            certainty=Certainty.LIKELY,
            related=tuple(Related(item.evidence, "does not wait for the CIDR") for item in associations),
            suggestion="\n\n".join(
                within(association, f"depends_on = [{name_in_module(added.resource)}]") for association in same_module
            ),
        )


def _late(server: ServerReach) -> VpcCidr | None:
    """The secondary CIDR on whose order the query depends."""
    for trace in server.traces:
        entry, route = trace.step(ClientRoute), trace.step(EndpointRoute)
        if entry is not None and entry.late_cidr is not None:
            return entry.late_cidr
        if route is None or route.verdict.is_yes or trace.flow.association is None:
            continue
        subnet = subnet_of(trace.flow.association)
        vpc = vpc_of(subnet) if subnet is not None else None
        for secondary in vpc.secondary_cidrs.items if vpc is not None else ():
            if secondary.evidence in route.evidence and covers(secondary.cidr, trace.flow.destination).is_yes:
                return secondary
    return None
