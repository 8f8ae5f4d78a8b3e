"""What kind of server an address is: the first test that fits, in the order of the domain reference (classifying a DNS server address).

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html (base+2 of the primary CIDR),
https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html (reserved addresses),
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import assert_never

from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.cidr import (
    AddressIn,
    Cidr,
    HostAddress,
    IpAddress,
    KnownAddress,
    KnownCidr,
    UnknownCidr,
    covers,
)
from tf_cvpn_lint.model.client_vpn import (
    AmazonDnsOf,
    ClientVpnEndpoint,
    InterfacesOf,
    NotAnAddress,
    ServerAddress,
    UnknownServer,
)
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.resolver import Host, Interface
from tf_cvpn_lint.model.vpc import Subnet, Vpc
from tf_cvpn_lint.reach.links import target_of, vpc_of
from tf_cvpn_lint.reach.trace import ServerKind, ServiceFault

LINK_LOCAL_DNS = (ip_address("169.254.169.253"), ip_address("fd00:ec2::253"))

_SHARED = ip_network("100.64.0.0/10")
_RESERVED_V4 = ip_network("240.0.0.0/4")
_RESERVED_OFFSETS = {0: "the network address", 1: "the VPC router", 3: "kept by AWS for future use"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One address that a server may have, and what is there."""

    kind: ServerKind
    address: HostAddress | None
    """None where it is not an address at all."""
    vpc: Vpc | None = None
    """The VPC it lies in."""
    subnet: Subnet | None = None
    host: Host | None = None
    fault: ServiceFault | None = None
    """What is wrong with the address itself, whatever the way to it."""
    detail: str = ""
    """The fault in words, with the names that matter."""


def candidates(
    network: Network, endpoint: ClientVpnEndpoint, home: Vpc | None, server: ServerAddress
) -> tuple[Candidate, ...]:
    """All the addresses the server may turn out to have; empty where nothing is known of it."""
    match server:
        case NotAnAddress(text):
            return (
                Candidate(
                    ServerKind.INVALID, None, fault=ServiceFault.NOT_AN_ADDRESS, detail=f'"{text}" is not an IP address'
                ),
            )
        case KnownAddress(ip):
            return (classify(network, endpoint, home, ip),)
        case AmazonDnsOf(vpc, address):
            return (_amazon(vpc, home, address, endpoint),)
        case InterfacesOf(hosts):
            return tuple(
                candidate
                for host in hosts
                for interface in host.interfaces.items
                for candidate in _of_interface(network, endpoint, home, host, interface)
            )
        case UnknownServer():
            return ()
        case _:
            assert_never(server)


def _amazon(vpc: Vpc, home: Vpc | None, address: HostAddress, endpoint: ClientVpnEndpoint) -> Candidate:
    if vpc is home:
        return Candidate(ServerKind.AMAZON_PROVIDED, address, vpc)
    if home is None and endpoint.transit_gateway is None:
        return Candidate(ServerKind.UNKNOWN, address, vpc)
    return Candidate(
        ServerKind.AMAZON_OF_ANOTHER_VPC,
        address,
        vpc,
        fault=ServiceFault.OTHER_VPC,
        detail=f"the Amazon DNS server of {vpc.address}, which answers only inside that VPC",
    )


def _of_interface(
    network: Network, endpoint: ClientVpnEndpoint, home: Vpc | None, host: Host, interface: Interface
) -> tuple[Candidate, ...]:
    if isinstance(interface.ip, Known):
        return (classify(network, endpoint, home, interface.ip.value),)
    subnet = target_of(interface.subnet)
    if subnet is None:
        vpc = target_of(host.vpc)
        inside = (*(vpc.cidrs.items if vpc and vpc.cidrs.is_complete and len(vpc.cidrs.items) == 1 else ()),)
        return (_host(network, host, AddressIn(inside, interface.ip.refers_to), vpc, None, home),)
    vpc = vpc_of(subnet)
    cidr: Cidr = subnet.cidr
    inside = (cidr,)
    if isinstance(cidr, UnknownCidr) and vpc is not None and vpc.cidrs.is_complete and len(vpc.cidrs.items) == 1:
        inside = (cidr, vpc.primary_cidr)
    address = AddressIn(inside, interface.ip.refers_to, interface.ip.symbol)
    return (_host(network, host, address, vpc, subnet, home),)


