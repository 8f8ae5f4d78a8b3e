"""The steps of a query, in the order in which traffic meets them (domain: packet path of one DNS query).

Each step says whether the query passes, what decided it, and what was passed over. The way back is a list of steps of its own. After an
unsure step the walk goes on as if it passed; after a drop it goes on where what follows is a fault of its own, so that two missing things
are told at once.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar, TypeVar

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.records import dataclass, field, settle
from tf_cvpn_lint.core.verdict import YES, Truth, Verdict, all_of
from tf_cvpn_lint.model.client_vpn import (
    AuthorizationRule,
    ClientVpnEndpoint,
    ClientVpnRoute,
    DnsServer,
    TargetNetworkAssociation,
)
from tf_cvpn_lint.model.filters import Direction, NetworkAcl, PortRange, SecurityGroup
from tf_cvpn_lint.model.resolver import Host
from tf_cvpn_lint.model.routing import (
    ImplicitMainTable,
    NatGateway,
    PeeringConnection,
    RouteTable,
)
from tf_cvpn_lint.model.transit_gateway import Attachment, TransitTable
from tf_cvpn_lint.model.vpc import Subnet, Vpc, VpcCidr
from tf_cvpn_lint.reach.flow import Flow

S = TypeVar("S", bound="Step")


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something that might have decided and did not: a shorter prefix, a rule for another port."""

    what: str
    why: str
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One hop. `verdict`: yes, it passes; no, it is dropped here; unsure."""

    hop: ClassVar[str]
    verdict: Verdict
    says: str
    """What happens to the query here, as one sentence without a full stop."""
    evidence: tuple[Evidence, ...] = ()
    """What decided it, the nearest to the cause first."""
    passed_over: tuple[PassedOver, ...] = ()
    assumes: str = ""
    """On an unsure step: what the rest of the walk takes for granted, worded as what it waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetNetwork(Step):
    """The endpoint has a network to land on."""

    hop: ClassVar[str] = "target_network"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRoute(Step):
    """Whether the query enters the tunnel at all."""

    hop: ClassVar[str] = "client_route"
    enters_tunnel: Verdict
    late_cidr: VpcCidr | None = None
    """The secondary CIDR that holds the server and is added after the association was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization(Step):
    """The endpoint's authorization rules: the longest network decides."""

    hop: ClassVar[str] = "authorization"
    winners: tuple[AuthorizationRule, ...] = ()
    admitted_groups: tuple[str, ...] = ()
    """Where only groups are admitted: which."""
    left_out: tuple[str, ...] = ()
    """Groups (or `everyone`) that other rules of the endpoint let in and this one does not."""


class EndpointRouteFault(Enum):
    MISSING = "no Client VPN route covers the server"
    MISSING_HERE = "a covering route exists for other associations only"
    TARGET_NOT_ASSOCIATED = "the covering route targets a subnet that is not associated"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRoute(Step):
    """The endpoint's own route table, for the association the client landed on."""

    hop: ClassVar[str] = "endpoint_route"
    routes: tuple[ClientVpnRoute, ...] = ()
    """The manual routes that cover the server: of this association, or on a fault of others."""
    fault: EndpointRouteFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNat(Step):
    """The client's address becomes that of the endpoint's interface in the associated subnet."""

    hop: ClassVar[str] = "source_nat"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSecurityGroup(Step):
    """Egress of the security groups of the endpoint's interface."""

    hop: ClassVar[str] = "endpoint_security_group"
    groups: tuple[SecurityGroup, ...] = ()
    is_implied_default: bool = False
    """The VPC's default group applies because none is set."""


class AclSide(Enum):
    CLIENT = "association subnet"
    SERVER = "server's subnet"
    GATEWAY = "gateway's subnet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acl(Step):
    """The network ACL of a subnet, both directions: 53 out (in) and the ephemeral ports back."""

    hop: ClassVar[str] = "network_acl"
    side: AclSide
    acl: NetworkAcl | None = None
    denied: str = ""
    """On a drop: what is denied, in words (`udp/53 out`)."""
    asked: tuple[tuple[Direction, PortRange], ...] = ()
    """On a drop: all that the ACL must let through, by direction and destination ports."""


