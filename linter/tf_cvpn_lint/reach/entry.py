"""From the client into the endpoint: the target network, the client's routes, authorization, and the endpoint's own route table.

Sources: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/split-tunnel-vpn.html (client routes),
https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-rules.html (authorization: the longest network decides),
https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-routes.html (a route per association; the VPC's is automatic).
"""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.value import Known, Unknown
from tf_cvpn_lint.core.verdict import Truth, Verdict, all_of, any_of, no, unsure, yes
from tf_cvpn_lint.model.cidr import AddressIn, HostAddress, KnownAddress, UnknownCidr, covers
from tf_cvpn_lint.model.client_vpn import (
    AuthorizationRule,
    BetweenClients,
    ClientVpnRoute,
    Everyone,
    Nobody,
    OneGroup,
    TargetNetworkAssociation,
    ThroughSubnet,
    ThroughTransitGateway,
    UnknownAudience,
)
from tf_cvpn_lint.model.vpc import Vpc, VpcCidr
from tf_cvpn_lint.reach.classify import Candidate
from tf_cvpn_lint.reach.links import same
from tf_cvpn_lint.reach.longest import longest
from tf_cvpn_lint.reach.surroundings import Surroundings
from tf_cvpn_lint.reach.trace import (
    Authorization,
    ClientRoute,
    EndpointRoute,
    EndpointRouteFault,
    PassedOver,
    ServerKind,
    ServiceFault,
    TargetNetwork,
)


def answers_outside(candidate: Candidate, address: HostAddress) -> bool:
    """Whether the query is, or may be, answered where it does not enter the tunnel."""
    return candidate.kind is ServerKind.PUBLIC or _may_be_public(candidate, address)


def target_network(around: Surroundings) -> TargetNetwork:
    """The step of an endpoint of which no association was read: without one nobody can connect."""
    endpoint = around.endpoint
    if around.associations.is_complete:
        says = f"{endpoint.address} has no target network, so nobody can connect"
        return TargetNetwork(verdict=no(says, endpoint.evidence), says=says, evidence=(endpoint.evidence,))
    told = "; ".join(dict.fromkeys(f"{gap.named}: {gap.why}" for gap in around.associations.gaps))
    waits = tuple(reference for gap in around.associations.gaps for reference in gap.waits_for)
    says = f"no association was read ({told})"
    return TargetNetwork(
        verdict=unsure(says, endpoint.evidence, waits_for=waits),
        says=says,
        evidence=(endpoint.evidence,),
        assumes=f"{endpoint.address} is associated with a subnet elsewhere",
    )


