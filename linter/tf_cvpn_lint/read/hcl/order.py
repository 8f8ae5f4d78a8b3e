"""What Terraform makes before a resource: all that its block names, directly or through locals, variables and outputs, and `depends_on`.

Values do not tell: `aws_vpc_ipv4_cidr_block_association.x.vpc_id` is the id of the VPC, and waits for the association all the same.

Source: https://developer.hashicorp.com/terraform/internals/graph
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.read.hcl.modules import MAX_MODULES, Module
from tf_cvpn_lint.read.hcl.syntax import (
    Binary,
    BlockBody,
    Conditional,
    Constant,
    Expression,
    ForDirective,
    ForObject,
    ForTuple,
    FunctionCall,
    GetAttr,
    IfDirective,
    Index,
    Interpolation,
    Name,
    NestedBlock,
    ObjectCons,
    Part,
    Splat,
    Template,
    TupleCons,
    Unary,
)

_ORDERED = frozenset(
    {
        "aws_ec2_client_vpn_endpoint",
        "aws_ec2_client_vpn_network_association",
        "aws_subnet",
        "aws_default_subnet",
        "aws_vpc_ipv4_cidr_block_association",
    }
)
"""The resources of which it matters what they wait for."""

_OF_ITERATORS = frozenset({"key", "value"})
"""`ip_address.value` inside a `dynamic` block names no resource; nor do `each`, `count` and the variables of a `for`, which have no
underscore where people follow the custom, and at worst name something that is not there."""


def dependencies(address: Address, body: BlockBody, module: Module) -> tuple[Address, ...]:
    """Resources that are made before this one, without instance keys."""
    found = _Dependencies()
    explicit = body.expression("depends_on")
    if explicit is not None:
        found.named(explicit, module)
    if address.type in _ORDERED:
        found.block(body, module)
        outer: Module = module
        while outer.call is not None and outer.parent is not None:
            whole = outer.call.body.expression("depends_on")
            outer = outer.parent
            if whole is not None:
                found.named(whole, outer)
    found.follow()
    return tuple(each for each in found.addresses if each != address.resource)


@dataclass(slots=True)
class _Dependencies:
    addresses: dict[Address, None] = field(default_factory=dict)
    _waiting: list[tuple[Expression, Module]] = field(default_factory=list)
    """What is still to be followed; a list, since locals may lead on and on."""
    _seen: set[tuple[object, str]] = field(default_factory=set)

    def named(self, expression: Expression, module: Module) -> None:
        """What a `depends_on` lists: resources, and modules with all that is in them."""
        for item in expression.items if isinstance(expression, TupleCons) else ():
            parts = _parts(item)
            if len(parts) == 2 and parts[0] == "module":
                self._everything(module, parts[1])
            elif parts:
                self._traversal(parts, module)

    def block(self, body: BlockBody, module: Module) -> None:
        for name, attribute in body.attributes.items():
            if name not in ("depends_on", "provider"):
                self._waiting.append((attribute.expression, module))
        for nested in body.blocks:
            self._nested(nested, module)

    def _nested(self, nested: NestedBlock, module: Module) -> None:
        if nested.type not in ("lifecycle", "provisioner", "connection"):
            self.block(nested.body, module)

    def follow(self) -> None:
        while self._waiting:
            expression, module = self._waiting.pop()
            for parts in _traversals(expression):
                self._traversal(parts, module)

    def _traversal(self, parts: list[str], module: Module) -> None:
        match parts:
            case ["var", name, *_]:
                if module.call is not None and module.parent is not None and self._is_new(module, f"var.{name}"):
                    passed = module.call.body.expression(name)
                    if passed is not None:
                        self._waiting.append((passed, module.parent))
            case ["local", name, *_]:
                written = module.local_expression(name)
                if written is not None and self._is_new(module, f"local.{name}"):
                    self._waiting.append((written, module))
            case ["module", name, output, *_]:
                for child in _children(module, name):
                    declaration = child.outputs.get(output)
                    value = declaration.body.expression("value") if declaration else None
                    if value is not None and self._is_new(child, f"output.{output}"):
                        self._waiting.append((value, child))
            case ["data", type_, name, *_]:
                self.addresses[Address(type_, name, None, module.path, "data")] = None
            case [type_, name, *_] if "_" in type_ and name not in _OF_ITERATORS:
                self.addresses[Address(type_, name, None, module.path)] = None
            case _:
                pass

    def _everything(self, module: Module, name: str) -> None:
        waiting = [(module, name)]
        while waiting:
            for child in _children(*waiting.pop()):
                if self._is_new(child, "*"):
                    for mode, declaration in child.resources():
                        type_, label = declaration.labels
                        self.addresses[Address(type_, label, None, child.path, mode)] = None
                    waiting += ((child, inner) for inner in child.calls)

    def _is_new(self, module: Module, name: str) -> bool:
        key = (module.path, name)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def _children(module: Module, name: str) -> Iterator[Module]:
    call = module.calls.get(name)
    if module.engine.modules > MAX_MODULES:
        return  # modules that call themselves: a gap says so
    if call is None or module.called_sources(name) is None:
        return
    for key in module.expansion(f"module.{name}", call).keys:
        child = module.child(name, key)
        if child is not None:
            yield child


def _parts(expression: object) -> list[str]:
    """`["aws_vpc", "main", "id"]` of a traversal, indices left out; empty for anything else."""
    parts: list[str] = []
    while True:
        match expression:
            case GetAttr(inner, name):
                parts.append(name)
                expression = inner
            case Index(inner, _):
                expression = inner
            case Name(name):
                return [name, *reversed(parts)]
            case Constant(str() as text) if not parts:
                return text.split(".")  # `depends_on` in quotes, as old syntax has it
            case _:
                return []


def _traversals(expression: Expression) -> Iterator[list[str]]:
    """Every traversal in an expression, however deep."""
    waiting: list[Expression | Part | None] = [expression]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Name | GetAttr | Index) and (parts := _parts(item)):
            yield parts
        # What it begins with says nothing that the whole has not said, but for the keys in its brackets.
        while isinstance(item, GetAttr | Index):
            if isinstance(item, Index):
                waiting.append(item.key)
            item = item.object
        match item:
            case Unary(_, inner) | Interpolation(inner):
                waiting.append(inner)
            case Splat(one, other) | Binary(_, one, other):
                waiting += (one, other)
            case Conditional(condition, then, otherwise):
                waiting += (condition, then, otherwise)
            case IfDirective(condition, parts_, others):
                waiting += (condition, *parts_, *others)
            case ForDirective(_, _, collection, body):
                waiting += (collection, *body)
            case TupleCons(items) | FunctionCall(_, items) | Template(items):
                waiting += items
            case ObjectCons(pairs):
                waiting += (each for pair in pairs for each in pair)
            case ForTuple(_, _, collection, result, condition_):
                waiting += (collection, result, condition_)
            case ForObject(_, _, collection, key, result, _, condition_):
                waiting += (collection, key, result, condition_)
            case _:
                pass
