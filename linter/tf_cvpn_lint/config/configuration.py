"""The common product of the readers: resources with their bodies, and the gaps.

Nothing right of this module can tell whether a plan or source files were read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from tf_cvpn_lint.core.address import Address, ModulePath
from tf_cvpn_lint.core.evidence import Evidence, Gap, Location
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Absent, Known, Unknown, Value
from tf_cvpn_lint.core.verdict import Members

InputKind = Literal["plan", "state", "configuration"]

Lifecycle = Literal["created", "existing", "read"]
"""`created`: this apply makes it. `existing`: it is there already (no-op and update plans, states). `read`: a data source.

It matters where creation has effects of its own: the provider removes AWS's allow-all egress from a security group it makes.
"""


@dataclass(frozen=True, slots=True)
class Input:
    """One of the things that were read: a path as the user wrote it (`-` for standard input) and what it turned out to be."""

    path: str
    kind: InputKind


_ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Body:
    """The arguments of a block: attributes and nested blocks, each a `Value`."""

    values: Mapping[str, Value] = field(default_factory=dict)
    locations: Mapping[str, Location] = field(default_factory=dict)
    """Where each argument is written, as far as sources were read. Keys: `cidr_block`; for nested blocks `route` (the first) and, where
    told apart, `route[1]` and `route[1].gateway_id`."""

    def get(self, name: str) -> Value:
        """The attribute; `Absent` where it is not set or null. Never raises."""
        return self.values.get(name, _ABSENT)

    def blocks(self, name: str, owner: Evidence) -> Members[Body]:
        """The nested blocks of that name, in order; what a `dynamic` block or an unknown list hides is a gap of `owner`."""
        value = self.get(name)
        if isinstance(value, Absent):
            return Members()
        if isinstance(value, Unknown):
            return Members(gaps=(_gap(owner, name, value),))
        items = value.value if isinstance(value.value, tuple) else (value,)
        bodies: list[Body] = []
        gaps: list[Gap] = []
        for item in items:
            if isinstance(item, Unknown):
                gaps.append(_gap(owner, name, item))
            elif isinstance(item, Known) and isinstance(item.value, Mapping):
                bodies.append(Body(item.value))
        return Members(tuple(bodies), tuple(gaps))


def _gap(owner: Evidence, name: str, unknown: Unknown) -> Gap:
    return Gap(str(owner.address), name, unknown.why, owner.location, unknown.refers_to)


@dataclass(frozen=True, slots=True)
class Resource:
    """One instance of a managed resource or data source, as it will be after the apply."""

    address: Address
    body: Body
    lifecycle: Lifecycle = "created"
    location: Location | None = None
    """The block's first line."""
    provider: str = ""
    """The provider configuration it uses, as an absolute key (`aws`, `aws.hub`, `module.x:aws`); equal keys are one account and region."""
    region: str = ""
    """The region where known (provider 6's `region` argument or the provider's constant region); empty otherwise."""
    enabled: bool = True
    """False: switched off by its `count` or `for_each`, and evaluated once as if it were on."""
    depends_on: tuple[Address, ...] = ()

    @property
    def type(self) -> str:
        return self.address.type

    def evidence(self, attribute: str = "") -> Evidence:
        """Evidence at the line of the attribute (`route[1].gateway_id`), of its block or of the resource: the nearest known."""
        path = attribute if self.body.locations else ""
        while path:
            if found := self.body.locations.get(path):
                return Evidence(self.address, attribute, found)
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return Evidence(self.address, attribute, self.location)


@dataclass(frozen=True)
class Configuration:
    """Everything that was read of one root: resources in the order of their addresses, and what was not read."""

    resources: tuple[Resource, ...] = ()
    gaps: tuple[Gap, ...] = ()
    inputs: tuple[Input, ...] = ()
    is_root: bool = True
    """False for a module looked at alone: its callers may add resources and decide its variables."""
    aws_provider_version: str = ""
    """The root's version constraint for hashicorp/aws (`~> 5.0`); empty where none is written or read."""
    open_types: Mapping[str, tuple[Gap, ...]] = field(default_factory=dict)
    """Resource types of which instances may exist that were not read (an unknown `for_each`, a module not downloaded), with the gaps.
    The key `*` stands for every type."""
    for_any_input: Configuration | None = None
    """Of a module looked at alone: the same without its variables' defaults, which a caller may replace. None of anything else."""
    commands: frozenset[Address] = frozenset()
    """Resources (without their keys) whose provisioners' commands were read, whatever they turned out to make."""

    def of_type(self, *types: str, mode: Literal["managed", "data"] = "managed") -> Iterator[Resource]:
        """The resources of these types, in order."""
        for type_ in types:
            yield from self._by_type.get((mode, type_), ())

    def get(self, address: Address) -> Resource | None:
        return self._by_address.get(address)

    def instances(self, address: Address) -> tuple[Resource, ...]:
        """All instances of the resource, whatever `address.key`; in the module instance that the address names."""
        return self._by_resource.get(address.resource, ())

    def unread(self, *types: str) -> tuple[Gap, ...]:
        """Why there may be more resources of these types than were read."""
        return tuple(gap for key in (*types, "*") for gap in self.open_types.get(key, ()))

    def modules(self) -> Iterator[ModulePath]:
        yield from dict.fromkeys(resource.address.module for resource in self.resources)

    @cached_property
    def _by_type(self) -> dict[tuple[str, str], list[Resource]]:
        index: dict[tuple[str, str], list[Resource]] = {}
        for resource in self.resources:
            index.setdefault((resource.address.mode, resource.address.type), []).append(resource)
        return index

    @cached_property
    def _by_address(self) -> dict[Address, Resource]:
        return {resource.address: resource for resource in self.resources}

    @cached_property
    def _by_resource(self) -> dict[Address, tuple[Resource, ...]]:
        index: dict[Address, list[Resource]] = {}
        for resource in self.resources:
            index.setdefault(resource.address.resource, []).append(resource)
        return {address: tuple(found) for address, found in index.items()}