@lru_cache(maxsize=256)
def client_route(around: Surroundings, candidate: Candidate, address: HostAddress) -> ClientRoute:
    """Whether the query enters the tunnel, and what it means if it does not."""
    endpoint = around.endpoint
    split = endpoint.split_tunnel
    if isinstance(split, Known) and not split.value:
        return ClientRoute(
            verdict=yes(),
            enters_tunnel=yes(),
            says="full tunnel: every query but those to the user's own LAN enters it",
            evidence=(endpoint.split_tunnel_evidence,),
        )
    automatic = [(cidr, vpc) for vpc in around.associated_vpcs for cidr in vpc.cidrs.items]
    late = _late_cidr(around, address)
    answers: list[Verdict] = []
    for cidr, vpc in automatic:
        if late is not None and cidr is late.cidr:
            continue
        answer = covers(cidr, address)
        if answer.is_yes:
            says = f"the automatic route for {cidr}, the CIDR of {vpc.address}, takes the query into the tunnel"
            return ClientRoute(verdict=yes(), enters_tunnel=yes(), says=says, evidence=(vpc.evidence,))
        answers.append(answer)
    passed_over = []
    for route in around.routes.items:
        if isinstance(route.target, BetweenClients) and candidate.fault is not ServiceFault.CLIENT_CIDR:
            passed_over.append(_passed_over(route, "leads to other clients only"))
            continue
        answer = covers(route.destination, address)
        if answer.is_yes:
            says = f"{route.address} takes {route.destination} into the tunnel"
            return ClientRoute(verdict=yes(), enters_tunnel=yes(), says=says, evidence=(route.evidence,))
        answers.append(answer)
        passed_over.append(_passed_over(route, "does not cover it"))
    answers += _gap_answers(_unread_routes(around, candidate))
    # No VPC has a CIDR with the link-local address of Amazon DNS in it, so no automatic route leads there.
    if candidate.fault is not ServiceFault.LINK_LOCAL:
        answers += _gap_answers(around.associations.gaps)
        answers += [doubt for vpc in around.associated_vpcs for doubt in _gap_answers(vpc.secondary_cidrs.gaps)]
        answers += [
            unsure(f"the VPC of {item.address} was not read")
            for item in around.associations.items
            if around.vpc_of(item) is None
        ]
    enters = any_of(answers)
    if late is not None and enters.is_no:
        says = f"{late.cidr} is added to the VPC after the association was made, so clients may have no route to it"
        return ClientRoute(
            verdict=unsure(says, late.evidence),
            enters_tunnel=unsure(says, late.evidence),
            says=says,
            evidence=(late.evidence,),
            passed_over=tuple(passed_over),
            late_cidr=late,
            assumes=f"{late.cidr} is routed",
        )
    if isinstance(split, Unknown):
        enters = unsure(
            f"split_tunnel is not known ({split.why})", endpoint.split_tunnel_evidence, waits_for=split.refers_to
        )
    evidence = (endpoint.split_tunnel_evidence, endpoint.dns_evidence)
    if enters.is_no:
        if candidate.kind is ServerKind.PUBLIC:
            says = "split tunnel without a route to the server: the query leaves by the user's own network and is answered there"
            return ClientRoute(
                verdict=yes(), enters_tunnel=enters, says=says, evidence=evidence, passed_over=tuple(passed_over)
            )
        if _may_be_public(candidate, address):
            says = "split tunnel: no Client VPN route covers the server; it answers only if it is public"
            doubt = unsure(says, *evidence, waits_for=address.refers_to if isinstance(address, AddressIn) else ())
            return ClientRoute(
                verdict=doubt, enters_tunnel=enters, says=says, evidence=evidence, passed_over=tuple(passed_over)
            )
        says = "split tunnel: no Client VPN route covers the server, so the query leaves on the user's own network, where nothing answers"
        return ClientRoute(
            verdict=no(says, *evidence),
            enters_tunnel=enters,
            says=says,
            evidence=evidence,
            passed_over=tuple(passed_over),
        )
    says = (
        "; ".join(because.says for because in enters.because if because.says)
        or "whether a Client VPN route covers it is not known"
    )
    return ClientRoute(
        verdict=Verdict(Truth.UNSURE, enters.because),
        enters_tunnel=enters,
        says=f"whether the query enters the tunnel is not known: {says}",
        evidence=evidence,
        passed_over=tuple(passed_over),
        assumes="the query enters the tunnel",
    )


@lru_cache(maxsize=4096)
def _passed_over(entry: ClientVpnRoute | AuthorizationRule, why: str) -> PassedOver:
    network = entry.destination if isinstance(entry, ClientVpnRoute) else entry.target_network
    return PassedOver(f"{entry.address} for {network}", why, entry.evidence)


def _may_be_public(candidate: Candidate, address: HostAddress) -> bool:
    if isinstance(address, KnownAddress):
        return False
    return not address.inside and candidate.host is None


def _late_cidr(around: Surroundings, address: HostAddress) -> VpcCidr | None:
    for vpc in around.associated_vpcs:
        for secondary in vpc.secondary_cidrs.items:
            if (secondary.follows_association or not secondary.precedes_association) and covers(
                secondary.cidr, address
            ).is_yes:
                return secondary
    return None


def _unread_routes(around: Surroundings, candidate: Candidate) -> tuple[Gap, ...]:
    """What may hide a Client VPN route to the server.

    A module that names the link-local address of Amazon DNS and has no route at all is the place where its route would be: that a caller
    may add routes does not count there.
    """
    gaps = around.routes.gaps
    if candidate.fault is ServiceFault.LINK_LOCAL and around.endpoint.is_managed and not around.routes.items:
        return tuple(gap for gap in gaps if gap not in around.endpoint.may_have_more)
    return gaps


def _gap_answers(gaps: tuple[Gap, ...]) -> list[Verdict]:
    return [unsure(f"it depends on {gap.named} ({gap.why})", waits_for=gap.waits_for) for gap in gaps]


