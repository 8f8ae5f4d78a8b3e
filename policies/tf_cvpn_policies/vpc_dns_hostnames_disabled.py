"""DNS hostnames are off in the VPC whose resolver answers.

Clients ask the Amazon DNS of a VPC (base+2, or an inbound endpoint there) that has a private hosted zone or an interface endpoint with private
DNS, and `enable_dns_hostnames` of that VPC is false. It is false unless set, except in the default VPC.

The resolver answers public names as usual; the zone's names do not resolve, and those of AWS services resolve to public addresses.

**Fix**: set `enable_dns_hostnames = true`.

**Cannot see**: changes made outside Terraform.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._names import (
    answering_vpcs,
    endpoint_in_words,
    private_endpoints_of,
    zone_in_words,
)
from tf_cvpn_policies._terraform import within


@rule(
    "CVPN202",
    "vpc-dns-hostnames-disabled",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for vpc, server in answering_vpcs(view).items():
        if vpc.dns_hostnames != Known(False) or vpc.dns_support == Known(False):
            continue  # without DNS support nothing answers at all: CVPN121
        zones, endpoints = view.network.zones_of(vpc), private_endpoints_of(view.network, vpc)
        names = [*map(zone_in_words, zones), *map(endpoint_in_words, endpoints)]
        if not names:
            continue
        yield rule.finding(
            view,
            vpc.dns_hostnames_evidence or vpc.evidence,
            f"{server.server} answers, but not with private names: enable_dns_hostnames is false or unset in {vpc.address}, so "
            f"{', '.join(names[:3])} {'does' if len(names) == 1 else 'do'} not resolve to private addresses.",
            f"Set enable_dns_hostnames = true in {vpc.address}.",
            related=(
                Related(view.endpoint.endpoint.dns_evidence, "its resolver is pushed to clients here"),
                *(Related(zone.evidence, "a private zone of this VPC") for zone in zones),
                *(Related(item.evidence, "an interface endpoint with private DNS") for item in endpoints),
            ),
            suggestion=within(vpc.address, "enable_dns_hostnames = true") if vpc.is_managed else "",
        )
