"""Whether what has the address is a DNS server that answers: Amazon DNS, resolver endpoints, directories, hosts, and what is none."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.value import Call, Known, Literal, Unknown
from tf_cvpn_lint.core.verdict import Verdict, all_of, no, unsure, yes
from tf_cvpn_lint.model.cidr import HostAddress, KnownAddress, covers
from tf_cvpn_lint.model.client_vpn import AuthorizationRule, BetweenClients, Everyone, Nobody, OneGroup, UnknownAudience
from tf_cvpn_lint.model.resolver import Host
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.classify import Candidate
from tf_cvpn_lint.reach.surroundings import Surroundings
from tf_cvpn_lint.reach.trace import Service, ServiceFault

FATAL = frozenset(
    {
        ServiceFault.NOT_AN_ADDRESS,
        ServiceFault.RESERVED,
        ServiceFault.OTHER_VPC,
        ServiceFault.OUTBOUND,
    }
)
"""What is wrong with the server itself, so that the way to it does not matter."""


def over_ipv6(around: Surroundings, candidate: Candidate, address: KnownAddress) -> Service:
    """AWS's pages speak of separate IPv6 DNS servers and its API knows only one list (domain reference, Q6): never settled, but for a
    resolver endpoint that has no IPv6 addresses."""
    endpoint = around.endpoint
    if candidate.host is not None and candidate.host.kind == "resolver_inbound" and candidate.vpc is not None:
        service = resolver_answers(candidate.host, address, candidate.vpc)
        if service.verdict.is_no:
            return service
    family = f" (its traffic is {endpoint.traffic_family.value})" if isinstance(endpoint.traffic_family, Known) else ""
    says = f"AWS does not document whether {endpoint.address}{family} gives its clients an IPv6 server"
    return Service(
        verdict=unsure(says, endpoint.dns_evidence),
        says=says,
        evidence=(endpoint.dns_evidence,),
        host=candidate.host,
        vpc=candidate.vpc,
        assumes=f"clients reach {address} over IPv6",
    )


def carries_no_ipv4(around: Surroundings, address: HostAddress) -> bool:
    """Whether clients have no IPv4 address in the tunnel from which to ask this one.

    Source: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/ipv6-considerations.html
    """
    is_ipv4 = not isinstance(address, KnownAddress) or address.ip.version == 4
    return is_ipv4 and around.endpoint.traffic_family == Known("ipv6")


def over_ipv6_alone(around: Surroundings, candidate: Candidate, address: HostAddress) -> Service:
    """An IPv4 server of an endpoint whose clients have IPv6 addresses only."""
    endpoint = around.endpoint
    says = f"{endpoint.address} carries IPv6 only; AWS does not document what becomes of queries to an IPv4 server"
    return Service(
        verdict=unsure(says, endpoint.dns_evidence),
        says=says,
        evidence=(endpoint.dns_evidence,),
        host=candidate.host,
        vpc=candidate.vpc,
        assumes=f"clients reach {address} over IPv4",
    )


def fatal(candidate: Candidate) -> Service:
    """The step of a server that answers nobody, wherever the query comes from."""
    return Service(
        verdict=no(candidate.detail),
        says=candidate.detail,
        fault=candidate.fault,
        host=candidate.host,
        vpc=candidate.vpc,
        evidence=(candidate.host.evidence,) if candidate.host else (candidate.vpc.evidence,) if candidate.vpc else (),
    )


def inside_client_cidr(around: Surroundings, candidate: Candidate) -> Service:
    """Client to client: a `local` route and an authorization rule for the client CIDR, which works for everyone only.

    Source: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/scenario-client-to-client.html
    """
    address = candidate.address
    assert address is not None
    evidence = (around.endpoint.dns_evidence, around.endpoint.client_cidr_evidence)
    routed = around.routes.any(
        lambda route: covers(route.destination, address) if isinstance(route.target, BetweenClients) else no()
    )
    authorized = around.rules.any(lambda rule: all_of([covers(rule.target_network, address), _is_for_everyone(rule)]))
    both = all_of([routed, authorized])
    if both.is_no:
        return Service(
            verdict=no(candidate.detail, *evidence),
            says=candidate.detail,
            evidence=evidence,
            fault=ServiceFault.CLIENT_CIDR,
        )
    says = f"{candidate.detail}: another client's address, which changes at every connection"
    return Service(
        verdict=unsure(says, *evidence, waits_for=both.waits_for),
        says=says,
        evidence=evidence,
        fault=ServiceFault.CLIENT_TO_CLIENT if both.is_yes else None,
        assumes=f"a client that answers DNS holds {address}",
    )


def _is_for_everyone(rule: AuthorizationRule) -> Verdict:
    match rule.audience:
        case Everyone():
            return yes()
        case UnknownAudience(refers_to):
            return unsure(f"whom {rule.address} admits is not known", waits_for=refers_to)
        case OneGroup() | Nobody():
            return no()
        case _:
            assert_never(rule.audience)


def amazon_dns_answers(vpc: Vpc) -> Service:
    """Whether the VPC's own Amazon DNS server answers: it does unless DNS support is off."""
    evidence = (vpc.dns_support_evidence or vpc.evidence,)
    support = vpc.dns_support
    if not isinstance(support, Known):
        says = f"whether DNS support is on in {vpc.address} is not known ({support.why})"
        return Service(
            verdict=unsure(says, *evidence, waits_for=support.refers_to),
            says=says,
            evidence=evidence,
            vpc=vpc,
            assumes=f"enable_dns_support is true in {vpc.address}",
        )
    if not support.value:
        says = f"enable_dns_support is false in {vpc.address}: its Amazon DNS server does not answer"
        return Service(
            verdict=no(says, *evidence), says=says, evidence=evidence, vpc=vpc, fault=ServiceFault.DNS_SUPPORT_OFF
        )
    return Service(verdict=yes(), says=f"the Amazon DNS server of {vpc.address} answers", evidence=evidence, vpc=vpc)


