"""From the facts of a `Network` to the namespaces of a laboratory.

Every box that a packet meets in AWS is a namespace, or a leg of one: the endpoint, each VPC (one routing table per subnet), each transit
gateway, NAT gateway and internet gateway, each server. What decides there is written as the kernel's own routes and nftables rules and is
decided by the kernel, never here. Nothing of `reach` is read; an import contract holds that.

Where the network leaves something open (the address of an interface, what software an instance runs), the laboratory chooses, always the
more willing way; `Experiment.undecided` says so, since a model may stay unsure there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from typing import assert_never

from tf_cvpn_lint.core.link import To
from tf_cvpn_lint.core.value import Fact, Known
from tf_cvpn_lint.model.cidr import KnownAddress, KnownCidr
from tf_cvpn_lint.model.client_vpn import (
    AmazonDnsOf,
    BetweenClients,
    ClientVpnEndpoint,
    DeviceDns,
    DnsServer,
    InterfacesOf,
    NotAnAddress,
    OneGroup,
    PushedDns,
    TargetNetworkAssociation,
    ThroughSubnet,
    ThroughTransitGateway,
    UnknownDns,
    UnknownServer,
)
from tf_cvpn_lint.model.filters import PeerGroup, PortRange, SecurityGroup
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.resolver import Host, Interface
from tf_cvpn_lint.model.vpc import Subnet, Vpc

from .cloud import LAST_RESORT, Cloud
from .facts import NotRepresentedError, end, ipv4, known, leads_to, only_ipv4, reserved, whole
from .filters import authorization_chains, group_chain, one_of, table_of_chains
from .topology import (
    TRANSPORT_SERVER,
    AskedServer,
    Experiment,
    Lan,
    Leg,
    Namespace,
    Resolver,
    Session,
    Skipped,
    Topology,
    Vpn,
    Zone,
)

LAN_CANDIDATES = tuple(
    map(IPv4Network, ("192.168.1.0/24", "192.168.178.0/24", "10.254.77.0/24", "172.30.99.0/24", "192.168.222.0/24"))
)
PUBLIC_RESOLVER = IPv4Address("8.8.8.8")
LINK_LOCAL = IPv4Network("169.254.0.0/16")
PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
MAX_SESSIONS = 24
"""The tunnel's network is a /27."""
EPHEMERAL = PortRange(1024, 65535)


def translate(
    network: Network,
    endpoint: ClientVpnEndpoint,
    *,
    lan: IPv4Network | None = None,
    device: IPv4Address | None = None,
    public: IPv4Address = PUBLIC_RESOLVER,
) -> Experiment:
    """The laboratory of one endpoint.

    `lan` is the network the user sits in, `device` the resolver in the device's settings before the tunnel is up (by default that of the
    LAN), `public` the resolver that stands for those of devices which have a public one.

    Raises:
        NotRepresentedError: something in the network cannot be built, or is not known.
    """
    return _Translation(network, endpoint, lan, device, public).experiment()


