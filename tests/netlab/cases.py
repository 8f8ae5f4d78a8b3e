"""Small networks, each about one hop, with what AWS's documents say becomes of the queries.

They hold the laboratory to the documents without any model in between, and they are what deliberate errors in the model are caught with.
An answered query is written `SERVER sN PROTOCOL` (subnet N of the endpoint's VPC is where the client landed), with the user's group where
rules name groups. Whatever is not written is not answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .blueprint import (
    AclRule,
    Attachment,
    Blueprint,
    ClientRoute,
    FarTransit,
    Group,
    GroupRule,
    Host,
    Nat,
    Peering,
    Route,
    Rule,
    Subnet,
    Transit,
    TransitRoute,
    Vpc,
)
from .laboratory import Answer

HOME, THERE, THIRD = "10.0.0.0/16", "10.10.0.0/16", "10.20.0.0/16"
EVERYWHERE = "0.0.0.0/0"
OUT = GroupRule("egress", "all", 0, 65535, (EVERYWHERE,))
RESOLVER = "10.10.0.43"
RESOLVER_B = "10.10.1.228"
OWN = "10.0.1.53"
AMAZON = "10.0.0.2"
PUBLIC = "8.8.8.8"


@dataclass(frozen=True, slots=True)
class Case:
    blueprint: Blueprint
    answered: frozenset[str]


def case(blueprint: Blueprint, *answered: str) -> Case:
    """`answered` may say `SERVER sN` for both protocols, and `SERVER` for all associations."""
    told = set()
    for text in answered:
        words = text.split()
        landings = [words[1]] if len(words) > 1 else [f"s{subnet}" for subnet in blueprint.associations]
        protocols = [words[2]] if len(words) > 2 else ["udp", "tcp"]
        rest = words[3:]
        told |= {" ".join([words[0], landing, protocol, *rest]) for landing in landings for protocol in protocols}
    return Case(blueprint, frozenset(told))


def dns_from(*peers: str, protocols: tuple[str, ...] = ("udp", "tcp")) -> tuple[GroupRule, ...]:
    return tuple(GroupRule("ingress", protocol, 53, 53, peers) for protocol in protocols)


def home(*routes: Route, tables: tuple[tuple[Route, ...], ...] = ()) -> Vpc:
    """Two subnets in zones a and b; one route table for both unless two are given."""
    made = tables or (routes,)
    return Vpc((HOME,), (Subnet("10.0.0.0/24", "a", 0), Subnet("10.0.1.0/24", "b", len(made) - 1)), made)


def there(*routes: Route) -> Vpc:
    return Vpc((THERE,), (Subnet("10.10.0.0/24", "a", 0), Subnet("10.10.1.0/24", "b", 0)), (routes,))


def with_acl(vpc: Vpc, subnet: int, *rules: AclRule) -> Vpc:
    """The VPC with this network ACL on one of its subnets."""
    subnets = tuple(
        replace(each, acl=len(vpc.acls)) if number == subnet else each for number, each in enumerate(vpc.subnets)
    )
    return replace(vpc, subnets=subnets, acls=(*vpc.acls, rules))


def allow(direction: str, protocol: str = "all", first: int = 0, last: int = 65535, number: int = 100) -> AclRule:
    return AclRule("egress" if direction == "egress" else "ingress", number, True, protocol, first, last, EVERYWHERE)


def deny(direction: str, protocol: str = "all", first: int = 0, last: int = 65535, number: int = 100) -> AclRule:
    return replace(allow(direction, protocol, first, last, number), allows=False)


BOTH_ZONES = (ClientRoute(THERE, 0), ClientRoute(THERE, 1))

OWN_AMAZON = Blueprint(
    vpcs=(home(),),
    associations=(0, 1),
    rules=(Rule(HOME),),
    dns_servers=(AMAZON,),
    endpoint_groups=(0,),
    groups=(Group(0, (OUT,)),),
)

OWN_RESOLVER = replace(
    OWN_AMAZON,
    dns_servers=(OWN,),
    groups=(Group(0, (OUT,)), Group(0, (*dns_from(HOME), OUT))),
    hosts=(Host("resolver_inbound", 0, 1, OWN, (1,)),),
)

TRANSIT = Blueprint(
    vpcs=(home(Route(THERE, "tgw")), there(Route(HOME, "tgw"))),
    associations=(0, 1),
    rules=(Rule(HOME), Rule(THERE)),
    dns_servers=(RESOLVER_B, RESOLVER),
    routes=BOTH_ZONES,
    endpoint_groups=(0,),
    groups=(Group(0, (OUT,)), Group(1, (*dns_from(HOME), OUT))),
    transit=Transit((Attachment(0, (0, 1)), Attachment(1, (0, 1)))),
    hosts=(Host("resolver_inbound", 1, 1, RESOLVER_B, (1,)), Host("resolver_inbound", 1, 0, RESOLVER, (1,))),
)

PEERED = replace(
    TRANSIT,
    vpcs=(home(Route(THERE, "pcx")), there(Route(HOME, "pcx"))),
    transit=None,
    peerings=(Peering(0, 1),),
)

PUBLIC_THROUGH_NAT = Blueprint(
    vpcs=(
        Vpc(
            (HOME,),
            (Subnet("10.0.0.0/24", "a", 0), Subnet("10.0.1.0/24", "b", 0), Subnet("10.0.2.0/24", "a", 1)),
            ((Route(EVERYWHERE, "nat"),), (Route(EVERYWHERE, "igw"),)),
            has_internet_gateway=True,
        ),
    ),
    associations=(0, 1),
    rules=(Rule(HOME), Rule(EVERYWHERE)),
    dns_servers=(PUBLIC,),
    is_split=False,
    routes=(ClientRoute(EVERYWHERE, 0), ClientRoute(EVERYWHERE, 1)),
    endpoint_groups=(0,),
    groups=(Group(0, (OUT,)),),
    nats=(Nat(0, 2),),
)

EGRESS = "10.30.0.0/16"
CENTRAL_EGRESS = replace(
    PUBLIC_THROUGH_NAT,
    vpcs=(
        home(Route(EVERYWHERE, "tgw")),
        Vpc(
            (EGRESS,),
            (Subnet("10.30.0.0/24", "a", 0), Subnet("10.30.1.0/24", "b", 0), Subnet("10.30.2.0/24", "a", 1)),
            ((Route(EVERYWHERE, "nat"),), (Route(EVERYWHERE, "igw"), Route(HOME, "tgw"))),
            has_internet_gateway=True,
        ),
    ),
    nats=(Nat(1, 2),),
    transit=Transit((Attachment(0, (0, 1)), Attachment(1, (0, 1))), routes=(TransitRoute(-1, EVERYWHERE, 1),)),
)


def _transit(**changes: object) -> Transit:
    assert TRANSIT.transit is not None
    return replace(TRANSIT.transit, **changes)  # type: ignore[arg-type] # the fields of Transit, checked by its constructor


def _groups(
    egress: tuple[GroupRule, ...] = (OUT,), ingress: tuple[GroupRule, ...] = dns_from(HOME)
) -> tuple[Group, ...]:
    return (Group(0, egress), Group(1, (*ingress, OUT)))


CLIENTS = "10.200.0.0/22"
ATTACHED = replace(
    TRANSIT,
    vpcs=(home(), there(Route(CLIENTS, "tgw"))),
    associations=(),
    is_native=True,
    routes=(ClientRoute(THERE, -1),),
    endpoint_groups=(),
    groups=_groups(ingress=dns_from(CLIENTS)),
    transit=_transit(attachments=(Attachment(1, (0, 1)),), client_vpn=Attachment(-1, ())),
)
"""No association: the clients come through the transit gateway with addresses of their own."""

OWN_TABLES = _transit(
    attachments=(Attachment(0, (0, 1), 0, (1,)), Attachment(1, (0, 1), 1, (0,))), tables=2, has_default_table=False
)
"""Each VPC asks a table of its own, which learns the other."""


def _far(**changes: object) -> FarTransit:
    far = FarTransit((Attachment(1, (0, 1)),), routes_there=(THERE,), routes_back=(HOME,))
    return replace(far, **changes)  # type: ignore[arg-type] # the fields of FarTransit, checked by its constructor


PEERED_GATEWAYS = replace(TRANSIT, transit=_transit(attachments=(Attachment(0, (0, 1)),)), far=_far())


def _attached_egress(back: Route) -> Blueprint:
    """Clients on the transit gateway go to the internet by the egress VPC, whose NAT gateway's subnet has this route back."""
    egress = CENTRAL_EGRESS.vpcs[1]
    return replace(
        CENTRAL_EGRESS,
        vpcs=(home(), replace(egress, tables=((Route(EVERYWHERE, "nat"),), (Route(EVERYWHERE, "igw"), back)))),
        associations=(),
        is_native=True,
        routes=(ClientRoute(EVERYWHERE, -1),),
        endpoint_groups=(),
        groups=(),
        transit=Transit(
            (Attachment(1, (0, 1)),), routes=(TransitRoute(-1, EVERYWHERE, 0),), client_vpn=Attachment(-1, ())
        ),
    )