class RouteFault(Enum):
    MISSING = "no route"
    BLACKHOLE = "blackhole"
    NOT_ATTACHED = "the target is not attached to this VPC"
    NO_INTERNET = "no way to the internet"
    WRONG_DESTINATION = "the route leads elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetRoute(Step):
    """A VPC route table: the longest prefix decides, static before propagated."""

    hop: ClassVar[str] = "subnet_route"
    subnet: Subnet
    table: RouteTable | ImplicitMainTable | None = None
    fault: RouteFault | None = None
    wants_internet: bool = False
    """The destination is public: a missing route is a missing way to the internet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetGatewayHop(Step):
    hop: ClassVar[str] = "internet_gateway"
    fault: RouteFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NatGatewayHop(Step):
    hop: ClassVar[str] = "nat_gateway"
    gateway: NatGateway | None = None
    fault: RouteFault | None = None


class TransitFault(Enum):
    NOT_ATTACHED = "the VPC is not attached to the transit gateway"
    NOT_IN_ZONE = "no attachment subnet in this availability zone"
    NOT_ASSOCIATED = "the attachment is associated with no route table"
    NO_ROUTE = "the route table has no route or propagation to the destination"
    BLACKHOLE = "the winning route is a blackhole"
    NOT_PROPAGATED = "the Client VPN attachment is not propagated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitGatewayHop(Step):
    hop: ClassVar[str] = "transit_gateway"
    attachment: Attachment | None = None
    table: TransitTable | None = None
    zone: str = ""
    fault: TransitFault | None = None


class PeeringFault(Enum):
    NOT_ACTIVE = "nobody accepts it"
    TRANSITIVE = "the destination lies beyond the peer"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeeringHop(Step):
    hop: ClassVar[str] = "peering"
    peering: PeeringConnection | None = None
    fault: PeeringFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond(Step):
    """Past what Terraform tells: an appliance, a VPN gateway, another account. Never a drop."""

    hop: ClassVar[str] = "beyond"
    appliance: Address | None = None
    """The instance or network interface that takes the packet straight from the subnet it started in."""


class ServerGroupFault(Enum):
    NOT_ADMITTED = "no ingress rule admits the source"
    CLIENT_CIDR_ONLY = "only the client CIDR is admitted, which source NAT hides"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSecurityGroup(Step):
    """Ingress of the server's security groups, from the endpoint's interface."""

    hop: ClassVar[str] = "destination_security_group"
    groups: tuple[SecurityGroup, ...] = ()
    host: Host | None = None
    fault: ServerGroupFault | None = None


class ServiceFault(Enum):
    NOT_AN_ADDRESS = "not an address that can be a server"
    CLIENT_CIDR = "inside the client CIDR"
    CLIENT_TO_CLIENT = "inside the client CIDR, with client-to-client traffic set up"
    DNS_SUPPORT_OFF = "enable_dns_support is false"
    LINK_LOCAL = "link-local Amazon DNS"
    UNDOCUMENTED = "base+2 of a secondary CIDR or a subnet"
    RESERVED = "reserved by AWS"
    OTHER_VPC = "Amazon DNS of another VPC"
    OUTBOUND = "outbound resolver endpoint"
    DELEGATION = "delegation resolver endpoint"
    NOT_DO53 = "the resolver endpoint does not speak Do53"
    ADDRESS_FAMILY = "the resolver endpoint has another address family"
    DIRECTORY_CLOSED = "the directory admits only its own VPC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Step):
    """Whether what has the address answers DNS."""

    hop: ClassVar[str] = "dns_service"
    fault: ServiceFault | None = None
    host: Host | None = None
    vpc: Vpc | None = None
    """The VPC whose Amazon DNS it is, or in which the server lies."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One query, there and back."""

    flow: Flow
    steps: tuple[Step, ...]
    back: tuple[Step, ...] = ()
    """The way back, from the server to the endpoint's interface; empty where it needs no routing or was not reached."""
    verdict: Verdict = field(init=False, repr=False, compare=False)
    """Yes: answered. No: dropped at one of the steps, there or back."""

    def __post_init__(self) -> None:
        settle(self, "verdict", all_of([v for step in (*self.steps, *self.back) if (v := step.verdict) is not YES]))

    @property
    def drops(self) -> tuple[Step, ...]:
        """The steps that drop the query or its answer, in order; each is a fault of its own."""
        return tuple([step for step in (*self.steps, *self.back) if step.verdict.is_no]) if self.verdict.is_no else ()

    @property
    def doubts(self) -> tuple[Step, ...]:
        """The unsure steps, in order."""
        if self.verdict.is_yes:
            return ()
        return tuple([step for step in (*self.steps, *self.back) if step.verdict.is_unsure])

    @property
    def decided_by(self) -> Step | None:
        """The first drop, else the first doubt, else the last step of the way there."""
        truth = self.verdict.truth
        if truth is Truth.YES:
            return self.steps[-1] if self.steps else None
        return next(step for step in (*self.steps, *self.back) if step.verdict.truth is truth)

    def step(self, kind: type[S]) -> S | None:
        """The first step of this kind on the way there."""
        return next((step for step in self.steps if isinstance(step, kind)), None)


