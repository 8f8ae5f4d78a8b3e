"""Bodies of resources from a plan's values: what is known, what is not and where it comes from, and nothing that is sensitive.

A plan has no schema. Whether an unknown attribute is left unset or is computed from something is told by `configuration`, and whether it
holds one thing or several by `after_sensitive`, which has `[]` or `{}` in the place of unknown collections.
Source: https://github.com/hashicorp/terraform/blob/main/internal/command/jsonstate/state.go (SensitiveAsBool)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from tf_cvpn_lint.config.configuration import Body
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.core.value import Absent, Known, Unknown, Value
from tf_cvpn_lint.read.instances import Planned
from tf_cvpn_lint.read.matching import matched
from tf_cvpn_lint.read.references import ModuleInstance, Pool, References, Scope, Traversal, has_true
from tf_cvpn_lint.read.tree import MalformedError, is_constant, mapping

_SECRET = re.compile(
    r"(?:.*_)?(?:password|passphrase|preshared_key|private_key|private_key_pem|secret|secret_key|secret_string|secret_binary|auth_token)"
    r"|user_data(?:_base64)?|customer_gateway_configuration|.*_wo"
)


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether an attribute of this name holds a secret by what it is for, marked or not: passwords, keys, what is written only, scripts.

    The provider's schema marks most of them; HCL alone does not say so, nor do plans of every version.
    """
    return _SECRET.fullmatch(name) is not None


@lru_cache(maxsize=4096)
def is_never_loaded(name: str) -> bool:
    """Whether an argument is left where it is: it holds a secret, or says nothing about a network."""
    return name == "timeouts" or is_secret(name)


_NEVER_COMPUTED = frozenset(
    {
        ("aws_route53_resolver_endpoint", "ip_address"),
        ("aws_default_network_acl", "egress"),
        ("aws_default_network_acl", "ingress"),
        ("aws_directory_service_directory", "connect_settings"),
        ("aws_directory_service_directory", "vpc_settings"),
        ("aws_networkfirewall_firewall", "subnet_mapping"),
        ("aws_route53_resolver_rule", "target_ip"),
        ("aws_route53_zone", "vpc"),
    }
)
"""Nested blocks that are known to be empty when they are unset, measured with provider 5.100: one that is unknown comes from a `dynamic`
block, which `configuration` does not show."""

_BLOCKS_NEVER_COMPUTED = {
    type_: frozenset(name for other, name in _NEVER_COMPUTED if other == type_) for type_, _ in _NEVER_COMPUTED
}

_HIDDEN = Unknown(why="comes from a dynamic block")
_ABSENT = Absent()


_PLAIN = frozenset({str, bool, int})
_EMPTY: Value = Known(())


def known(value: Any, sensitive: Any = False) -> Value:
    """A value with nothing unknown in it. Null is absent; of objects nulls are left out."""
    if sensitive is True:
        return Unknown(why="marked sensitive")
    if type(value) in _PLAIN:
        return Known(value)
    if isinstance(value, dict):
        if not isinstance(sensitive, dict) or not sensitive:
            return Known(
                {
                    name: Known(inner) if type(inner) in _PLAIN else known(inner)
                    for name, inner in value.items()
                    if inner is not None and not is_secret(name)
                }
            )
        return Known(
            {
                name: known(inner, sensitive.get(name))
                for name, inner in value.items()
                if inner is not None and not is_secret(name)
            }
        )
    if isinstance(value, list):
        if not value:
            return _EMPTY
        if not isinstance(sensitive, list) or not sensitive:
            return Known(tuple([known(inner) for inner in value]))
        return Known(tuple([known(inner, _at(sensitive, index)) for index, inner in enumerate(value)]))
    if value is None:
        return Absent()
    if isinstance(value, float) and not math.isfinite(value):
        raise MalformedError(
            "a number in the plan is too large; write it again: terraform show -json tfplan > plan.json"
        )
    return Known(value)


@dataclass(frozen=True, slots=True)
class _Attribute:
    """Where a value stands, and its expression."""

    instance: Planned
    scope: Scope
    name: str
    expression: Any
    """None where the configuration has none."""


_NONE: Mapping[str, Any] = {}


