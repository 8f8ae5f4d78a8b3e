"""The JSON report: these models read it (`document` writes it), and its published JSON Schema is made from them.

A field may be added; one that is there is never renamed, removed or given another meaning without a new `schema_version`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tf_cvpn_lint.report.printable import encodable

Kind = Literal[
    "amazon_provided",
    "amazon_link_local",
    "resolver_inbound",
    "resolver_outbound",
    "directory",
    "vpc_host",
    "peered_vpc_host",
    "transit_vpc_host",
    "amazon_of_another_vpc",
    "private_elsewhere",
    "public",
    "client_cidr",
    "reserved",
    "invalid",
    "unknown",
]
ServerAnswer = Literal["reachable", "unreachable", "intermittent", "unknown"]
QueryAnswer = Literal["reachable", "unreachable", "unknown"]
HopAnswer = Literal["pass", "drop", "unsure"]
Path = Literal["tunnel", "local", "unknown"]
Severity = Literal["error", "warning", "note"]
Certainty = Literal["certain", "likely", "unsure"]


def _encodable(value: object) -> object:
    return encodable(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_encodable)]


def _leave_room_for_more(schema: dict[str, Any]) -> None:
    """A reader of the report must not choke on a field that was added."""
    schema.pop("additionalProperties", None)


class Part(BaseModel):
    """What all parts of the report share: they are values, and have no field that is not written here."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, json_schema_extra=_leave_room_for_more
    )


class Tool(Part):
    """What wrote the report."""

    name: Literal["tf-cvpn-lint"]
    version: str


class InputRead(Part):
    """One input and what it turned out to be."""

    path: Text
    """As the user gave it; `-` is standard input."""
    kind: Literal["plan", "state", "configuration"]


class Place(Part):
    """A place in a source file."""

    file: Text
    """Its path, beginning as the input (or `--source`) was named: it can be opened from where the program ran."""
    line: Annotated[int, Field(ge=1)]
    column: Annotated[int, Field(ge=1)]
    end_line: Annotated[int, Field(ge=1)]


class EvidenceShown(Part):
    """A resource and, where one decided, its attribute."""

    address: Text
    """Terraform's own resource address."""
    attribute: Text | None
    file: Text | None
    """Null where only a plan or state was read."""
    line: int | None


class PassedOverShown(Part):
    """Something that might have decided and did not."""

    what: Text
    why: Text
    evidence: EvidenceShown | None


class StepShown(Part):
    """One hop of a query."""

    hop: Text
    """`client_route`, `authorization`, `endpoint_route`, `endpoint_security_group`, `network_acl`, `subnet_route`, …"""
    verdict: HopAnswer
    says: Text
    """What happens to the query here."""
    evidence: list[EvidenceShown]
    """What decided it, the nearest to the cause first."""
    passed_over: list[PassedOverShown]
    waits_for: list[Text]
    """Of an unsure step: what would settle it."""


class WayBack(Part):
    """The way of the answer, from the server to the endpoint."""

    verdict: HopAnswer
    steps: list[StepShown]


class TraceShown(Part):
    """One query: of a client that landed on this association, over this protocol."""

    association: Text | None
    """Null on an endpoint attached to a transit gateway, and where the query never gets as far as an association."""
    protocol: Literal["udp", "tcp"]
    port: int
    verdict: QueryAnswer
    steps: list[StepShown]
    way_back: WayBack | None
    """Null where the answer needs no routing, or the query did not arrive."""
    assumes: list[Text]
    """What the unsure steps wait for."""


class DnsServerShown(Part):
    """One entry of `dns_servers`."""

    server: Text | None
    """The address, or what is written in its place; null where it is not known."""
    reference: Text | None
    """What it waits for, where it is not known: `aws_route53_resolver_endpoint.in.ip_address`."""
    kind: Kind
    verdict: ServerAnswer
    """Of its udp queries over all associations; `intermittent`: some associations answer and others do not."""
    path: Path
    """`local`: the query leaves by the user's own network."""
    because: Text
    """What happens at the hop that decided the verdict."""
    assumptions: list[Text]
    """What the verdict rests on beside what was read: the assumptions without which it is another."""
    traces: list[TraceShown]


class DeviceResolverShown(Part):
    """What becomes of a resolver the device already had, where the endpoint gives none."""

    resolver: Literal["lan", "public"]
    verdict: ServerAnswer
    path: Path
    says: Text
    traces: list[TraceShown]


class EndpointShown(Part):
    """One Client VPN endpoint."""

    address: Text
    """Terraform's own resource address."""
    input: Text
    """The path of the input it stands in."""
    enabled: bool
    """False: switched off by its `count` or `for_each`, and judged as if on. Its findings fail no run."""
    tunnel_mode: Literal["split", "full", "unknown"]
    dns: Literal["pushed", "device", "unknown"]
    """`device`: `dns_servers` is unset, clients keep the resolver they have."""
    associations: list[Text]
    dns_servers: list[DnsServerShown]
    device_resolvers: list[DeviceResolverShown]
    """Only where `dns` is `device`."""


