"""What a rule is and what it finds. The rules themselves are in `tf_cvpn_policies`.

A rule's module docstring is its page: the first line is the title; then what happens, why it matters, **Fix** and **Cannot see**.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import cached_property
from inspect import cleandoc
from typing import Generic, TypeVar

from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.model.client_vpn import TargetNetworkAssociation
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.reach.trace import EndpointReach, ServerReach, Step


class Severity(Enum):
    """How bad it is where it is true. Belongs to the rule."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """3 for an error, 2 for a warning, 1 for a note."""
        return {Severity.ERROR: 3, Severity.WARNING: 2, Severity.NOTE: 1}[self]


class Certainty(Enum):
    """How sure it is. Belongs to the finding."""

    CERTAIN = "certain"
    """Provable from what was read."""
    LIKELY = "likely"
    """For some clients, or where AWS's documents conflict."""
    UNSURE = "unsure"
    """Waits for a value that was not readable."""


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that matters, in the order traffic meets them."""

    evidence: Evidence
    message: str


@dataclass(frozen=True, slots=True)
class Instance:
    """What one module instance has of a fault that stands in a line of the module."""

    input: str
    """Of which of the run's inputs it is, as the user named that."""
    endpoint: Address | None
    server: str | None
    reference: str | None
    address: Address
    """The resource at fault, in this instance."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, told to someone who has the pager."""

    rule: Rule
    endpoint: Address | None
    """The endpoint whose clients it hits."""
    server: str | None
    """The DNS server's address; None where it is not known, or where the fault is the endpoint's."""
    reference: str | None
    """What the server's address waits for, where it is not known."""
    evidence: Evidence
    """What a reader would change."""
    message: str
    """What happens to which traffic, then why."""
    fix: str
    """What to write instead, in words."""
    severity: Severity
    certainty: Certainty = Certainty.CERTAIN
    related: tuple[Related, ...] = ()
    suggestion: str = ""
    """The fix as Terraform: HCL to add or change."""
    enabled: bool = True
    """False on an endpoint that is switched off and judged as if on."""
    instances: tuple[Instance, ...] = ()
    """Where the line is at fault in several instances of a module: each of them, this one first. Empty otherwise."""


@dataclass(frozen=True, eq=False)
class View:
    """What a rule looks at: the network, and one endpoint with the fate of its queries."""

    network: Network
    endpoint: EndpointReach

    @property
    def address(self) -> Address:
        return self.endpoint.endpoint.address

    @cached_property
    def failing(self) -> tuple[ServerReach, ...]:
        """The servers to which not every query certainly passes every step: those in which `sight` can find anything."""
        return tuple(server for server in self.endpoint.servers if server.failing)


S = TypeVar("S", bound=Step)


@dataclass(frozen=True, slots=True)
class Sighting(Generic[S]):
    """The steps of one kind at which queries to one server fail, over all associations and protocols."""

    step: S
    """The first of them."""
    steps: tuple[S, ...]
    associations: tuple[TargetNetworkAssociation, ...]
    """Where clients land whose queries fail so."""
    protocols: tuple[str, ...]
    everywhere: bool
    """Whether it is so on every association."""
    on_the_way_back: bool

    @property
    def only_tcp(self) -> bool:
        """Queries over udp pass: only large answers fail."""
        return self.protocols == ("tcp",)

    @property
    def where(self) -> str:
        """Which clients it hits, to go behind a sentence: nothing, or `, for clients that land on …`."""
        if self.everywhere or not self.associations:
            return ""
        return f", for clients that land on {' or '.join(str(item.address) for item in self.associations)}"

    @property
    def others(self) -> tuple[Related, ...]:
        """The rest of what decided, each once, without the first."""
        first = self.step.evidence[:1]
        rest = dict.fromkeys(item for step in self.steps for item in step.evidence if item not in first)
        return tuple(Related(item, role(item)) for item in rest)


_ROLES = {
    "aws_ec2_client_vpn_endpoint": "the endpoint",
    "aws_ec2_client_vpn_network_association": "the association clients land on",
    "aws_ec2_client_vpn_authorization_rule": "an authorization rule",
    "aws_ec2_client_vpn_route": "a Client VPN route",
    "aws_subnet": "the subnet",
    "aws_vpc": "the VPC",
    "aws_route": "a route",
    "aws_route_table": "the route table",
    "aws_default_route_table": "the VPC's main route table",
    "aws_network_acl": "the network ACL",
    "aws_default_network_acl": "the VPC's default network ACL",
    "aws_network_acl_rule": "an entry of the network ACL",
    "aws_security_group": "the security group",
    "aws_default_security_group": "the VPC's default security group",
    "aws_ec2_transit_gateway_route_table": "the transit gateway's route table",
    "aws_ec2_transit_gateway_vpc_attachment": "the VPC's attachment",
    "aws_vpc_peering_connection": "the peering connection",
    "aws_route53_resolver_endpoint": "the resolver endpoint",
}


