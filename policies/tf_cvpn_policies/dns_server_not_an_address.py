"""A DNS server is not an address that can be one.

An entry of `dns_servers` is no IP literal (a host name, a network, an empty string), or an address that no remote server can have: loopback,
multicast, unspecified, broadcast, reserved or link-local.

The provider accepts any text, so the plan succeeds; AWS refuses it at the apply, or clients get a server that never answers.

**Fix**: write the plain address of a resolver.

**Cannot see**: entries that are known only after the apply.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN301",
    "dns-server-not-an-address",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateClientVpnEndpoint.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, Service, lambda step: step.verdict.is_no and step.fault is ServiceFault.NOT_AN_ADDRESS)
        if found is None:
            continue
        yield rule.finding(
            view,
            view.endpoint.endpoint.dns_evidence,
            f"{found.step.says}, so it can be no DNS server: AWS refuses it, or clients never get an answer.",
            "Write the plain address of a resolver, for example base+2 of the VPC's CIDR.",
            server=server,
            suggestion=own_dns(view),
        )