@lru_cache(maxsize=8192)
def classify(network: Network, endpoint: ClientVpnEndpoint, home: Vpc | None, ip: IpAddress) -> Candidate:
    """The kind of one known address."""
    address = KnownAddress(ip)
    if ip in LINK_LOCAL_DNS:
        return Candidate(
            ServerKind.AMAZON_LINK_LOCAL, address, fault=ServiceFault.LINK_LOCAL, detail=f"{ip} is a link-local address"
        )
    if why := _unusable(ip):
        return Candidate(ServerKind.INVALID, address, fault=ServiceFault.NOT_AN_ADDRESS, detail=f"{ip} is {why}")
    if endpoint.client_cidr is not None and covers(endpoint.client_cidr, address).is_yes:
        return Candidate(
            ServerKind.CLIENT_CIDR, address, fault=ServiceFault.CLIENT_CIDR, detail=f"{ip} is in {endpoint.client_cidr}"
        )
    if (found := _host_at(network, home, ip)) is not None:
        host, interface = found
        subnet, vpc = _home_of(network, host, interface, address)
        return _host(network, host, address, vpc, subnet, home)
    if home is not None and any(covers(cidr, address).is_yes for cidr in home.cidrs.items):
        return _in_vpc(network, endpoint, home, home, address, ip)
    holding = [vpc for vpc in network.vpcs_holding(address) if vpc is not home]
    if home is None and endpoint.transit_gateway is None and is_private(ip):
        return Candidate(ServerKind.UNKNOWN, address, holding[0] if len(holding) == 1 else None)
    if home is not None and any(covers(cidr, address).is_unsure for cidr in home.cidrs.items) and not ip.is_global:
        # It may be an address of the endpoint's own VPC, whose numbers are not known.
        return Candidate(ServerKind.UNKNOWN, address)
    if holding:
        near = [vpc for vpc in holding if _relation(network, home, vpc) is not ServerKind.PRIVATE_ELSEWHERE]
        return _in_vpc(network, endpoint, (near or holding)[0], home, address, ip)
    if not is_private(ip):
        return Candidate(ServerKind.PUBLIC, address)
    return Candidate(ServerKind.PRIVATE_ELSEWHERE, address)


def is_private(ip: IpAddress) -> bool:
    """RFC 1918, 100.64.0.0/10, unique local and whatever else the internet does not route."""
    return not ip.is_global or ip in _SHARED


def _unusable(ip: IpAddress) -> str:
    if ip.is_loopback:
        return "a loopback address"
    if ip.is_unspecified or (ip.version == 4 and ip in ip_network("0.0.0.0/8")):
        return "an unspecified address"
    if ip.is_multicast:
        return "a multicast address"
    if str(ip) == "255.255.255.255":
        return "the broadcast address"
    if ip.version == 4 and ip in _RESERVED_V4:
        return "a reserved address"
    if ip.is_link_local:
        return "a link-local address"
    return ""


def _host_at(network: Network, home: Vpc | None, ip: IpAddress) -> tuple[Host, Interface] | None:
    """The host with this address; where several VPCs share numbers, the one in the endpoint's VPC first."""
    found = network.interfaces_at(ip)
    if len(found) < 2 or home is None:
        return found[0] if found else None
    first = _first_in_vpcs(network, ip)
    if (own := first.get(home)) is not None:
        return found[own]
    near = [first[vpc] for vpc in (None, *_neighbours(network, home)) if vpc in first]
    return found[min(near, default=0)]


@lru_cache(maxsize=1024)
def _first_in_vpcs(network: Network, ip: IpAddress) -> dict[Vpc | None, int]:
    """Of the interfaces with this address the position of the first in each VPC; None for a VPC that is not known."""
    first: dict[Vpc | None, int] = {}
    for position, (host, interface) in enumerate(network.interfaces_at(ip)):
        subnet = target_of(interface.subnet)
        first.setdefault(vpc_of(subnet) if subnet else target_of(host.vpc), position)
    return first


@lru_cache(maxsize=1024)
def _neighbours(network: Network, home: Vpc) -> frozenset[Vpc]:
    return network.peers_of(home) | network.vpcs_in_transit_with(home)