def role(evidence: Evidence) -> str:
    """What a place has to do with the query, where nothing more is to be said of it."""
    type_ = evidence.address.type
    if type_.endswith(("_rule", "_route")):
        return _ROLES.get(type_, "a rule that decides here")
    return _ROLES.get(type_, "decides here as well")


def sight(
    server: ServerReach,
    kind: type[S],
    test: Callable[[S], bool] = lambda step: step.verdict.is_no,
    *,
    back: bool | None = None,
) -> Sighting[S] | None:
    """Where queries to the server meet a step of this kind that passes the test; by default one that drops them.

    Steps that let queries pass are not looked at. `back` asks for the way there (False), the way back (True), or either (None).
    """
    if kind not in server.failing:
        return None
    found = [
        (met.step, met.flow, met.is_back)
        for met in server.failing[kind]
        if isinstance(met.step, kind) and (back is None or back is met.is_back) and test(met.step)
    ]
    if not found:
        return None
    landings = tuple(dict.fromkeys(flow.association for _, flow, _ in found))
    return Sighting(
        step=found[0][0],
        steps=tuple(dict.fromkeys(step for step, _, _ in found)),
        associations=tuple(landing for landing in landings if landing is not None),
        protocols=tuple(dict.fromkeys(flow.protocol for _, flow, _ in found)),
        everywhere={trace.flow.association for trace in server.traces} == set(landings),
        on_the_way_back=found[0][2],
    )


Check = Callable[[View], Iterator[Finding | Gap]]
"""What a rule finds; and where it waits for something that was not read, a gap that says so (see `Rule.waits`). Servers that have no verdict
say so themselves."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry of the catalogue."""

    id: str
    """`CVPN102`."""
    name: str
    """States the fault, as in "ignore *dns-not-authorized*"."""
    severity: Severity
    sources: tuple[str, ...]
    """Pages of AWS or HashiCorp."""
    page: str
    """The docstring of its module, Markdown."""
    check: Check = field(compare=False)

    @property
    def title(self) -> str:
        return self.page.partition("\n")[0].rstrip(".")

    @property
    def condition(self) -> str:
        """The first paragraph after the title: when it speaks."""
        return self.page.split("\n\n", 2)[1].replace("\n", " ") if "\n\n" in self.page else ""

    def waits(self, evidence: Evidence, why: str, refers_to: Iterable[Reference] = ()) -> Gap:
        """That the rule cannot tell, why, and what would settle it. A noun phrase that is not known, or a sentence."""
        return Gap(
            str(evidence.address), f"{self.id} {self.name}", why, evidence.location, tuple(dict.fromkeys(refers_to))
        )

    def finding(
        self,
        view: View,
        evidence: Evidence,
        message: str,
        fix: str,
        *,
        server: ServerReach | None = None,
        severity: Severity | None = None,
        certainty: Certainty = Certainty.CERTAIN,
        related: tuple[Related, ...] = (),
        suggestion: str = "",
    ) -> Finding:
        """A finding of this rule about the endpoint (and server) in view."""
        return Finding(
            rule=self,
            endpoint=view.address,
            server=server.server.text if server else None,
            reference=str(server.server.reference)
            if server and server.server.text is None and server.server.reference
            else None,
            evidence=evidence,
            message=message,
            fix=fix,
            severity=severity or self.severity,
            certainty=certainty,
            related=related,
            suggestion=suggestion,
            enabled=view.endpoint.endpoint.is_enabled,
        )


_ID = re.compile(r"CVPN\d{3}")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def rule(
    id_: str, name: str, severity: Severity, *, sources: tuple[str, ...]
) -> Callable[[Callable[[Rule, View], Iterator[Finding | Gap]]], Rule]:
    """Makes a `Rule` of `check(rule, view)`; the page is the docstring of the module that `check` stands in."""
    if not _ID.fullmatch(id_) or not _NAME.fullmatch(name):
        raise ValueError(f"{id_} {name}: not a rule id and name")

    def make(check: Callable[[Rule, View], Iterator[Finding | Gap]]) -> Rule:
        page = cleandoc(sys.modules[check.__module__].__doc__ or "")
        made: Rule

        def bound(view: View) -> Iterator[Finding | Gap]:
            return check(made, view)

        made = Rule(id_, name, severity, sources, page, bound)
        return made

    return make
