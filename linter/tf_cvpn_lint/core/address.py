r"""Terraform's names: resource addresses with their modules and instance keys, and references to attributes, variables and outputs.

The text form is Terraform's own (`module.vpn["dev"].aws_subnet.private[0]`), and reading it back gives the same address.
Source: https://developer.hashicorp.com/terraform/cli/state/resource-addressing
"""

from __future__ import annotations

import json
import re
from functools import lru_cache, total_ordering
from typing import Literal

from tf_cvpn_lint.core.records import dataclass, field, settle

Mode = Literal["managed", "data"]
InstanceKey = int | str | None
"""`count` gives integers, `for_each` gives strings, neither gives None."""

_NAME = re.compile(r"[\w-]+", re.UNICODE)
_NUMBER = re.compile(r"\[(\d+)\]")
_STRING = re.compile(r'\["((?:[^"\\]|\\.)*)"\]')
_quoted = json.JSONEncoder(ensure_ascii=False).encode


class AddressError(ValueError):
    """The text is not a Terraform address."""


def quote_key(key: InstanceKey) -> str:
    """`[0]`, `["a"]` or nothing, with Terraform's escapes (`${` and `%{` are doubled as in any HCL string)."""
    if key is None:
        return ""
    if isinstance(key, int):
        return f"[{key}]"
    text = _quoted(key)
    if "{" in text:
        text = text.replace("${", "$${").replace("%{", "%%{")
    return f"[{text}]"


def unquote_key(text: str) -> str:
    """The key that stands between the quotes of `["…"]`.

    Raises:
        AddressError: an escape is none of a quoted string's.
    """
    try:
        value = json.loads(f'"{text}"', strict=False)
    except ValueError as fault:
        raise AddressError(f"instance key {text!r} is not a quoted string") from fault
    assert isinstance(value, str)
    return value.replace("$${", "${").replace("%%{", "%{")


def _key_order(key: InstanceKey) -> tuple[int, int, str]:
    if key is None:
        return (0, 0, "")
    if isinstance(key, int):
        return (1, key, "")
    return (2, 0, key)


@dataclass(frozen=True, slots=True)
class ModuleStep:
    """One module call on the way down: its name and, for `count` and `for_each`, the instance."""

    name: str
    key: InstanceKey = None

    def __str__(self) -> str:
        return f"module.{self.name}{quote_key(self.key)}"


ModulePath = tuple[ModuleStep, ...]
"""From the root down; `()` is the root module."""


@lru_cache(maxsize=4096)
def format_module(path: ModulePath) -> str:
    """`module.a.module.b[0]`, or an empty string for the root."""
    return ".".join(str(step) for step in path)


@lru_cache(maxsize=4096)
def module_order(path: ModulePath) -> tuple[tuple[str, tuple[int, int, str]], ...]:
    """What modules are sorted by; of many resources in one module it is the same object, which compares at once."""
    return tuple((step.name, _key_order(step.key)) for step in path)


@total_ordering
@dataclass(frozen=True, slots=True)
class Address:
    """One resource instance, or (without a key) a resource whose instances are not told apart."""

    type: str
    name: str
    key: InstanceKey = None
    module: ModulePath = ()
    mode: Mode = "managed"
    _text: str = field(init=False, repr=False, compare=False)
    """What `str` gives, once it was asked for: a report names the same things over and over."""

    def __str__(self) -> str:
        try:
            return self._text
        except AttributeError:
            settle(self, "_text", text := self._written())
            return text

    def _written(self) -> str:
        own = f"{self.type}.{self.name}" if self.key is None else f"{self.type}.{self.name}{quote_key(self.key)}"
        if self.mode == "data":
            own = f"data.{own}"
        return f"{format_module(self.module)}.{own}" if self.module else own

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Address):
            return NotImplemented
        return self.order() < other.order()

    def order(self) -> tuple[object, ...]:
        """What they are sorted by."""
        return (module_order(self.module), self.mode, self.type, self.name, _key_order(self.key))

    @property
    def resource(self) -> Address:
        """The same resource without its own instance key (the keys of the modules stay)."""
        return self if self.key is None else Address(self.type, self.name, None, self.module, self.mode)

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address written in `text`.

        Raises:
            AddressError: `text` is anything else, such as a variable, or has something left over.
        """
        module, at = _parse_module(text, 0)
        mode: Mode = "managed"
        if text.startswith("data.", at):
            mode, at = "data", at + 5
        type_, at = _name(text, at)
        at = _dot(text, at)
        name, at = _name(text, at)
        key, at = _key(text, at)
        if at != len(text):
            raise AddressError(f"{text!r}: {text[at:]!r} is left over after the resource")
        return cls(type_, name, key, module, mode)


def parse_module(text: str) -> ModulePath:
    """The module path written in `text`; an empty text is the root.

    Raises:
        AddressError: it is something else.
    """
    if not text:
        return ()
    path, at = _parse_module(f"{text}.", 0)
    if at != len(text) + 1:
        raise AddressError(f"{text!r} is not a module path")
    return path


def _parse_module(text: str, at: int) -> tuple[ModulePath, int]:
    steps: list[ModuleStep] = []
    while text.startswith("module.", at):
        name, at = _name(text, at + 7)
        key, at = _key(text, at)
        at = _dot(text, at)
        steps.append(ModuleStep(name, key))
    return tuple(steps), at


def _name(text: str, at: int) -> tuple[str, int]:
    found = _NAME.match(text, at)
    if not found:
        raise AddressError(f"{text!r}: a name is missing at position {at}")
    return found.group(), found.end()


def _dot(text: str, at: int) -> int:
    if not text.startswith(".", at):
        raise AddressError(f"{text!r}: a dot is missing at position {at}")
    return at + 1


def _key(text: str, at: int) -> tuple[InstanceKey, int]:
    if not text.startswith("[", at):
        return None, at
    if number := _NUMBER.match(text, at):
        if len(number.group(1)) > 18:
            raise AddressError(f"{text!r}: the index is too large")
        return int(number.group(1)), number.end()
    if string := _STRING.match(text, at):
        return unquote_key(string.group(1)), string.end()
    raise AddressError(f"{text!r}: the instance key at position {at} is neither a number nor a quoted string")


@dataclass(frozen=True, slots=True)
class Name:
    """Something of a module that is no resource: `var.cidr`, `local.subnets`, the output `module.vpc.vpc_id`, `each.value`."""

    text: str
    module: ModulePath = ()

    def __str__(self) -> str:
        return f"{format_module(self.module)}.{self.text}" if self.module else self.text


@dataclass(frozen=True, slots=True)
class Reference:
    """What a value comes from: a resource attribute (`aws_vpc.a` + `cidr_block`), or a name.

    `target` without an instance key, where the resource has instances, means any of them.
    """

    target: Address | Name
    attribute: str = ""

    def __str__(self) -> str:
        return f"{self.target}.{self.attribute}" if self.attribute else str(self.target)