@lru_cache(maxsize=256)
def authorize(around: Surroundings, address: HostAddress) -> Authorization:
    """The longest network that covers the server decides; shorter ones are ignored."""
    endpoint = around.endpoint
    match = longest(around.rules, lambda rule: rule.target_network, address)
    losing = [(rule, "a longer network decides") for rule in match.shorter]
    losing += [(rule, "does not cover it") for rule in match.others[:12]]
    passed_over = tuple([_passed_over(rule, why) for rule, why in losing[:12]])
    if not match.winners and not match.gaps:
        says = f"no authorization rule of {endpoint.address} covers {address}"
        evidence = (endpoint.evidence, *(rule.evidence for rule in match.others))
        return Authorization(verdict=no(says, *evidence), says=says, evidence=evidence, passed_over=passed_over)
    users = around.network.assumed.groups_of(endpoint.address)
    everybody = set(users) or {name for rule in around.rules.items for name in _audience(rule)}

    nameless = [rule for rule in around.rules.items if isinstance(rule.audience, UnknownAudience)]

    def outcome(rules: tuple[AuthorizationRule, ...]) -> Verdict:
        admitted = {name for rule in rules for name in _audience(rule)}
        if EVERYONE in admitted:
            return yes()
        unknown = [rule.audience for rule in rules if isinstance(rule.audience, UnknownAudience)]
        if unknown:
            waits = tuple(reference for audience in unknown for reference in audience.refers_to)
            return unsure("whom the rule admits is not known", waits_for=waits)
        if not admitted:
            return no("the rule admits nobody")
        unread = tuple(rule.audience for rule in rules if isinstance(rule.audience, OneGroup) and not rule.audience.id)
        if users and not users <= admitted and unread:
            waits = tuple(reference for audience in unread for reference in audience.refers_to)
            return unsure("which group the rule admits is not known", waits_for=waits)
        if users and not users & admitted:
            return no(f"only {', '.join(sorted(admitted))} may ask it, and no user is in any of these groups")
        if endpoint.authenticates_groups == Known(False):
            return unsure(
                f"{endpoint.address} authenticates by certificate and knows no groups, so nobody is in {', '.join(sorted(admitted))}"
            )
        if not isinstance(endpoint.authenticates_groups, Known) and not users:
            return unsure(f"whether {endpoint.address} knows groups is not known")
        left_out = sorted(everybody - admitted)
        if not left_out and nameless and not users:
            told = ", ".join(str(rule.address) for rule in nameless)
            return unsure(f"only {', '.join(sorted(admitted))} may ask it, and whom {told} lets in is not known")
        if left_out:
            return unsure(f"only {', '.join(sorted(admitted))} may ask it, not {', '.join(left_out)}")
        return yes()

    uncovered = no(f"no authorization rule covers {address}")
    verdict = match.decide(outcome, uncovered)
    best = match.best
    admitted = {name for rule in best for name in _audience(rule)}
    groups = tuple(sorted(admitted - {EVERYONE})) if EVERYONE not in admitted else ()
    left_out = tuple(sorted(everybody - admitted)) if groups else ()
    named = ", ".join(str(rule.address) for rule in best)
    if verdict.is_yes:
        whose = "which all users are in" if users else "all that any rule names"
        whom = "everyone" if EVERYONE in admitted else f"the groups {', '.join(groups)}, {whose}"
        says = f"{named} admits {best[0].target_network} for {whom}"
    elif verdict.is_no and best and admitted:
        says = "; ".join(because.says for because in verdict.because if because.says)
    elif verdict.is_no and best:
        says = f"{named} is the longest match for {address} and admits nobody"
    elif verdict.is_no:
        says = f"no authorization rule of {endpoint.address} covers {address}"
    else:
        told = [because.says for because in verdict.because if because.says and because not in uncovered.because]
        if match.none_possible and match.winners:
            open_ = ", ".join(dict.fromkeys(str(rule.address) for rules in match.winners for rule in rules))
            told.insert(0, f"whether {open_} covers {address} is not known")
        says = "; ".join(told)
        cidrs = tuple(
            reference
            for rules in match.winners
            for rule in rules
            if isinstance(rule.target_network, UnknownCidr)
            for reference in rule.target_network.refers_to
        )
        if not says or cidrs:
            unread = ", ".join(dict.fromkeys(str(rule.address) for rules in match.winners for rule in rules))
            says = says or f"whether {unread} covers {address} is not known"
        waits = (
            *verdict.waits_for,
            *cidrs,
            *(address.refers_to if isinstance(address, AddressIn) and not groups else ()),
        )
        verdict = unsure(says, *(rule.evidence for rule in best), waits_for=tuple(dict.fromkeys(waits)))
    return Authorization(
        verdict=verdict,
        says=says,
        evidence=tuple(rule.evidence for rule in best) or (endpoint.evidence,),
        passed_over=passed_over,
        winners=best,
        admitted_groups=groups,
        left_out=left_out,
        assumes=f"the user is admitted to {address}" if verdict.is_unsure else "",
    )


EVERYONE = "everyone"


def _audience(rule: AuthorizationRule) -> tuple[str, ...]:
    match rule.audience:
        case Everyone():
            return (EVERYONE,)
        case OneGroup(id_, refers_to):
            return (id_ if id_ is not None else " or ".join(map(str, refers_to)) or "a group that is not known",)
        case Nobody() | UnknownAudience():
            return ()
        case _:
            assert_never(rule.audience)