class ServerKind(Enum):
    """What a DNS server is; the values are those of the report."""

    AMAZON_PROVIDED = "amazon_provided"
    AMAZON_LINK_LOCAL = "amazon_link_local"
    RESOLVER_INBOUND = "resolver_inbound"
    RESOLVER_OUTBOUND = "resolver_outbound"
    DIRECTORY = "directory"
    VPC_HOST = "vpc_host"
    PEERED_VPC_HOST = "peered_vpc_host"
    TRANSIT_VPC_HOST = "transit_vpc_host"
    AMAZON_OF_ANOTHER_VPC = "amazon_of_another_vpc"
    PRIVATE_ELSEWHERE = "private_elsewhere"
    PUBLIC = "public"
    CLIENT_CIDR = "client_cidr"
    RESERVED = "reserved"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class ServerVerdict(Enum):
    """The verdict of a server: that of its udp queries over all associations."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    INTERMITTENT = "intermittent"
    UNKNOWN = "unknown"


class TunnelPath(Enum):
    TUNNEL = "tunnel"
    LOCAL = "local"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ServerReach:
    """One server of one endpoint and every query to it."""

    server: DnsServer
    kind: ServerKind
    verdict: ServerVerdict
    path: TunnelPath
    traces: tuple[Trace, ...]
    """One per association and protocol (udp, then tcp), in the order of the associations."""
    vpc: Vpc | None = None
    """The VPC it lies in, where that is known."""
    _failing: dict[type[Step], list[Met]] = field(init=False, compare=False)

    @property
    def is_public(self) -> bool:
        return self.kind is ServerKind.PUBLIC

    @property
    def failing(self) -> dict[type[Step], list[Met]]:
        """The steps of all traces that do not certainly pass, in order, by their kind: those that drop a query, and the unsure ones.

        Every rule asks for one or two of twenty kinds, and nearly all steps of nearly all networks pass. One that passes has no fault.
        """
        try:
            return self._failing
        except AttributeError:
            settle(self, "_failing", found := _failing(self.traces))
            return found


@dataclass(frozen=True, slots=True)
class Met:
    """A step and the query that meets it."""

    step: Step
    flow: Flow
    is_back: bool
    """On the way back."""


def _failing(traces: tuple[Trace, ...]) -> dict[type[Step], list[Met]]:
    found: dict[type[Step], list[Met]] = {}
    for trace in traces:
        if trace.verdict.truth is Truth.YES:
            continue
        for steps, is_back in ((trace.steps, False), (trace.back, True)):
            for step in steps:
                if step.verdict.truth is not Truth.YES:
                    found.setdefault(type(step), []).append(Met(step, trace.flow, is_back))
    return found


@dataclass(frozen=True, slots=True)
class DeviceResolverReach:
    """What becomes of a resolver the user's device already had, where the endpoint gives none."""

    resolver: str
    """`lan` or `public`."""
    verdict: ServerVerdict
    path: TunnelPath
    says: str
    traces: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class EndpointReach:
    """One endpoint: where clients land, what it gives them, and what becomes of their queries."""

    endpoint: ClientVpnEndpoint
    associations: tuple[TargetNetworkAssociation, ...]
    servers: tuple[ServerReach, ...]
    """Empty where `dns_servers` is unset."""
    device_resolvers: tuple[DeviceResolverReach, ...]
    """Only where `dns_servers` is unset."""
    gaps: tuple[Gap, ...] = ()
    """What was not read and touches this endpoint: associations, routes, rules that may exist, servers that were not told apart."""

    has_no_target_network: bool = False
    """No association and no transit gateway configuration, and nothing that may hold one was left unread."""
    all_servers_known: bool = True
    """Whether `servers` are all there are."""

    @property
    def traces(self) -> tuple[Trace, ...]:
        return tuple(trace for server in self.servers for trace in server.traces)