APART = _transit(attachments=(Attachment(0, (2,)), Attachment(1, (0, 1))))
"""The endpoint's VPC is attached by a subnet of its own in zone a."""


def _attached_apart(vpc: Vpc, *rules: AclRule) -> Vpc:
    """The VPC with a third subnet in zone a, under this network ACL."""
    cidr = f"{vpc.cidrs[0].rpartition('.0.0/')[0]}.2.0/28"
    return with_acl(replace(vpc, subnets=(*vpc.subnets, Subnet(cidr, "a", 0))), 2, *rules)


def _answers_of(server: str) -> AclRule:
    return replace(allow("ingress", "udp", 1024), cidr=f"{server}/32")


def in_words(answer: Answer) -> str:
    """The question as `Case.answered` writes it."""
    landing = answer.session.association
    where = landing.address.name if landing else "-"
    return " ".join([str(answer.server.address), where, answer.protocol, *sorted(answer.session.groups)])


CASES: dict[str, Case] = {
    # -- the endpoint
    "amazon dns of the endpoint's vpc": case(OWN_AMAZON, AMAZON),
    "no rule and no acl stops the vpc's own amazon dns": case(
        replace(
            OWN_AMAZON,
            vpcs=(with_acl(with_acl(home(), 0), 1),),
            groups=(Group(0, ()),),
        ),
        AMAZON,
    ),
    "dns support off": case(replace(OWN_AMAZON, vpcs=(replace(home(), dns_support=False),))),
    "nothing is authorized": case(replace(TRANSIT, rules=(Rule(HOME),))),
    "a longer authorization rule hides the one for everyone": case(
        replace(
            TRANSIT, rules=(Rule(HOME), Rule("10.0.0.0/8"), Rule(f"{RESOLVER}/32", "admins")), dns_servers=(RESOLVER,)
        ),
        f"{RESOLVER} s0 udp admins",
        f"{RESOLVER} s0 tcp admins",
        f"{RESOLVER} s1 udp admins",
        f"{RESOLVER} s1 tcp admins",
    ),
    "a group other than the user's": case(
        replace(TRANSIT, rules=(Rule(HOME, "developers"), Rule(THERE, "admins")), dns_servers=(RESOLVER,)),
        f"{RESOLVER} s0 udp admins",
        f"{RESOLVER} s0 tcp admins",
        f"{RESOLVER} s1 udp admins",
        f"{RESOLVER} s1 tcp admins",
    ),
    "no client route in split tunnel": case(replace(TRANSIT, routes=())),
    "client route on one association": case(
        replace(TRANSIT, routes=BOTH_ZONES[:1]), f"{RESOLVER} s0", f"{RESOLVER_B} s0"
    ),
    "late secondary cidr": case(
        replace(
            OWN_RESOLVER,
            vpcs=(
                Vpc(
                    (HOME, "10.64.0.0/20"),
                    (*home().subnets, Subnet("10.64.0.0/24", "a", 0)),
                    ((),),
                    late_cidrs=1,
                ),
            ),
            rules=(Rule("10.0.0.0/8"),),
            dns_servers=("10.64.0.53",),
            hosts=(Host("resolver_inbound", 0, 2, "10.64.0.53", (1,)),),
        )
    ),
    "lan resolver in full tunnel": case(replace(OWN_AMAZON, dns_servers=None, is_split=False), "192.168.1.1"),
    "lan resolver under route enforcement": case(
        replace(OWN_AMAZON, dns_servers=None, is_split=False, enforces_routes=True)
    ),
    # -- security groups
    "egress for tcp alone": case(
        replace(TRANSIT, groups=_groups(egress=(GroupRule("egress", "tcp", 53, 53, (THERE,)),))),
        *(f"{server} s{subnet} tcp" for server in (RESOLVER, RESOLVER_B) for subnet in (0, 1)),
    ),
    "no egress": case(replace(TRANSIT, groups=_groups(egress=()))),
    "ingress for udp alone": case(
        replace(TRANSIT, groups=_groups(ingress=dns_from(HOME, protocols=("udp",)))),
        *(f"{server} s{subnet} udp" for server in (RESOLVER, RESOLVER_B) for subnet in (0, 1)),
    ),
    "ingress from the client cidr": case(replace(TRANSIT, groups=_groups(ingress=dns_from("10.200.0.0/22")))),
    "ingress from the client cidr in the endpoint's vpc": case(
        replace(OWN_RESOLVER, groups=(Group(0, (OUT,)), Group(0, (*dns_from("10.200.0.0/22"), OUT))))
    ),
    "untouched default group on both ends": case(
        replace(OWN_RESOLVER, endpoint_groups=None, groups=(), hosts=(replace(OWN_RESOLVER.hosts[0], groups=None),)),
        OWN,
    ),
    "untouched default group at the server alone": case(
        replace(OWN_RESOLVER, hosts=(replace(OWN_RESOLVER.hosts[0], groups=None),))
    ),
    "ingress from one subnet": case(
        replace(TRANSIT, groups=_groups(ingress=dns_from("10.0.1.0/24"))), f"{RESOLVER} s1", f"{RESOLVER_B} s1"
    ),
    "ingress by group over a peering": case(
        replace(PEERED, groups=_groups(ingress=dns_from("group 0"))), RESOLVER, RESOLVER_B
    ),
    "ingress by group over a transit gateway": case(replace(TRANSIT, groups=_groups(ingress=dns_from("group 0")))),
    "ingress by group where the gateway carries them": case(
        replace(TRANSIT, groups=_groups(ingress=dns_from("group 0")), transit=_transit(group_references=True)),
        RESOLVER,
        RESOLVER_B,
    ),
    # -- network ACLs
    "acl forgets the answers": case(
        replace(
            PEERED,
            vpcs=(
                with_acl(PEERED.vpcs[0], 0, allow("egress"), allow("ingress", "udp", 53, 53)),
                PEERED.vpcs[1],
            ),
        ),
        f"{RESOLVER} s1",
        f"{RESOLVER_B} s1",
    ),
    "acl of the server's subnet lets no answer out": case(
        replace(PEERED, vpcs=(PEERED.vpcs[0], with_acl(PEERED.vpcs[1], 0, allow("ingress")))), RESOLVER_B
    ),
    "acl denies before it allows": case(
        replace(
            PEERED,
            vpcs=(
                with_acl(PEERED.vpcs[0], 0, deny("egress", "udp", 53, 53, 90), allow("egress"), allow("ingress")),
                PEERED.vpcs[1],
            ),
        ),
        f"{RESOLVER} s0 tcp",
        f"{RESOLVER_B} s0 tcp",
        f"{RESOLVER} s1",
        f"{RESOLVER_B} s1",
    ),
    "acl within a subnet": case(replace(OWN_RESOLVER, vpcs=(with_acl(home(), 1),)), f"{OWN} s1"),
    # -- route tables
    "no route to the transit gateway": case(replace(TRANSIT, vpcs=(home(), TRANSIT.vpcs[1]))),
    "blackhole is longer": case(
        replace(TRANSIT, vpcs=(home(Route(THERE, "tgw"), Route("10.10.1.0/24", "blackhole")), TRANSIT.vpcs[1])),
        RESOLVER,
    ),
    "blackhole is shorter": case(
        replace(TRANSIT, vpcs=(home(Route(THERE, "tgw"), Route("10.0.0.0/8", "blackhole")), TRANSIT.vpcs[1])),
        RESOLVER,
        RESOLVER_B,
    ),
    "no route back": case(replace(TRANSIT, vpcs=(TRANSIT.vpcs[0], there()))),
    "one zone has no route": case(
        replace(TRANSIT, vpcs=(home(tables=((Route(THERE, "tgw"),), ())), TRANSIT.vpcs[1])),
        f"{RESOLVER} s0",
        f"{RESOLVER_B} s0",
    ),
    "the answer goes through a nat gateway": case(
        replace(
            TRANSIT,
            vpcs=(
                TRANSIT.vpcs[0],
                Vpc(
                    (THERE,),
                    (*there().subnets, Subnet("10.10.2.0/24", "a", 1)),
                    ((Route(EVERYWHERE, "nat"),), (Route(HOME, "tgw"),)),
                ),
            ),
            nats=(Nat(1, 2),),
        )
    ),
    # -- transit gateways
    "through a transit gateway": case(TRANSIT, RESOLVER, RESOLVER_B),
    "tables of its own": case(replace(TRANSIT, transit=OWN_TABLES), RESOLVER, RESOLVER_B),
    "not attached in one zone": case(
        replace(TRANSIT, transit=_transit(attachments=(Attachment(0, (0,)), Attachment(1, (0, 1))))),
        f"{RESOLVER} s0",
        f"{RESOLVER_B} s0",
    ),
    "the server's zone is not attached": case(
        replace(TRANSIT, transit=_transit(attachments=(Attachment(0, (0, 1)), Attachment(1, (0,))))), RESOLVER
    ),
    "not associated": case(
        replace(
            TRANSIT,
            transit=replace(OWN_TABLES, attachments=(Attachment(0, (0, 1), None, (0, 1)), OWN_TABLES.attachments[1])),
        )
    ),
    "not propagated": case(
        replace(
            TRANSIT,
            transit=replace(OWN_TABLES, attachments=(Attachment(0, (0, 1), 0, (1,)), Attachment(1, (0, 1), 1, ()))),
        )
    ),
    "the way back is not propagated": case(
        replace(
            TRANSIT, transit=replace(OWN_TABLES, attachments=(Attachment(0, (0, 1), 0, ()), OWN_TABLES.attachments[1]))
        )
    ),
    "static blackhole beats what is learned": case(
        replace(TRANSIT, transit=_transit(routes=(TransitRoute(-1, THERE, None),)))
    ),
    "longer blackhole at the gateway": case(
        replace(TRANSIT, transit=_transit(routes=(TransitRoute(-1, f"{RESOLVER}/32", None),))), RESOLVER_B
    ),
    "acl of the attachment's subnet": case(
        replace(
            TRANSIT,
            vpcs=(
                TRANSIT.vpcs[0],
                with_acl(
                    replace(TRANSIT.vpcs[1], subnets=(*TRANSIT.vpcs[1].subnets, Subnet("10.10.2.0/28", "a", 0))), 2
                ),
            ),
            transit=_transit(attachments=(Attachment(0, (0, 1)), Attachment(1, (2,)))),
            dns_servers=(RESOLVER,),
        )
    ),
    "acl of the attachment's subnet on the endpoint's side": case(
        replace(TRANSIT, vpcs=(_attached_apart(TRANSIT.vpcs[0], allow("egress")), TRANSIT.vpcs[1]), transit=APART)
    ),
    "acl of the attachment's subnet lets the answer out": case(
        replace(
            TRANSIT,
            vpcs=(
                _attached_apart(
                    TRANSIT.vpcs[0],
                    allow("ingress", "udp", 53, 53),
                    allow("egress", "udp", 1024),
                    allow("ingress", "tcp", 53, 53),
                ),
                TRANSIT.vpcs[1],
            ),
            transit=APART,
            dns_servers=(RESOLVER,),
        ),
        f"{RESOLVER} s0 udp",
    ),
    "acl of the attachment's subnet knows the answer by the server's address": case(
        replace(
            TRANSIT,
            vpcs=(
                TRANSIT.vpcs[0],
                _attached_apart(TRANSIT.vpcs[1], allow("egress", "udp", 53, 53), _answers_of(RESOLVER)),
            ),
            transit=_transit(attachments=(Attachment(0, (0, 1)), Attachment(1, (2, 1)))),
        ),
        f"{RESOLVER} s0 udp",
        f"{RESOLVER} s1 udp",
        f"{RESOLVER_B} s0 udp",
        f"{RESOLVER_B} s1",
    ),
    # -- peered transit gateways
    "over peered transit gateways": case(PEERED_GATEWAYS, RESOLVER, RESOLVER_B),
    "peered transit gateways without the way back": case(replace(PEERED_GATEWAYS, far=_far(routes_back=()))),
    "no group is seen across peered transit gateways": case(
        replace(
            PEERED_GATEWAYS,
            transit=_transit(attachments=(Attachment(0, (0, 1)),), group_references=True),
            far=_far(group_references=True),
            groups=_groups(ingress=dns_from("group 0")),
        )
    ),
    # -- an endpoint on the transit gateway
    "attached endpoint": case(ATTACHED, f"{RESOLVER} -", f"{RESOLVER_B} -"),
    "attached endpoint without the way back to the clients": case(
        replace(ATTACHED, vpcs=(ATTACHED.vpcs[0], there(Route(HOME, "tgw"))))
    ),
    "attached endpoint that is not propagated": case(
        replace(
            ATTACHED,
            transit=Transit(
                (Attachment(1, (0, 1), 0, (0,)),),
                tables=1,
                has_default_table=False,
                client_vpn=Attachment(-1, (), 0, ()),
            ),
        )
    ),
    "attached endpoint and a group for the vpc": case(replace(ATTACHED, groups=_groups())),
    "attached endpoint and central egress": case(_attached_egress(Route(CLIENTS, "tgw")), f"{PUBLIC} -"),
    "attached endpoint and central egress without the way back": case(_attached_egress(Route(HOME, "tgw"))),
    "attached endpoint without a client route": case(replace(ATTACHED, routes=(), is_split=False)),
    # -- peerings
    "over a peering": case(PEERED, RESOLVER, RESOLVER_B),
    "nobody accepts the peering": case(replace(PEERED, peerings=(Peering(0, 1, is_active=False),))),
    "two peerings": case(
        replace(
            PEERED,
            vpcs=(
                home(Route(THIRD, "pcx", 0)),
                Vpc((THERE,), (Subnet("10.10.0.0/24", "a", 0),), ((Route(HOME, "pcx", 0), Route(THIRD, "pcx", 1)),)),
                Vpc((THIRD,), (Subnet("10.20.0.0/24", "a", 0),), ((Route(HOME, "pcx", 1),),)),
            ),
            peerings=(Peering(0, 1), Peering(1, 2)),
            rules=(Rule("10.0.0.0/8"),),
            routes=(ClientRoute(THIRD, 0), ClientRoute(THIRD, 1)),
            dns_servers=("10.20.0.53",),
            groups=(Group(0, (OUT,)), Group(2, (*dns_from("10.0.0.0/8"), OUT))),
            hosts=(Host("resolver_inbound", 2, 0, "10.20.0.53", (1,)),),
        )
    ),
    "amazon dns of the peer": case(replace(PEERED, dns_servers=("10.10.0.2",))),
    # -- the internet
    "public server through nat": case(PUBLIC_THROUGH_NAT, PUBLIC),
    "public server outside the tunnel": case(
        replace(PUBLIC_THROUGH_NAT, is_split=True, routes=(), rules=(), groups=(Group(0, ()),)), PUBLIC
    ),
    "nat subnet without internet gateway": case(
        replace(
            PUBLIC_THROUGH_NAT, vpcs=(replace(PUBLIC_THROUGH_NAT.vpcs[0], tables=((Route(EVERYWHERE, "nat"),), ())),)
        )
    ),
    "private nat gateway": case(replace(PUBLIC_THROUGH_NAT, nats=(Nat(0, 2, is_public=False),))),
    "interfaces in a public subnet": case(
        replace(
            PUBLIC_THROUGH_NAT, vpcs=(replace(PUBLIC_THROUGH_NAT.vpcs[0], tables=((Route(EVERYWHERE, "igw"),),) * 2),)
        ),
        PUBLIC,
    ),
    "blocked public access": case(replace(PUBLIC_THROUGH_NAT, public_access="block-bidirectional")),
    "nat gateway where only ingress is blocked": case(
        replace(PUBLIC_THROUGH_NAT, public_access="block-ingress"), PUBLIC
    ),
    "interfaces in a public subnet where ingress is blocked": case(
        replace(
            PUBLIC_THROUGH_NAT,
            vpcs=(replace(PUBLIC_THROUGH_NAT.vpcs[0], tables=((Route(EVERYWHERE, "igw"),),) * 2),),
            public_access="block-ingress",
        )
    ),
    "acl of the nat gateway's subnet": case(
        replace(PUBLIC_THROUGH_NAT, vpcs=(with_acl(PUBLIC_THROUGH_NAT.vpcs[0], 2),))
    ),
    "central egress": case(CENTRAL_EGRESS, PUBLIC),
    "transit gateway straight to an internet gateway": case(
        replace(
            CENTRAL_EGRESS,
            vpcs=(
                CENTRAL_EGRESS.vpcs[0],
                replace(CENTRAL_EGRESS.vpcs[1], tables=((Route(EVERYWHERE, "igw"), Route(HOME, "tgw")),) * 2),
            ),
        )
    ),
    "acl of the attachment's subnet before the nat gateway": case(
        replace(CENTRAL_EGRESS, vpcs=(CENTRAL_EGRESS.vpcs[0], with_acl(CENTRAL_EGRESS.vpcs[1], 1, allow("ingress")))),
        f"{PUBLIC} s0",
    ),
    "central egress without the way back": case(
        replace(
            CENTRAL_EGRESS,
            vpcs=(
                CENTRAL_EGRESS.vpcs[0],
                replace(CENTRAL_EGRESS.vpcs[1], tables=((Route(EVERYWHERE, "nat"),), (Route(EVERYWHERE, "igw"),))),
            ),
        )
    ),
    # -- who is asked
    "resolver in the endpoint's vpc": case(OWN_RESOLVER, OWN),
    "outbound resolver": case(replace(OWN_RESOLVER, hosts=(replace(OWN_RESOLVER.hosts[0], kind="resolver_outbound"),))),
    "resolver without do53": case(replace(OWN_RESOLVER, hosts=(replace(OWN_RESOLVER.hosts[0], speaks_do53=False),))),
    "reserved address of another vpc": case(replace(PEERED, dns_servers=("10.10.0.3", "10.10.1.255"))),
    "reserved address": case(replace(OWN_AMAZON, dns_servers=("10.0.0.3",))),
    "server in the client cidr": case(replace(OWN_AMAZON, dns_servers=("10.200.1.7",))),
}
