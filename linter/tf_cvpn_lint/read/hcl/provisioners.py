"""What the commands of a resource make, as far as evaluating them tells: its provisioners', and the program of an `external` data source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial

from tf_cvpn_lint.core.address import Address, InstanceKey
from tf_cvpn_lint.core.value import Call, Literal, Symbol
from tf_cvpn_lint.read.commands import (
    COMMANDS,
    MADE,
    MADE_FOR_ENDPOINT,
    NOT_READ,
    SCRIPTS,
    UNKNOWN_PART,
    look_through,
    types_made,
)
from tf_cvpn_lint.read.hcl.functions.files import Files
from tf_cvpn_lint.read.hcl.functions.signature import FunctionError, NotEvaluatedError
from tf_cvpn_lint.read.hcl.modules import Expansion, Module
from tf_cvpn_lint.read.hcl.sources import Declaration
from tf_cvpn_lint.read.hcl.syntax import BlockBody, Constant, GetAttr, Index, Name, NestedBlock, TupleCons
from tf_cvpn_lint.read.hcl.values import StringValue, UnknownValue, Value, parts_of, unknowns_of

MAX_INSTANCES = 50
"""Instances of one resource whose commands are looked through."""

_MENTIONS = re.compile(r"\bprovisioner\b")
_ENDPOINT = "aws_ec2_client_vpn_endpoint"
_ENDPOINT_ID = re.compile(r"cvpn-endpoint-[0-9a-f]+")


def mentions_command(declaration: Declaration) -> bool:
    """Whether there may be a command in the block; told without parsing it."""
    return (declaration.type == "data" and declaration.labels[0] == "external") or (
        declaration.type == "resource" and _mentions(declaration.text)
    )


@lru_cache(maxsize=8)
def _mentions(text: str) -> bool:
    return bool(_MENTIONS.search(text))  # of JSON the text is the whole file, the same for each of its blocks


def made_by_commands(
    module: Module, declaration: Declaration, address: Address, expansion: Expansion
) -> Mapping[str, str]:
    """The resource types that the commands make, each with why it is thought so."""
    made: dict[str, str] = {}
    keys: tuple[InstanceKey, ...] = expansion.keys[:MAX_INSTANCES] or (None,)
    for key in keys:
        one = Address(address.type, address.name, key, address.module, address.mode)
        for type_, why in _of_instance(module, declaration, one).items():
            if made.get(type_) != MADE:
                made[type_] = why
    return made


def _of_instance(module: Module, declaration: Declaration, address: Address) -> Mapping[str, str]:
    scope = module.resource_scope(address, declaration)
    body = declaration.body
    found: set[str] = set()
    is_read = True
    values: list[Value] = []

    def evaluated(one: BlockBody, name: str) -> Value:
        attribute = one.attributes[name]
        compute = partial(module.evaluate, attribute.expression, scope)
        return module.engine.bounded(str(address), name, attribute.location, compute)

    for run in _runs(declaration):
        given = {name: evaluated(run, name) for name in run.attributes}
        values += given.values()
        interpreter = tuple(text for text in _texts(given.get("interpreter")) if text)
        where = next(iter(_texts(given.get("working_dir"))), "")
        read = partial(_content, module.files, where)
        for name, value in given.items():
            if name in COMMANDS or name in SCRIPTS or name == "program":
                texts = tuple(_texts(value))
                for text in texts if name != "program" else (" ".join(texts),):
                    seen = look_through(text, read, interpreter if name == "command" else ())
                    found |= seen.makes
                    is_read = is_read and seen.is_read
            else:
                found.update(*map(types_made, _texts(value)))
    if not is_read and declaration.type == "resource":
        values += [evaluated(body, name) for name in body.attributes if name not in ("count", "for_each", "depends_on")]
        if any(map(_names_endpoint, values)) or _depends_on_endpoint(body):
            return dict.fromkeys(MADE_FOR_ENDPOINT, NOT_READ) | dict.fromkeys(found, MADE)
    return dict.fromkeys(found, MADE)


def _runs(declaration: Declaration) -> Iterator[BlockBody]:
    """The bodies that hold a command which is run when the resource is made."""
    if declaration.type == "data":
        yield declaration.body
        return
    for block in declaration.body.nested("provisioner"):
        if not _is_for_destroying(block):
            yield block.body


def _is_for_destroying(block: NestedBlock) -> bool:
    when = block.body.expression("when")
    return when in (Name("destroy"), Constant("destroy"))


def _texts(value: Value | None) -> Iterator[str]:
    """The texts in a value, with a mark for each part of them that is not known."""
    match value:
        case None:
            return
        case StringValue(text=text):
            yield text
        case UnknownValue(symbol=symbol):
            yield "".join(_pieces(symbol)) if symbol is not None else UNKNOWN_PART
        case _:
            for part in parts_of(value):
                yield from _texts(part)


def _pieces(symbol: Symbol) -> Iterator[str]:
    match symbol:
        case Call(function="template", arguments=arguments):
            for one in arguments:
                yield from _pieces(one)
        case Literal(value=str() as text):
            yield text
        case _:
            yield UNKNOWN_PART


def _content(files: Files, where: str, path: str) -> str | None:
    """A file that a command names: relative to where the command is run."""
    for place in (f"{where.rstrip('/')}/{path}", path) if where and UNKNOWN_PART not in where else (path,):
        try:
            return files.read(place).decode("utf-8", "replace")
        except (FunctionError, NotEvaluatedError):
            continue
    return None


def _names_endpoint(value: Value) -> bool:
    return any(
        isinstance(reference.target, Address) and reference.target.type == _ENDPOINT
        for origin in unknowns_of(value)
        for reference in origin.refers_to
    ) or any(map(_ENDPOINT_ID.search, _texts(value)))


def _depends_on_endpoint(body: BlockBody) -> bool:
    """Whether its `depends_on` names an endpoint, what belongs to one, or a module: any may hold one."""
    depends = body.expression("depends_on")
    for item in depends.items if isinstance(depends, TupleCons) else ():
        while isinstance(item, Index):
            item = item.object
        match item:
            case GetAttr(Name("module"), _):
                return True
            case GetAttr(Name(type_), _) if type_.startswith("aws_ec2_client_vpn_"):
                return True
            case _:
                pass
    return False