class Bodies:
    """The bodies of one plan's resources."""

    def __init__(self, references: References) -> None:
        self._references = references
        # The trees live as long as this object, so their identity does.
        self._singles: dict[int, Traversal | None] = {}
        self._constant: dict[int, list[tuple[str, Any]]] = {}

    def body(self, instance: Planned, block: Mapping[str, Any] | None, module: ModuleInstance) -> Body:
        """The arguments of an instance.

        Args:
            block: its resource in `configuration`; None where the plan has none, as for instances whose block was taken away.
            module: the instance of a module that it is in.
        """
        expressions = _NONE if block is None else mapping(block.get("expressions"), "expressions")
        after, unknown, sensitive = instance.after, instance.unknown, instance.sensitive
        unknowns = unknown if isinstance(unknown, dict) else dict.fromkeys(after, unknown)
        marks = sensitive if isinstance(sensitive, dict) else _NONE
        address = instance.address
        is_computed = address.mode == "managed" and instance.lifecycle != "existing"
        never_computed = _BLOCKS_NEVER_COMPUTED.get(address.type, ())
        # What is open or marked; the rest, most of a plan, is null, known or what the provider computes.
        special: dict[str, None] = {}
        for name, is_open in unknowns.items():
            if is_open is True:
                if name in expressions or name in after or name in never_computed or not is_computed:
                    special[name] = None
            elif is_open and has_true(is_open):
                special[name] = None
        if sensitive is True:
            special |= dict.fromkeys((*after, *unknowns))
        else:
            for name, mark in marks.items():
                if mark and has_true(mark):
                    special[name] = None
        values: dict[str, Value] = {}
        for name, said in after.items():
            if said is None or name in special or is_never_loaded(name):
                continue
            values[name] = Known(said) if type(said) in _PLAIN else known(said)
        scope: Scope | None = None
        for name in special:
            if is_never_loaded(name) or (name not in after and name not in unknowns):
                continue
            is_open = unknowns.get(name)
            mark = True if sensitive is True else marks.get(name)
            expression = expressions.get(name)
            value: Value
            if is_open is True and mark is not True:
                if expression is None and is_computed and name not in never_computed:
                    continue  # what the provider computes: most of what a plan does not know
                if (traversal := self._single(expression)) is not None:
                    value = self._references.unknown_resource(traversal, module, not _is_single(name, sensitive))
                    if not isinstance(value, Absent):
                        values[name] = value
                    continue
            is_single = _is_single(name, sensitive)
            if scope is None:
                scope = self._references.scope(address, _NONE if block is None else block)
            if is_open is True and mark is not True and isinstance(expression, dict) and expression.get("references"):
                value = self._references.unknown(expression, scope, name, not is_single)
            else:
                attribute = _Attribute(instance, scope, name, expression)
                value = self._value(attribute, after.get(name), is_open, mark, is_single)
            if not isinstance(value, Absent):
                values[name] = value
        return Body(values)

    def _single(self, expression: Any) -> Traversal | None:
        """The one resource that an attribute is made of, with nothing beside it."""
        key = id(expression)
        if key in self._singles:
            return self._singles[key]
        has_references = isinstance(expression, dict) and expression.get("references")
        found = self._singles[key] = self._references.only_resource(expression) if has_references else None
        return found

    def _value(self, attribute: _Attribute, after: Any, unknown: Any, sensitive: Any, is_single: bool) -> Value:
        if sensitive is True:
            if attribute.expression is None:
                return Unknown(why="marked sensitive")
            return self._references.source(attribute.expression, attribute.scope)
        if unknown is True:
            return self._unknown(attribute, is_single)
        if not has_true(unknown):
            return self._sensitive_inside(attribute, known(after, sensitive)) if has_true(sensitive) else known(after)
        if isinstance(after, list) and isinstance(unknown, list):
            return self._partly_known(attribute, after, unknown, sensitive)
        if isinstance(after, dict) and isinstance(unknown, dict):
            expression = attribute.expression
            if isinstance(expression, dict) and not _is_expression(expression):
                return self._object(attribute, after, unknown, sensitive, [expression], None)
            pool = _Leaves(self._references, attribute, _count(unknown)) if isinstance(expression, dict) else None
            return self._object(attribute, after, unknown, sensitive, [], pool)
        return Unknown()

    def _unknown(self, attribute: _Attribute, is_single: bool) -> Value:
        """An attribute that is unknown as a whole."""
        instance, expression = attribute.instance, attribute.expression
        address = instance.address
        if expression is None:
            if address.mode == "data":
                return Unknown()  # what it reads
            if (address.type, attribute.name) in _NEVER_COMPUTED:
                return _HIDDEN
            if instance.before.get(attribute.name) is not None and instance.lifecycle == "existing":
                return Unknown()  # left unset, there already, and this apply may change it
            return Absent()
        if isinstance(expression, dict) and is_constant(expression):
            return Absent() if expression["constant_value"] is None else Unknown()
        if not isinstance(expression, dict) or not _is_expression(expression):
            # Nested blocks, unknown as a whole: a `dynamic` one is among them.
            found = self._references.source(expression, attribute.scope)
            return Unknown(found.refers_to)
        return self._references.unknown(expression, attribute.scope, attribute.name, not is_single)

    def _sensitive_inside(self, attribute: _Attribute, value: Value) -> Value:
        """Gives the sensitive members of a list their source; those of nested blocks are left without."""
        expression = attribute.expression
        if not (isinstance(value, Known) and isinstance(value.value, tuple) and isinstance(expression, dict)):
            return value
        source = self._references.source(expression, attribute.scope)
        return Known(tuple(source if isinstance(member, Unknown) else member for member in value.value))

    def _partly_known(self, attribute: _Attribute, after: list[Any], unknown: list[Any], sensitive: Any) -> Value:
        marks = sensitive if isinstance(sensitive, list) else []
        members = [(inner, _at(unknown, index), _at(marks, index)) for index, inner in enumerate(after)]
        if dict not in map(type, after):
            return Known(tuple(self._member(attribute, *member) for member in members))
        if isinstance(attribute.expression, dict):
            leaves = sum(_count(inner) for inner in unknown)
            pool = _Leaves(self._references, attribute, leaves)
            candidates: list[list[Mapping[str, Any]]] = [[] for _ in members]
        else:
            pool = None
            blocks = attribute.expression if isinstance(attribute.expression, list) else []
            candidates = self._matched(members, [mapping(block, "expressions") for block in blocks])
        return Known(
            tuple(
                self._block(attribute, *member, blocks, pool)
                for member, blocks in zip(members, candidates, strict=True)
            )
        )

    def _matched(self, planned: Sequence[_Planned], blocks: list[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
        """For each planned block those of the configuration it may be made from; none for all where `dynamic` blocks have a part in it."""
        if len(planned) != len(blocks):
            return [[] for _ in planned]
        constants = [self._constants(block) for block in blocks]
        possible = [
            {index for index, written in enumerate(constants) if _is_possible(after, unknown, written)}
            for after, unknown, _ in planned
        ]
        if sum(map(len, possible)) == len(set().union(*possible)) == len(blocks) and all(possible):
            candidates = [tuple(one) for one in possible]  # each has one of its own
        else:
            candidates = matched(possible, [repr((after, unknown)) for after, unknown, _ in planned])
        return [[blocks[index] for index in found] for found in candidates]

    def _constants(self, block: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """The arguments of a written block that are constants."""
        if (found := self._constant.get(id(block))) is None:
            found = self._constant[id(block)] = list(_constants(block))
        return found

    def _member(self, attribute: _Attribute, after: Any, unknown: Any, sensitive: Any) -> Value:
        if sensitive is True:
            return Unknown(why="marked sensitive")
        if not has_true(unknown):
            return known(after, sensitive)
        if attribute.expression is None:
            return Unknown()
        found = self._references.unknown(attribute.expression, attribute.scope, attribute.name, is_collection=True)
        return Unknown() if isinstance(found, Absent) else found

    def _block(
        self,
        attribute: _Attribute,
        after: Any,
        unknown: Any,
        sensitive: Any,
        blocks: list[Mapping[str, Any]],
        pool: _Leaves | None,
    ) -> Value:
        """One of the nested blocks of an attribute.

        Args:
            blocks: the blocks of the configuration that it may be made from; none where that is not known.
        """
        if sensitive is True:
            return Unknown(why="marked sensitive")
        if unknown is True or not isinstance(after, dict):
            return _HIDDEN if has_true(unknown) else known(after, sensitive)
        if not has_true(unknown):
            return known(after, sensitive)
        if _is_placeholder(after, unknown):
            return _HIDDEN
        return self._object(attribute, after, mapping(unknown, "after_unknown"), sensitive, blocks, pool)

    def _object(
        self,
        attribute: _Attribute,
        after: Mapping[str, Any],
        unknown: Mapping[str, Any],
        sensitive: Any,
        blocks: list[Mapping[str, Any]],
        pool: _Leaves | None,
    ) -> Value:
        marks = sensitive if isinstance(sensitive, dict) else _NONE
        values: dict[str, Value] = {}
        for name in (*after, *[name for name in unknown if name not in after]):
            mark = marks.get(name)
            is_open = unknown.get(name)
            if mark is True:
                value: Value = Unknown(why="marked sensitive")
            elif not is_open or not has_true(is_open):
                value = known(after.get(name), mark)
            elif pool is None:
                value = self._agreed(attribute, name, after, unknown, mark, _is_single(name, sensitive), blocks)
            elif is_open is True:
                value = pool.unknown(name, _is_single(name, sensitive))
            else:
                value = _unknown_members(after.get(name), is_open, pool, name)
            if not isinstance(value, Absent):
                values[name] = value
        return Known(values)

    def _agreed(
        self,
        attribute: _Attribute,
        name: str,
        after: Mapping[str, Any],
        unknown: Mapping[str, Any],
        sensitive: Any,
        is_single: bool,
        blocks: list[Mapping[str, Any]],
    ) -> Value:
        """An argument of a nested block, as every block says that it may be made from."""
        if not blocks:
            return _HIDDEN
        found: dict[Value, None] = {}
        is_unknown = unknown.get(name) is True
        for block in blocks:
            expression = block.get(name)
            if expression is None and is_unknown:
                found[_ABSENT] = None
                continue
            if is_unknown and sensitive is not True and (traversal := self._single(expression)) is not None:
                module = self._references.module(attribute.scope.module)
                found[self._references.unknown_resource(traversal, module, not is_single)] = None
                continue
            inner = _Attribute(attribute.instance, attribute.scope, name, expression)
            value = self._value(inner, after.get(name), unknown.get(name), sensitive, is_single)
            if not isinstance(value, (Unknown, Absent)):
                return value  # lists and blocks further down: the first will do
            found[value] = None
        if len(found) == 1:
            return next(iter(found))
        references = tuple(
            dict.fromkeys(reference for value in found if isinstance(value, Unknown) for reference in value.refers_to)
        )
        return Unknown(references)


class _Leaves:
    """The unknown arguments of blocks that are also attributes, whose references the plan pools."""

    def __init__(self, references: References, attribute: _Attribute, count: int) -> None:
        self._attribute = attribute
        self._count = count
        self._references = references
        self._pool: Pool | None = None

    def unknown(self, name: str, is_single: bool) -> Unknown:
        attribute = self._attribute
        if self._pool is None:
            self._pool = self._references.pool(attribute.expression, attribute.scope)
        return self._pool.unknown(name, not is_single, self._count, attribute.scope.module, attribute.name)


def _unknown_members(after: Any, unknown: Any, pool: _Leaves, name: str) -> Value:
    """A value in a block whose references are pooled: of a list some members may be unknown."""
    if isinstance(after, list) and isinstance(unknown, list):
        return Known(
            tuple(
                pool.unknown(name, False) if has_true(_at(unknown, index)) else known(inner)
                for index, inner in enumerate(after)
            )
        )
    return pool.unknown(name, False)


def _is_expression(tree: Mapping[str, Any]) -> bool:
    """Whether it is an attribute's expression, and not the arguments of a nested block."""
    return not tree or "references" in tree or "constant_value" in tree


def _is_single(name: str, sensitive: Any) -> bool:
    """Whether an unknown attribute of an object is no list, set or map.

    Args:
        sensitive: the object's `after_sensitive`. Where that was not written, the name must tell.
    """
    if isinstance(sensitive, dict):
        return not isinstance(sensitive.get(name), (list, dict))
    return not name.endswith("s")


def _at(marks: Sequence[Any], index: int) -> Any:
    return marks[index] if index < len(marks) else False


def _count(unknown: Any) -> int:
    """How many arguments of a block are unknown; the members of a list count one by one."""
    if isinstance(unknown, dict):
        return sum(_count(inner) for inner in unknown.values())
    if isinstance(unknown, list):
        return sum(_count(inner) for inner in unknown)
    return 1 if unknown is True else 0


def _is_placeholder(after: Mapping[str, Any], unknown: Any) -> bool:
    """Whether a rule stands for all that a `dynamic` block will make, for as many as that will be (`for_each` is unknown).

    Terraform then plans one block in which everything the block sets is unknown, literals included.
    """
    if not isinstance(unknown, dict) or unknown.get("protocol") is not True:
        return False
    rule = ("protocol", "from_port", "to_port")
    return all(unknown.get(name) is True and after.get(name) is None for name in rule)


_Planned = tuple[Any, Any, Any]


def _is_possible(after: Any, unknown: Any, constants: list[tuple[str, Any]]) -> bool:
    """Whether a planned block may be made from the written one that has these constants."""
    if not isinstance(after, dict):
        return True
    unknowns = unknown if isinstance(unknown, dict) else _NONE
    for name, expression in constants:
        if unknowns.get(name) is True:
            return False
        if name in after and isinstance(after[name], (str, int, float)) and not _is_same(after[name], expression):
            return False
    return True


def _is_same(planned: str | float, written: str | float) -> bool:
    # Terraform converts between texts, numbers and flags, and the provider may change the case.
    return str(planned).lower() == str(written).lower()


def _constants(block: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, expression in block.items():
        if not isinstance(expression, dict) or not is_constant(expression):
            continue
        if isinstance(expression["constant_value"], str | int | float):
            yield name, expression["constant_value"]