class RelatedShown(Part):
    """Another place that matters."""

    address: Text
    attribute: Text | None
    location: Place | None
    message: Text


class SuppressionShown(Part):
    """Why a finding is not held against the run."""

    by: Literal["comment", "settings", "baseline"]
    reason: Text
    """What whoever suppressed it gives as a reason; empty where nothing is given."""
    until: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None
    """The last day on which it counts."""
    location: Place | None
    """Where that is written."""

    @property
    def words(self) -> str:
        """All of it in one sentence, without a full stop."""
        why = (
            self.reason
            or {"comment": "by a comment", "settings": "by the settings", "baseline": "in the baseline"}[self.by]
        )
        at = f" ({self.location.file}:{self.location.line})" if self.location else ""
        return f"{why}{f', until {self.until}' if self.until else ''}{at}"


class InstanceShown(Part):
    """What one instance of a module has of a fault in a line of the module."""

    input: Text
    endpoint: Text | None
    server: Text | None
    reference: Text | None
    address: Text
    """The resource at fault, in this instance."""


class FindingShown(Part):
    """One fault."""

    rule: Annotated[str, Field(pattern=r"^CVPN\d{3}$")]
    name: Text
    severity: Severity
    certainty: Certainty
    """`certain`: provable from what was read. `likely`: for some clients, or AWS's documents conflict. `unsure`: waits for a value."""
    input: Text
    endpoint: Text | None
    """The endpoint whose clients it hits."""
    server: Text | None
    """The DNS server; null where its address is not known or the fault is not of one server."""
    reference: Text | None
    """The DNS server whose address is not known, by what it waits for."""
    address: Text
    """The resource a reader would change."""
    attribute: Text | None
    location: Place | None
    """Null where only a plan or state was read and no source was found."""
    message: Text
    fix: Text
    suggestion: Text | None
    """The fix as Terraform."""
    related: list[RelatedShown]
    """In the order traffic meets them."""
    help: Text
    """The command that explains the rule."""
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """The same for the same fault wherever its lines move: of the rule, the endpoint, the server and the resource at fault."""
    enabled: bool
    """False on an endpoint that is switched off; such a finding fails no run."""
    instances: list[InstanceShown]
    """Where the line is at fault in several instances of a module: each of them, this one first. Empty otherwise."""
    suppressed: SuppressionShown | None
    """Why it is not held against the run; null where it is."""


class GapShown(Part):
    """Something that was not decided or not read."""

    input: Text
    address: Text
    """Whose it is: a resource, a file, a module call; for an undecided server its endpoint."""
    what: Text
    why: Text
    location: Place | None
    waits_for: list[Text]
    """What would settle it."""
    endpoints: list[Text]
    """The endpoints it touches; empty where none was seen to depend on it."""


class ServerNamed(Part):
    """A DNS server of an endpoint."""

    endpoint: Text
    server: Text
    """Its address, or what that waits for; `lan` and `public` for what the device already had."""


class AssumptionShown(Part):
    """Something that was taken for granted about one input."""

    input: Text
    says: Text
    reason: Text
    location: Place | None
    """Where it is written; null where it was given on the command line."""
    applies: bool
    """Whether there is something here that it could settle."""
    servers: list[ServerNamed]
    """The servers whose verdict is another without it."""
    decides_findings: bool
    """Whether the findings are others without it."""


class BaselineEntryShown(Part):
    """An entry of the baseline."""

    fingerprint: Text
    rule: Text
    endpoint: Text
    server: Text
    address: Text


class ServerCounts(Part):
    """`dns_servers` entries by verdict."""

    reachable: int
    unreachable: int
    intermittent: int
    unknown: int


class FindingCounts(Part):
    """Findings that are not suppressed, by severity."""

    error: int
    warning: int
    note: int


class Summary(Part):
    """The report in numbers."""

    endpoints: int
    servers: ServerCounts
    findings: FindingCounts
    suppressed: int


class Report(Part):
    """What tf-cvpn-lint says of its inputs."""

    schema_version: Literal[1]
    tool: Tool
    inputs: list[InputRead]
    endpoints: list[EndpointShown]
    findings: list[FindingShown]
    gaps: list[GapShown]
    assumptions: list[AssumptionShown]
    """Everything that was assumed, whether a verdict rests on it or not."""
    removable: list[BaselineEntryShown]
    """Entries of the baseline that no finding has any more."""
    summary: Summary


def json_schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of the report."""
    schema = Report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