@lru_cache(maxsize=256)
def endpoint_route(
    around: Surroundings,
    association: TargetNetworkAssociation | None,
    vpc: Vpc | None,
    candidate: Candidate,
    address: HostAddress,
) -> EndpointRoute:
    """A route of the endpoint that covers the server for this association; the VPC's own is added by the association."""
    endpoint = around.endpoint
    late = _late_cidr(around, address)
    automatic: list[Verdict] = []
    if vpc is not None:
        for cidr in vpc.cidrs.items:
            if late is not None and cidr is late.cidr:
                continue
            answer = covers(cidr, address)
            if answer.is_yes:
                assert association is not None
                says = f"the route for {cidr} that {association.address} adds by itself covers it"
                return EndpointRoute(verdict=yes(), says=says, evidence=(association.evidence, vpc.evidence))
            automatic.append(answer)
        automatic += _gap_answers(vpc.secondary_cidrs.gaps)
    elif association is not None:
        automatic.append(unsure(f"the VPC of {association.address} was not read"))
    here: list[Verdict] = []
    covering = [(route, covers(route.destination, address)) for route in around.routes.items]
    covering = [(route, answer) for route, answer in covering if not answer.is_no]
    for route, answer in covering:
        mine = _leaves_by(route, association)
        both = all_of([answer, mine])
        if both.is_yes:
            says = f"{route.address} covers {route.destination}" + (
                f" for {association.address}" if association else ""
            )
            return EndpointRoute(verdict=yes(), says=says, evidence=(route.evidence,), routes=(route,))
        here.append(both)
    away = [route for route in around.routes.items if covers(route.destination, address).is_no]
    passed_over = tuple([_passed_over(route, "does not cover it") for route in away[:12]])
    answer = any_of([*automatic, *here, *_gap_answers(around.routes.gaps)])
    where = str(association.address) if association is not None else str(endpoint.address)
    if answer.is_unsure or late is not None:
        says = (
            "; ".join(because.says for because in answer.because if because.says)
            or f"whether a route of {where} covers it is not known"
        )
        if late is not None:
            says = f"{late.cidr} is added to the VPC after the association was made, and no Client VPN route covers it"
        return EndpointRoute(
            verdict=unsure(says, endpoint.evidence, waits_for=answer.waits_for),
            says=says,
            evidence=(late.evidence if late is not None else endpoint.evidence,),
            passed_over=passed_over,
            assumes=f"a Client VPN route of {where} covers {address}",
        )
    elsewhere = tuple(
        route for route, covered in covering if covered.is_yes and not isinstance(route.target, BetweenClients)
    )
    if elsewhere:
        associated = [route for route in elsewhere if _is_associated(around, route)]
        fault = EndpointRouteFault.MISSING_HERE if associated else EndpointRouteFault.TARGET_NOT_ASSOCIATED
        named = [str(route.address) for route in associated or elsewhere]
        told = f"{' and '.join(named)} cover{'s' if len(named) == 1 else ''} it"
        says = (
            f"{told}, but for other associated subnets than that of {where}"
            if associated
            else f"{told}, but for a subnet that is not associated"
        )
        evidence = tuple(route.evidence for route in associated or elsewhere)
        return EndpointRoute(
            verdict=no(says, *evidence),
            says=says,
            evidence=evidence,
            passed_over=passed_over,
            routes=tuple(associated or elsewhere),
            fault=fault,
        )
    says = f"no Client VPN route covers {address}"
    evidence = (endpoint.evidence, endpoint.dns_evidence)
    verdict = no(says, *evidence)
    assumes = ""
    if (
        candidate.kind is not ServerKind.PUBLIC
        and endpoint.transit_gateway is None
        and endpoint.split_tunnel != Known(True)
    ):
        # AWS's pages conflict on whether full tunnel needs one for private networks outside the VPC (domain reference, Q1).
        says = f"no Client VPN route covers {address}; AWS's documents conflict on whether full tunnel needs one"
        verdict, assumes = unsure(says, *evidence), f"the endpoint forwards {address} without a route of its own"
    return EndpointRoute(
        verdict=verdict,
        says=says,
        evidence=evidence,
        passed_over=passed_over,
        fault=EndpointRouteFault.MISSING,
        assumes=assumes,
    )


def _leaves_by(route: ClientVpnRoute, association: TargetNetworkAssociation | None) -> Verdict:
    match route.target:
        case ThroughSubnet(link):
            return same(link, association.subnet) if association is not None else no()
        case ThroughTransitGateway():
            return yes() if association is None else no()
        case BetweenClients():
            return no()
        case _:
            assert_never(route.target)


def _is_associated(around: Surroundings, route: ClientVpnRoute) -> bool:
    return isinstance(route.target, ThroughSubnet) and any(
        not same(route.target.subnet, item.subnet).is_no for item in around.associations.items
    )
