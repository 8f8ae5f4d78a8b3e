"""The client CIDR has a size that AWS does not take.

`client_cidr_block` is smaller than /22 or larger than /12, or is written with bits beyond its prefix.

The provider does not check, so the plan succeeds and the apply fails.

**Fix**: use a network of /12 to /22. It cannot be changed later without making the endpoint anew, and every connection takes an address.

**Cannot see**: networks that are known only after the apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.model.cidr import KnownCidr, disjoint
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._client_cidr import LARGEST, SMALLEST, free
from tf_cvpn_policies._terraform import within


@rule(
    "CVPN304",
    "client-cidr-size",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateClientVpnEndpoint.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    endpoint = view.endpoint.endpoint
    client = endpoint.client_cidr
    if client is None or not endpoint.is_managed:
        return
    if not isinstance(client, KnownCidr):
        yield rule.waits(
            endpoint.client_cidr_evidence, "the client CIDR is not known before the apply", client.refers_to
        )
        return
    fits = client.network.version == 4 and LARGEST <= client.network.prefixlen <= SMALLEST
    if fits and not client.has_host_bits:
        return
    fault = (
        "an IPv6 network"
        if client.network.version == 6
        else f"a /{client.network.prefixlen}"
        if not fits
        else f"not a network address (the network is {client})"
    )
    better = _better(view.network, client)
    yield rule.finding(
        view,
        endpoint.client_cidr_evidence,
        f"The client CIDR is {fault}, and AWS takes the address of a network of /{LARGEST} to /{SMALLEST}: the apply fails.",
        f"Use a network of /{LARGEST} to /{SMALLEST} that nothing else has.",
        suggestion=within(view.address, f'client_cidr_block = "{better}"') if better is not None else "",
    )


def _better(network: Network, client: KnownCidr) -> IPv4Network | None:
    """The same network at the nearest size that AWS takes, where that collides with no VPC."""
    written = client.network
    if isinstance(written, IPv4Network) and written.prefixlen >= LARGEST:
        same = written.supernet(new_prefix=min(written.prefixlen, SMALLEST))
        if not any(disjoint(KnownCidr(same), cidr).is_no for vpc in network.vpcs for cidr in vpc.cidrs.items):
            return same
    return free(network, written)