class _Translation:
    def __init__(
        self,
        network: Network,
        endpoint: ClientVpnEndpoint,
        lan: IPv4Network | None,
        device: IPv4Address | None,
        public: IPv4Address,
    ) -> None:
        self.public = public
        self.network = network
        self.endpoint = endpoint
        self.skipped: list[Skipped] = []
        self.doubts: dict[DnsServer | str, list[str]] = {}
        self.hosts = 0

        address = endpoint.address
        if not endpoint.is_managed:
            raise NotRepresentedError("endpoint is a data source", address)
        if endpoint.may_have_more:
            raise NotRepresentedError("endpoint may have routes and rules elsewhere", address)
        if known(endpoint.traffic_family, "traffic address family", address) != "ipv4" or endpoint.client_cidr is None:
            raise NotRepresentedError("endpoint carries IPv6", address)
        self.clients = only_ipv4(endpoint.client_cidr, "client CIDR", address)
        if self.clients.prefixlen > 27:
            raise NotRepresentedError("client CIDR is too small", address)
        self.tunnel = IPv4Network((self.clients.network_address, 27))
        self.is_split = known(endpoint.split_tunnel, "split_tunnel", address)
        self.associations = tuple(
            association
            for association in whole(network.associations, "target network associations", address)
            if end(association.endpoint, "endpoint of an association", association.address) is endpoint
        )
        if not self.associations and endpoint.transit_gateway is None:
            raise NotRepresentedError("endpoint has no target network, nobody connects", address)
        self.rules = tuple(
            rule
            for rule in whole(network.authorization_rules, "authorization rules", address)
            if end(rule.endpoint, "endpoint of an authorization rule", rule.address) is endpoint
        )
        self.routes = tuple(
            (network_, route)
            for route in whole(network.client_routes, "Client VPN routes", address)
            if end(route.endpoint, "endpoint of a Client VPN route", route.address) is endpoint
            and (network_ := ipv4(route.destination, "destination of a Client VPN route", route.address)) is not None
        )
        vpcs = {
            end(end(a.subnet, "subnet of an association", a.address).vpc, "VPC of a subnet", a.address)
            for a in self.associations
        }
        if len(vpcs) > 1:
            raise NotRepresentedError("associations in several VPCs, AWS refuses it", address)
        self.own_vpc = next(iter(vpcs), None)

        self.topology = Topology()
        self.internet = self.topology.add("inet", "the internet", forwards=True)
        self.cloud = Cloud(network, self.topology, self.internet)
        self.automatic = self._automatic_routes()
        if any(cidr.overlaps(self.clients) for cidr in self.automatic):
            raise NotRepresentedError("client CIDR overlaps the VPC, AWS refuses it", address)
        self.host_addresses: dict[Interface, IPv4Address] = {}
        self.candidates = self._candidates()
        self.lan = self._lan(lan)
        self.device_resolver = device or self.lan.resolver
        self.sessions = self._sessions()

    def experiment(self) -> Experiment:
        self._draw_endpoint()
        asked = [
            AskedServer(key, address)
            for key, addresses in self.candidates.items()
            if self._place_all(key, addresses)
            for address in addresses
        ]
        self._draw_user()
        self.cloud.finish()
        common = [*self.cloud.doubts, *self._narrow_prefixes(), *self._partial_ports()]
        if any(isinstance(rule.audience, OneGroup) for rule in self.rules):
            common.append("who is in which group")
        return Experiment(
            topology=self.topology,
            vpn=self._vpn(),
            lan=self.lan,
            clients=self.clients,
            sessions=self.sessions,
            servers=tuple(asked),
            device_resolver=self.device_resolver,
            skipped=tuple(self.skipped),
            undecided={key: (*self.doubts.get(key, ()), *common) for key in self.candidates},
        )

    # -- servers -------------------------------------------------------------------------------------------------------------------

    def _candidates(self) -> dict[DnsServer | str, tuple[IPv4Address, ...]]:
        """Every server with the addresses it has, or may have."""
        for host in self.network.hosts:
            for interface in host.interfaces.items:
                if isinstance(interface.ip, Known) and isinstance(interface.ip.value, IPv4Address):
                    self.host_addresses[interface] = interface.ip.value
        self.cloud.taken.update(self.host_addresses.values())
        match self.endpoint.dns:
            case DeviceDns():
                return {"lan": (), "public": (self.public,)}  # the LAN's is known once there is a LAN
            case UnknownDns(why=why):
                raise NotRepresentedError(f"dns_servers is not known: {why}", self.endpoint.address)
            case PushedDns(servers):
                for gap in servers.gaps:
                    self.skipped.append(Skipped("servers not told apart", gap.subject))
                found: dict[DnsServer | str, tuple[IPv4Address, ...]] = {}
                for server in servers.items:
                    try:
                        found[server] = tuple(self._addresses(server))
                    except NotRepresentedError as why:
                        self.skipped.append(Skipped(why.what, str(server)))
                self.cloud.taken.update(address for addresses in found.values() for address in addresses)
                return found
            case _:
                assert_never(self.endpoint.dns)

    def _addresses(self, server: DnsServer) -> Iterator[IPv4Address]:
        match server.address:
            case KnownAddress(ip):
                if isinstance(ip, IPv6Address):
                    raise NotRepresentedError("server is IPv6", server)
                yield ip
            case NotAnAddress():
                raise NotRepresentedError("server is no address, nothing to ask", server)
            case AmazonDnsOf():
                raise NotRepresentedError("CIDR of a VPC is not known", server)
            case UnknownServer(why=why):
                raise NotRepresentedError(f"address of the server is not known: {why}", server)
            case InterfacesOf(hosts):
                for host in hosts:
                    for interface in whole(host.interfaces, "interfaces of a host", host.address):
                        if interface not in self.host_addresses:
                            subnet = end(interface.subnet, "subnet of an interface", host.address)
                            self.host_addresses[interface] = self.cloud.choose_address(subnet)
                        yield self.host_addresses[interface]
            case _:
                assert_never(server.address)

    def _place_all(self, key: DnsServer | str, addresses: Iterable[IPv4Address]) -> bool:
        try:
            for address in addresses:
                self._place(key, address)
        except NotRepresentedError as why:
            self.skipped.append(Skipped(why.what, str(key)))
            return False
        return True

    def _place(self, key: DnsServer | str, address: IPv4Address) -> None:
        """Puts what has this address where it is. Nothing there is a fact as well: then nobody answers.

        Raises:
            NotRepresentedError: what answers there is not documented, or not known.
        """
        covered = any(address in network for network, _ in self.routes)
        if key == "lan":
            return
        if address in self.clients:
            if any(isinstance(route.target, BetweenClients) for _, route in self.routes):
                raise NotRepresentedError("server is another client", key)
            return
        if address in LINK_LOCAL:
            if covered or not self.is_split:
                raise NotRepresentedError("link-local server inside the tunnel is not documented", key)
            return
        if any(address in network for network in self._unordered()):
            self._doubt(key, "whether the endpoint learned a CIDR that was not there before its association")
        found = self._place_hosts(address)
        found |= self._place_amazon_dns(address)
        if found:
            return
        for vpc in self.network.vpcs:
            if any(address in cidr for cidr in self.cloud.cidrs(vpc)):
                self._place_unclaimed(key, vpc, address)
                return
        if address.is_loopback or address.is_multicast or address.is_reserved or address.is_unspecified:
            return
        if not any(address in network for network in PRIVATE):
            self._public(address)
            return
        self._doubt(key, "beyond what Terraform tells")
        if not self.is_split and not covered:
            self._doubt(key, "AWS's documents conflict about full tunnel without a Client VPN route")
        self.cloud.beyond.add(address)

    def _doubt(self, key: DnsServer | str, why: str) -> None:
        if why not in self.doubts.setdefault(key, []):
            self.doubts[key].append(why)

    def _place_hosts(self, address: IPv4Address) -> bool:
        found = [
            (host, interface)
            for host in self.network.hosts
            for interface in host.interfaces.items
            if self.host_addresses.get(interface) == address
        ]
        for host, interface in found:
            if host.kind == "resolver_delegation":
                raise NotRepresentedError("delegation resolver endpoints are not documented for clients", host.address)
            subnet = end(interface.subnet, "subnet of an interface", host.address)
            vpc = self.cloud.vpc_of(subnet)
            if host.kind == "resolver_inbound" and not _is_true(vpc.dns_support):
                for key, addresses in self.candidates.items():
                    if address in addresses:
                        self._doubt(
                            key, "AWS asks for DNS support in the VPC of an inbound endpoint, not what is without"
                        )
            what = f"{host.address} {address}"
            if any(namespace.what == what for namespace in self.topology.namespaces.values()):
                continue  # named twice in dns_servers
            self._draw_host(what, subnet, address, self._ingress(host, vpc), self._answers(host))
        for key, addresses in self.candidates.items():
            if address in addresses and found and not covered_by_vpc(self.own_vpc, found, self.cloud):
                if not self.is_split and not any(address in network for network, _ in self.routes):
                    self._doubt(key, "AWS's documents conflict about full tunnel without a Client VPN route")
        return bool(found)

    def _answers(self, host: Host) -> bool:
        match host.kind:
            case "resolver_inbound":
                speaks = host.protocols is None or "Do53" in known(host.protocols, "protocols", host.address)
                family = "IPV4" if host.address_family is None else known(host.address_family, "type", host.address)
                return speaks and family != "IPV6"
            case "resolver_outbound":
                return False
            case _:
                return True  # what runs there is in no Terraform

    def _draw_host(self, what: str, subnet: Subnet, address: IPv4Address, ingress: list[str], answers: bool) -> None:
        self.hosts += 1
        namespace = self.topology.add(f"host{self.hosts}", what)
        leg = self.cloud.interface(subnet, address, namespace, "eni")
        namespace.commands.append(f"addr add {address}/32 dev lo")
        namespace.commands.append(f"route add default via {leg.peer} dev {leg.name} src {address} onlink")
        namespace.filters += table_of_chains(
            [("input", ["type filter hook input priority filter;", 'iifname "lo" accept', *ingress])]
        )
        if answers:
            namespace.resolvers.append(Resolver(what, (address,), self._zones(self.cloud.vpc_of(subnet))))

    def _place_amazon_dns(self, address: IPv4Address) -> bool:
        found = False
        for vpc in self.network.vpcs:
            primary = ipv4(vpc.primary_cidr, "CIDR of a VPC", vpc.address)
            if primary is None or primary[2] != address:
                continue
            found = True
            drawing = self.cloud.vpc(vpc)
            if known(vpc.dns_support, "enable_dns_support", vpc.address) and drawing.amazon_dns is None:
                drawing.amazon_dns = address
                drawing.namespace.commands.append(f"addr add {address}/32 dev lo")
                drawing.namespace.resolvers.append(
                    Resolver(f"Amazon DNS of {vpc.address} {address}", (address,), self._zones(vpc))
                )
        return found

    def _place_unclaimed(self, key: DnsServer | str, vpc: Vpc, address: IPv4Address) -> None:
        """An address of the VPC that is neither Amazon DNS nor that of a resource."""
        for cidr in self.cloud.cidrs(vpc):
            if cidr[2] == address:
                raise NotRepresentedError("base+2 of a secondary CIDR is not documented", key)
        inside = [
            subnet
            for subnet in self.network.subnets
            if leads_to(subnet.vpc, vpc) and address in self.cloud.network_of(subnet)
        ]
        for subnet in inside:
            if address == self.cloud.network_of(subnet)[2]:
                raise NotRepresentedError("base+2 of a subnet is not documented", key)
            if address in reserved(self.cloud.network_of(subnet)):
                return  # nobody can have it
        if not inside:
            raise NotRepresentedError("server is in no subnet of its VPC", key)
        self._doubt(key, "no resource has this address")
        if vpc is not self.own_vpc and not self.is_split and not any(address in net for net, _ in self.routes):
            self._doubt(key, "AWS's documents conflict about full tunnel without a Client VPN route")
        self._draw_host(f"some host {address}", inside[0], address, ingress=[], answers=True)

    def _public(self, address: IPv4Address) -> None:
        line = f"addr add {address}/32 dev lo"
        if line not in self.internet.commands:
            self.internet.commands.append(line)
            self.internet.resolvers.append(Resolver(f"public resolver {address}", (address,)))

    def _zones(self, vpc: Vpc) -> tuple[Zone, ...]:
        """Private zones as Amazon DNS and inbound resolvers of this VPC answer them; both DNS attributes must be on.

        Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
        """
        if not (_is_true(vpc.dns_support) and _is_true(vpc.dns_hostnames)):
            return ()
        found = []
        for zone in self.network.zones:
            if not isinstance(zone.name, Known) or not any(leads_to(link, vpc) for link in zone.vpcs.items):
                continue
            name = zone.name.value.rstrip(".")
            records = []
            for record in self.network.records.items:
                if not leads_to(record.zone, zone) or not isinstance(record.name, Known):
                    continue
                short = record.name.value.rstrip(".")
                full = short if short == name or short.endswith(f".{name}") else f"{short}.{name}"
                records += [
                    (full, address.ip)
                    for address in record.addresses.items
                    if isinstance(address, KnownAddress) and isinstance(address.ip, IPv4Address)
                ]
            found.append(Zone(name, tuple(records)))
        return tuple(found)

    # -- security groups -----------------------------------------------------------------------------------------------------------

    def _default_group(self, vpc: Vpc) -> tuple[SecurityGroup, ...] | None:
        """The VPC's default group; None for the factory's: egress all, ingress from itself."""
        link = self.network.default_group_of_vpc.get(vpc)
        return None if link is None else (end(link, "default security group", vpc.address),)

    def _ingress(self, host: Host, vpc: Vpc) -> list[str]:
        """The ingress chain of an interface of the host."""
        if host.kind == "directory":
            return self._ingress_of_directory(host, vpc)
        groups = self._groups_of_host(host, vpc)
        if groups is None:
            itself = self.eni.values() if vpc is self.own_vpc and self._groups_of_endpoint() is None else ()
            return ["ct state established,related accept", *(f"ip saddr {each} accept" for each in itself), "drop"]
        rules = [rule for group in groups for rule in whole(group.rules, "rules of a security group", group.address)]
        return group_chain(rules, "ingress", lambda peer: self._members(peer, vpc))

    def _ingress_of_directory(self, host: Host, vpc: Vpc) -> list[str]:
        """Directory Service opens a directory to its own VPC; rules that somebody adds to its group may open it further.

        Source: https://docs.aws.amazon.com/directoryservice/latest/devguide/API_AddIpRoutes.html
        """
        if vpc is not self.own_vpc:
            for key in self.candidates:
                self._doubt(key, "who else may widen the group that Directory Service makes")
        groups = [link.target for link in host.security_groups.items if isinstance(link, To)]
        added = [rule for group in groups for rule in group.rules.items]
        within = [f"ip saddr {network} accept" for network in self.cloud.cidrs(vpc)]
        return [*within, *group_chain(added, "ingress", lambda peer: self._members(peer, vpc))]

    def _groups_of_host(self, host: Host, vpc: Vpc) -> tuple[SecurityGroup, ...] | None:
        if host.uses_vpc_default_group:
            return self._default_group(vpc)
        links = whole(host.security_groups, "security groups of a host", host.address)
        return tuple(end(link, "security group", host.address) for link in links)

    def _groups_of_endpoint(self) -> tuple[SecurityGroup, ...] | None:
        assert self.own_vpc is not None
        if known(self.endpoint.uses_vpc_default_group, "security_group_ids", self.endpoint.address):
            return self._default_group(self.own_vpc)
        links = whole(self.endpoint.security_groups, "security groups of the endpoint", self.endpoint.address)
        return tuple(end(link, "security group", self.endpoint.address) for link in links)

    def _members(self, peer: PeerGroup, seen_from: Vpc) -> Iterator[IPv4Address]:
        """Addresses of the interfaces that a reference to a group means, seen from an interface in this VPC."""
        name = end(peer.group, "referenced security group", self.endpoint.address)

        def named(groups: tuple[SecurityGroup, ...] | None) -> bool:
            return any(
                group.address == name.address or (group.id is not None and group.id == name.id)
                for group in groups or ()
            )

        if self.own_vpc is not None and self._sees_groups(seen_from, self.own_vpc):
            if named(self._groups_of_endpoint()):
                yield from (session_address for session_address in self.eni.values())
        for host in self.network.hosts:
            for interface in host.interfaces.items:
                if interface in self.host_addresses and isinstance(interface.subnet, To):
                    vpc = self.cloud.vpc_of(interface.subnet.target)
                    if self._sees_groups(seen_from, vpc) and named(self._groups_of_host(host, vpc)):
                        yield self.host_addresses[interface]

    def _sees_groups(self, here: Vpc, there: Vpc) -> bool:
        """Whether references to groups of that VPC count in this one: in itself, over a peering in the Region, over a transit gateway
        where it is switched on everywhere."""
        if here is there:
            return True
        for peering in self.network.peerings:
            sides = {end(side, "VPC of a peering", peering.address) for side in (peering.requester, peering.accepter)}
            if sides == {here, there} and _is_true(peering.is_active):
                return here.region == there.region
        for gateway in self.network.transit_gateways:
            attached = [
                attachment
                for attachment in self.network.attachments.items
                if leads_to(attachment.gateway, gateway)
                and attachment.vpc is not None
                and any(leads_to(attachment.vpc, vpc) for vpc in (here, there))
            ]
            if len(attached) == 2 and known(gateway.group_references, "group references", gateway.address):
                if all(known(each.group_references, "group references", each.address) for each in attached):
                    return True
        return False

    # -- the endpoint --------------------------------------------------------------------------------------------------------------

    def _automatic_routes(self) -> tuple[IPv4Network, ...]:
        """The CIDRs that the VPC had when its subnets were associated: a later one is not in the endpoint's route table."""
        if self.own_vpc is None:
            return ()
        late = {
            ipv4(secondary.cidr, "CIDR of a VPC", self.own_vpc.address)
            for secondary in self.own_vpc.secondary_cidrs.items
            if secondary.follows_association
        }
        return tuple(network for network in self.cloud.cidrs(self.own_vpc) if network not in late)

    def _unordered(self) -> list[IPv4Network]:
        """Secondary CIDRs of the endpoint's VPC that are not certain to be there before the association."""
        secondary = self.own_vpc.secondary_cidrs.items if self.own_vpc is not None else ()
        found = [ipv4(each.cidr, "CIDR of a VPC", each.evidence) for each in secondary if not each.precedes_association]
        return [network for network in found if network is not None]

    def _sessions(self) -> tuple[Session, ...]:
        """One client per association and group: what a model says holds for each of them."""
        groups: list[frozenset[str]] = []
        if known(self.endpoint.authenticates_groups, "authentication", self.endpoint.address):
            for rule in self.rules:
                if isinstance(rule.audience, OneGroup):
                    if rule.audience.id is None:
                        raise NotRepresentedError("group of an authorization rule is not known", rule.address)
                    groups.append(frozenset({rule.audience.id}))
        landings: tuple[TargetNetworkAssociation | None, ...] = self.associations or (None,)
        wanted = [
            (landing, users) for landing in landings for users in (dict.fromkeys(groups) or {frozenset[str](): None})
        ]
        if len(wanted) > MAX_SESSIONS:
            raise NotRepresentedError("too many groups and associations", self.endpoint.address)
        return tuple(
            Session(f"dev{number}", landing, users, self.tunnel[number + 1])
            for number, (landing, users) in enumerate(wanted, 1)
        )

    def _draw_endpoint(self) -> None:
        namespace = self.topology.add("cvpn", str(self.endpoint.address), forwards=True)
        outside, transport = self.topology.connect(namespace, "inet", self.internet, "cvpn")
        namespace.commands.append(f"addr add {TRANSPORT_SERVER}/32 dev lo")
        namespace.commands.append(
            f"route add default via {outside.peer} dev {outside.name} src {TRANSPORT_SERVER} onlink"
        )
        self.internet.commands.append(
            f"route add {TRANSPORT_SERVER}/32 via {transport.peer} dev {transport.name} onlink"
        )

        self.eni: dict[TargetNetworkAssociation, IPv4Address] = {}
        legs: dict[TargetNetworkAssociation | None, Leg] = {}
        if self.endpoint.transit_gateway is not None:
            gateway = end(self.endpoint.transit_gateway.gateway, "transit gateway", self.endpoint.address)
            self.cloud.taken.update(session.address for session in self.sessions)
            legs[None] = self.cloud.attach_client_vpn(gateway, self.endpoint, self.clients, namespace)
        for number, association in enumerate(self.associations, 1):
            subnet = end(association.subnet, "subnet of an association", association.address)
            self.eni[association] = self.cloud.choose_address(subnet)
            legs[association] = self.cloud.interface(subnet, self.eni[association], namespace, f"eni{number}")
            self.cloud.vpc(self.cloud.vpc_of(subnet)).with_public_address.add(self.eni[association])
        self._draw_endpoint_routes(namespace, legs)
        self._draw_endpoint_filters(namespace, legs)

    def _draw_endpoint_routes(self, namespace: Namespace, legs: dict[TargetNetworkAssociation | None, Leg]) -> None:
        for association, leg in legs.items():
            number = namespace.table(association)
            for network in dict.fromkeys(self._endpoint_routes(association)):
                namespace.commands.append(
                    f"route add {network} via {leg.peer} dev {leg.name} onlink metric 10 table {number}"
                )
            namespace.commands.append(f"route add blackhole default metric {LAST_RESORT} table {number}")
        for session in self.sessions:
            number = namespace.table(session.association)
            namespace.commands.append(f"rule add pref 100 from {session.address} iif tun0 lookup {number}")
        namespace.commands.append("rule add blackhole pref 150 iif tun0")

    def _endpoint_routes(self, association: TargetNetworkAssociation | None) -> Iterator[IPv4Network]:
        if association is not None:
            yield from self.automatic
        for network, route in self.routes:
            match route.target:
                case ThroughSubnet(subnet):
                    found = end(subnet, "subnet of a Client VPN route", route.address)
                    if association is not None and leads_to(association.subnet, found):
                        yield network
                case ThroughTransitGateway():
                    if association is None:
                        yield network
                case BetweenClients():
                    pass
                case _:
                    assert_never(route.target)

    def _draw_endpoint_filters(self, namespace: Namespace, legs: dict[TargetNetworkAssociation | None, Leg]) -> None:
        chains = list(
            authorization_chains(
                self.rules, lambda group: [session.address for session in self.sessions if group in session.groups]
            )
        )
        forward = ["type filter hook forward priority filter; policy drop;", 'iifname "tun0" jump authorize']
        if self.own_vpc is not None:
            own = self.own_vpc
            groups = self._groups_of_endpoint()
            if groups is not None:
                rules = [
                    rule for group in groups for rule in whole(group.rules, "rules of a security group", group.address)
                ]
                primary = only_ipv4(own.primary_cidr, "CIDR of a VPC", own.address)
                chain = group_chain(rules, "egress", lambda peer: self._members(peer, own), primary[2])
                chains.append(("groups", chain))
                forward.append('iifname "tun0" goto groups')
        forward += ['iifname "tun0" accept', 'oifname "tun0" ct state established,related accept']
        chains.append(("forward", forward))
        nat = [
            f'oifname "{leg.name}" snat to {self.eni[association]}' for association, leg in legs.items() if association
        ]
        if nat:
            chains.append(("nat", ["type nat hook postrouting priority srcnat;", *nat]))
        namespace.filters += table_of_chains(chains)

    def _vpn(self) -> Vpn:
        # A `local` route is for the client CIDR; AWS does not document one for another network.
        routed = (
            network
            for network, route in self.routes
            if not isinstance(route.target, BetweenClients) or network.overlaps(self.clients)
        )
        pushed = dict.fromkeys((*self.automatic, *routed))
        servers: tuple[str, ...] = ()
        if isinstance(self.endpoint.dns, PushedDns):
            servers = tuple(str(addresses[0]) for addresses in self.candidates.values() if addresses)
        return Vpn(
            gateway=self.tunnel[1],
            prefixlen=self.tunnel.prefixlen,
            pushed_routes=tuple(pushed) if self.is_split else (),
            is_split=self.is_split,
            pushed_servers=servers,
            enforces_routes=known(self.endpoint.route_enforcement, "client route enforcement", self.endpoint.address),
        )

    # -- the user ------------------------------------------------------------------------------------------------------------------

    def _lan(self, wanted: IPv4Network | None) -> Lan:
        """A network for the user that is in nobody's way: no Terraform tells where users sit."""
        if wanted is None:
            used = [self.clients, *(network for network, _ in self.routes if network.prefixlen > 8)]
            used += [IPv4Network(address) for addresses in self.candidates.values() for address in addresses]
            for vpc in self.network.vpcs:
                for cidr in vpc.cidrs.items:
                    if isinstance(cidr, KnownCidr) and isinstance(cidr.network, IPv4Network):
                        used.append(cidr.network)
            free = [network for network in LAN_CANDIDATES if not any(network.overlaps(other) for other in used)]
            if not free:
                raise NotRepresentedError("no network is left for the user's LAN", self.endpoint.address)
            wanted = free[0]
        lan = Lan(wanted, wanted[1], wanted[254])
        if "lan" in self.candidates:
            self.candidates["lan"] = (lan.resolver,)
        return lan

    def _draw_user(self) -> None:
        router = self.topology.add("lan", "the user's network", forwards=True)
        out, _ = self.topology.connect(router, "inet", self.internet, "lan")
        router.commands += [
            f"addr add {self.lan.resolver}/32 dev lo",
            f"addr add {self.lan.gateway}/32 dev lo",
            f"route add default via {out.peer} dev {out.name} onlink",
        ]
        router.filters += table_of_chains(
            [("nat", ["type nat hook postrouting priority srcnat;", 'oifname "inet" masquerade'])]
        )
        router.resolvers.append(Resolver(f"LAN resolver {self.lan.resolver}", (self.lan.resolver,)))
        if self.device_resolver != self.lan.resolver:
            self._public(self.device_resolver)
        self.internet.filters += table_of_chains(
            # providers do not carry private addresses
            [
                (
                    "prerouting",
                    ["type filter hook prerouting priority raw;", f"ip daddr {one_of((*PRIVATE, LINK_LOCAL))} drop"],
                )
            ]
        )
        for number, session in enumerate(self.sessions, 1):
            device = self.topology.add(session.namespace, f"device of {session}")
            self.topology.plain_link(device, "lan", router, session.namespace)
            address = self.lan.device(number)
            device.commands += [
                f"addr add {address}/{self.lan.network.prefixlen} dev lan",
                f"route add default via {self.lan.gateway} dev lan metric 100",
            ]
            router.commands.append(f"route add {address}/32 dev {session.namespace}")

    # -- where a model may be unsure -----------------------------------------------------------------------------------------------

    def _narrow_prefixes(self) -> Iterator[str]:
        """A rule or route about part of a subnet in which the address of an interface was chosen."""
        subnets = {self.cloud.network_of(subnet) for subnet, _ in self.cloud.chosen}
        for prefix in self._prefixes():
            if any(prefix != network and prefix.subnet_of(network) for network in subnets):
                yield "which address an interface gets"
                return

    def _prefixes(self) -> Iterator[IPv4Network]:
        network = self.network
        cidrs = [
            *(
                entry.cidr
                for link in network.acl_of_subnet.values()
                if isinstance(link, To)
                for entry in link.target.entries.items
            ),
            *(peer for group in network.security_groups for rule in group.rules.items for peer in rule.peers.items),
            *(route.destination for table in network.route_tables for route in table.routes.items),
            *(route.destination for route in network.transit_routes.items),
        ]
        for cidr in cidrs:
            if isinstance(cidr, KnownCidr) and isinstance(cidr.network, IPv4Network):
                yield cidr.network

    def _partial_ports(self) -> Iterator[str]:
        """An ACL entry about part of the ephemeral ports."""
        for link in self.network.acl_of_subnet.values():
            for entry in link.target.entries.items if isinstance(link, To) else ():
                if isinstance(entry.ports, Known):
                    ports = entry.ports.value
                    if ports.first <= EPHEMERAL.last and EPHEMERAL.first <= ports.last and not ports.covers(EPHEMERAL):
                        yield "which port a query comes from"
                        return


def covered_by_vpc(own: Vpc | None, found: Iterable[tuple[Host, Interface]], cloud: Cloud) -> bool:
    """Whether the automatic route of the endpoint's VPC leads to the host."""
    return any(isinstance(each.subnet, To) and cloud.vpc_of(each.subnet.target) is own for _, each in found)


def _is_true(fact: Fact[bool]) -> bool:
    return isinstance(fact, Known) and fact.value