def is_never_amazon_dns(address: HostAddress) -> bool:
    """Whether this is base+2 of no VPC: a VPC is a /28 or wider (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html).

    `cidrhost` with another number than 2 gives it for no network within the VPC either.
    """
    if isinstance(address, KnownAddress):
        return int(address.ip) % 16 != 2
    match address.symbol:
        case Call("cidrhost", (_, Literal(int(number)))):
            return number > 2
        case _:
            return False


@lru_cache(maxsize=256)
def service_of(candidate: Candidate, address: HostAddress, vpc: Vpc) -> Service:
    """Whether what has the address speaks DNS on port 53."""
    host = candidate.host
    if host is None:
        says = f"what answers at {address} in {vpc.address} is not in this configuration"
        return Service(
            verdict=unsure(says, vpc.evidence),
            says=says,
            evidence=(vpc.evidence,),
            vpc=vpc,
            assumes=f"a DNS server answers at {address}",
        )
    evidence = (host.evidence,)
    if host.kind in ("resolver_inbound", "resolver_delegation"):
        return resolver_answers(host, address, vpc)
    if host.kind == "directory":
        return Service(verdict=yes(), says=f"{host.address} answers DNS", evidence=evidence, host=host, vpc=vpc)
    return Service(
        verdict=yes(),
        says=f"{host.address} has the address and is taken to run a DNS server",
        evidence=evidence,
        host=host,
        vpc=vpc,
    )


def resolver_answers(host: Host, address: HostAddress, vpc: Vpc) -> Service:
    """Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html"""
    evidence = (host.evidence,)

    def service(
        verdict: Verdict, says: str, fault: ServiceFault | None = None, assumes: str = "", *where: Evidence
    ) -> Service:
        return Service(
            verdict=verdict, says=says, evidence=where or evidence, host=host, vpc=vpc, fault=fault, assumes=assumes
        )

    protocols = host.protocols
    if isinstance(protocols, Known) and "Do53" not in protocols.value:
        where = host.protocols_evidence or host.evidence
        says = f"{host.address} speaks {', '.join(sorted(protocols.value))} and not Do53"
        return service(no(says, where), says, ServiceFault.NOT_DO53, "", where)
    family = host.address_family
    if isinstance(family, Known) and isinstance(address, KnownAddress):
        if (family.value == "IPV6" and address.ip.version == 4) or (family.value == "IPV4" and address.ip.version == 6):
            says = f"{host.address} is an {family.value} endpoint, and {address} is IPv{address.ip.version}"
            return service(no(says, *evidence), says, ServiceFault.ADDRESS_FAMILY)
    if host.kind == "resolver_delegation":
        says = f"{host.address} is an INBOUND_DELEGATION endpoint, meant for name servers that delegate and not for clients"
        return service(
            unsure(says, *evidence), says, ServiceFault.DELEGATION, f"{host.address} answers recursive queries"
        )
    if isinstance(protocols, Unknown):
        says = f"which protocols {host.address} speaks is not known ({protocols.why})"
        return service(
            unsure(says, *evidence, waits_for=protocols.refers_to), says, None, f"{host.address} speaks Do53"
        )
    support = vpc.dns_support
    if isinstance(support, Known) and not support.value:
        # AWS asks for DNS support in this case too; whether the inbound endpoint answers without is not documented.
        where = vpc.dns_support_evidence or vpc.evidence
        says = f"enable_dns_support is false in {vpc.address}, the VPC of {host.address}; AWS asks for it to be on"
        return service(unsure(says, where), says, None, f"{host.address} answers although DNS support is off", where)
    return service(yes(), f"{host.address} answers")