def _host(
    network: Network, host: Host, address: HostAddress, vpc: Vpc | None, subnet: Subnet | None, home: Vpc | None
) -> Candidate:
    match host.kind:
        case "resolver_outbound":
            return Candidate(
                ServerKind.RESOLVER_OUTBOUND,
                address,
                vpc,
                subnet,
                host,
                ServiceFault.OUTBOUND,
                f"an address of {host.address}, an outbound endpoint",
            )
        case "resolver_inbound" | "resolver_delegation":
            return Candidate(ServerKind.RESOLVER_INBOUND, address, vpc, subnet, host)
        case "directory":
            return Candidate(ServerKind.DIRECTORY, address, vpc, subnet, host)
        case "instance" | "interface" | "load_balancer":
            return Candidate(_relation(network, home, vpc), address, vpc, subnet, host)
        case _:
            assert_never(host.kind)


def _home_of(
    network: Network, host: Host, interface: Interface, address: KnownAddress
) -> tuple[Subnet | None, Vpc | None]:
    """The subnet and VPC of an interface whose address is known: as written, else as the address tells."""
    subnet = target_of(interface.subnet)
    if subnet is not None:
        return subnet, vpc_of(subnet)
    vpc = target_of(host.vpc)
    if vpc is None:
        holding = network.vpcs_holding(address)
        vpc = holding[0] if len(holding) == 1 else None
    return subnet_holding(network, address, vpc), vpc


def _relation(network: Network, home: Vpc | None, vpc: Vpc | None) -> ServerKind:
    """How a VPC stands to the endpoint's: the same, peered, on a common transit gateway, or elsewhere."""
    if vpc is None:
        return ServerKind.UNKNOWN
    if vpc is home:
        return ServerKind.VPC_HOST
    if home is None:
        return ServerKind.UNKNOWN
    if vpc in network.peers_of(home):
        return ServerKind.PEERED_VPC_HOST
    if vpc in _neighbours(network, home):
        return ServerKind.TRANSIT_VPC_HOST
    return ServerKind.PRIVATE_ELSEWHERE


def _in_vpc(
    network: Network, endpoint: ClientVpnEndpoint, vpc: Vpc, home: Vpc | None, address: KnownAddress, ip: IpAddress
) -> Candidate:
    """An address in a known VPC at which no resource is known."""
    subnet = subnet_holding(network, address, vpc)
    if (
        ip.version == 4
        and isinstance(vpc.primary_cidr, KnownCidr)
        and int(ip) == int(vpc.primary_cidr.network.network_address) + 2
    ):
        return _amazon(vpc, home, address, endpoint)
    kind = _relation(network, home, vpc)
    if vpc is home:
        for secondary in vpc.secondary_cidrs.items:
            if isinstance(secondary.cidr, KnownCidr) and int(ip) == int(secondary.cidr.network.network_address) + 2:
                return _undocumented(
                    ServerKind.RESERVED,
                    address,
                    vpc,
                    subnet,
                    f"{ip} is base+2 of {secondary.cidr}, a secondary CIDR of {vpc.address}",
                )
    if subnet is not None and isinstance(subnet.cidr, KnownCidr):
        offset = int(ip) - int(subnet.cidr.network.network_address)
        if offset == 2 and vpc is home:
            return _undocumented(
                ServerKind.RESERVED, address, vpc, subnet, f"{ip} is base+2 of {subnet.address} ({subnet.cidr})"
            )
        what = _RESERVED_OFFSETS.get(offset, "the last address" if ip == subnet.cidr.network.broadcast_address else "")
        if what:
            return Candidate(
                ServerKind.RESERVED,
                address,
                vpc,
                subnet,
                fault=ServiceFault.RESERVED,
                detail=f"{ip} is reserved in {subnet.address} ({subnet.cidr}): {what}",
            )
    return Candidate(kind, address, vpc, subnet)


def _undocumented(kind: ServerKind, address: HostAddress, vpc: Vpc, subnet: Subnet | None, detail: str) -> Candidate:
    return Candidate(kind, address, vpc, subnet, fault=ServiceFault.UNDOCUMENTED, detail=detail)


def subnet_holding(network: Network, address: HostAddress, vpc: Vpc | None) -> Subnet | None:
    """The subnet of the VPC that certainly holds the address."""
    if vpc is None:
        return None
    return next((subnet for subnet in network.subnets_of(vpc) if covers(subnet.cidr, address).is_yes), None)
