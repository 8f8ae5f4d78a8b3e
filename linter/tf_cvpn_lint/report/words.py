"""What the report's keywords are called in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import TypeVar

from tf_cvpn_lint.core.address import Address, quote_key
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.core.verdict import Truth
from tf_cvpn_lint.model.client_vpn import ClientVpnEndpoint, DeviceDns, PushedDns, UnknownDns
from tf_cvpn_lint.reach.trace import ServerKind, ServerVerdict, Step, Trace, TunnelPath

TUNNEL_WORDS = {"split": "split tunnel", "full": "full tunnel", "unknown": "split or full tunnel: not known"}
DNS_WORDS = {
    "pushed": "DNS pushed to clients",
    "device": "no DNS pushed: clients keep their own",
    "unknown": "whether DNS is pushed is not known",
}
KIND_WORDS = {
    ServerKind.AMAZON_PROVIDED: "the VPC's Amazon DNS",
    ServerKind.AMAZON_LINK_LOCAL: "link-local Amazon DNS",
    ServerKind.RESOLVER_INBOUND: "inbound resolver endpoint",
    ServerKind.RESOLVER_OUTBOUND: "outbound resolver endpoint",
    ServerKind.DIRECTORY: "directory",
    ServerKind.VPC_HOST: "host in the VPC",
    ServerKind.PEERED_VPC_HOST: "host in a peered VPC",
    ServerKind.TRANSIT_VPC_HOST: "host in a VPC behind a transit gateway",
    ServerKind.AMAZON_OF_ANOTHER_VPC: "Amazon DNS of another VPC",
    ServerKind.PRIVATE_ELSEWHERE: "private, in no VPC known here",
    ServerKind.PUBLIC: "public",
    ServerKind.CLIENT_CIDR: "inside the client CIDR",
    ServerKind.RESERVED: "address reserved by AWS",
    ServerKind.INVALID: "not an address",
    ServerKind.UNKNOWN: "address not known",
}
VERDICT_WORDS = {
    ServerVerdict.REACHABLE: "reachable",
    ServerVerdict.UNREACHABLE: "unreachable",
    ServerVerdict.INTERMITTENT: "intermittent",
    ServerVerdict.UNKNOWN: "not decided",
}
PATH_WORDS = {
    TunnelPath.TUNNEL: "through the tunnel",
    TunnelPath.LOCAL: "outside the tunnel",
    TunnelPath.UNKNOWN: "in or outside the tunnel",
}
RESOLVER_WORDS = {"lan": "the device's LAN resolver", "public": "the device's public resolver"}
HOP_WORDS = {"source_nat": "source NAT", "dns_service": "DNS service", "network_acl": "network ACL"}

T = TypeVar("T")


def in_turn(lists: Iterable[Iterable[T]]) -> list[T]:
    """The first of each list, then the second of each, and so on; every thing once."""
    found: list[T] = []
    for row in zip_longest(*lists, fillvalue=None):
        found += (thing for thing in row if thing is not None and thing not in found)
    return found


def hop_name(step: Step) -> str:
    """`client route`, `network ACL`, `transit gateway`."""
    return HOP_WORDS.get(step.hop, step.hop.replace("_", " "))


def tunnel_mode(endpoint: ClientVpnEndpoint) -> str:
    """`split`, `full` or `unknown`."""
    if isinstance(endpoint.split_tunnel, Known):
        return "split" if endpoint.split_tunnel.value else "full"
    return "unknown"


def dns_mode(endpoint: ClientVpnEndpoint) -> str:
    """`pushed`, `device` or `unknown`."""
    match endpoint.dns:
        case PushedDns():
            return "pushed"
        case DeviceDns():
            return "device"
        case UnknownDns():
            return "unknown"


def instances(addresses: Iterable[Address]) -> str:
    """Addresses with commas; the instances of one resource are told by their keys: `aws_subnet.a["x"], ["y"]`."""
    told: list[str] = []
    before: Address | None = None
    for address in addresses:
        is_next = before is not None and address.key is not None and address.resource == before.resource
        told.append(quote_key(address.key) if is_next else str(address))
        before = address
    return ", ".join(told)


def trace_verdict(trace: Trace) -> ServerVerdict:
    """Of one query."""
    truth = trace.verdict.truth
    if truth is Truth.UNSURE:
        return ServerVerdict.UNKNOWN
    return ServerVerdict.REACHABLE if truth is Truth.YES else ServerVerdict.UNREACHABLE


def deciding(verdict: ServerVerdict, traces: tuple[Trace, ...]) -> tuple[Trace, Step] | None:
    """The query and its hop that decided the verdict of a server: the first over udp that fails, is unsure, or arrives."""
    wanted = ServerVerdict.UNREACHABLE if verdict is ServerVerdict.INTERMITTENT else verdict
    for is_udp in (True, False):
        for trace in traces:
            if (trace.flow.protocol == "udp") is is_udp and trace_verdict(trace) is wanted:
                if (step := trace.decided_by) is not None:
                    return trace, step
    return next(((trace, trace.decided_by) for trace in traces if trace.decided_by), None)
