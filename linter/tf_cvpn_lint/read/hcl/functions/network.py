"""Functions on address ranges.

Addresses are read as Terraform reads them, which is laxer than `ipaddress`: leading zeros are decimal (`010.0.0.0/8` is 10.0.0.0/8),
and host bits are dropped.
Source: https://developer.hashicorp.com/terraform/language/functions/cidrhost and the pages of the others;
https://github.com/hashicorp/terraform/tree/main/internal/ipaddr for leading zeros.
"""

from __future__ import annotations

import ipaddress
import re

from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.read.hcl.functions.signature import (
    Function,
    FunctionError,
    NotEvaluatedError,
    Parameter,
    machine_integer,
    text,
    whole,
)
from tf_cvpn_lint.read.hcl.types import NUMBER, STRING, ListType
from tf_cvpn_lint.read.hcl.values import Value, list_of, string

_OCTET = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class _Network:
    base: int
    length: int
    """Bits of the prefix."""
    bits: int
    """32 or 128."""

    def __str__(self) -> str:
        return f"{_format(self.base, self.bits)}/{self.length}"

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.base + (1 << (self.bits - self.length))


def _format(address: int, bits: int) -> str:
    if bits == 32:
        return str(ipaddress.IPv4Address(address))
    return str(ipaddress.IPv6Address(address))


def _parse(given: Value) -> _Network:
    written = text(given)
    address, slash, length = written.partition("/")
    refused = FunctionError(f'invalid CIDR expression: prefix "{written}" is not a CIDR')
    if not slash or not re.fullmatch(r"[0-9]{1,3}", length):
        raise refused
    if ":" in address:
        if "%" in address:
            raise refused
        try:
            base, bits = int(ipaddress.IPv6Address(_decimal_tail(address))), 128
        except ValueError:
            raise refused from None
    else:
        octets = address.split(".")
        if len(octets) != 4 or not all(_OCTET.fullmatch(octet) and int(octet) < 256 for octet in octets):
            raise refused
        base, bits = int.from_bytes(bytes(int(octet) for octet in octets), "big"), 32
    if int(length) > bits:
        raise refused
    if bits == 128 and base >> 32 == 0xFFFF:
        raise NotEvaluatedError("an IPv4 address written as IPv6, which Terraform mixes up")
    host = bits - int(length)
    return _Network(base >> host << host, int(length), bits)


def _decimal_tail(address: str) -> str:
    """An IPv6 address whose IPv4 tail, if it has one, is without leading zeros."""
    head, colon, tail = address.rpartition(":")
    if "." not in tail or not all(_OCTET.fullmatch(octet) for octet in tail.split(".")):
        return address
    return head + colon + ".".join(str(int(octet)) for octet in tail.split("."))


def _cidrhost(prefix: Value, hostnum: Value) -> Value:
    number = whole(hostnum, "hostnum")
    network = _parse(prefix)
    size = 1 << (network.bits - network.length)
    if not -size <= number < size:
        if abs(number) >= 2**63:
            raise NotEvaluatedError("a host number that Terraform mixes up with a negative one")
        raise FunctionError(f"prefix of {network.length} does not accommodate a host numbered {number}")
    return string(_format(network.base + (number if number >= 0 else size + number), network.bits))


def _cidrnetmask(prefix: Value) -> Value:
    network = _parse(prefix)
    if network.bits != 32:
        raise FunctionError(f"IPv6 addresses cannot have a netmask: {text(prefix)}")
    return string(_format((1 << 32) - (1 << (32 - network.length)), 32))


def _cidrsubnet(prefix: Value, newbits: Value, netnum: Value) -> Value:
    extra, number = machine_integer(newbits, "newbits"), whole(netnum, "netnum")
    network = _parse(prefix)
    length = network.length + extra
    if length > network.bits:
        raise FunctionError(f"insufficient address space to extend prefix of {network.length} by {extra}")
    if extra < 0 or number < 0:
        raise NotEvaluatedError("negative numbers, for which Terraform gives ranges outside of the prefix")
    if number >> 64 and number >> extra:
        raise NotEvaluatedError("a network number that Terraform mixes up with a smaller one")
    if number >> extra:
        raise FunctionError(f"prefix extension of {extra} does not accommodate a subnet numbered {number}")
    return string(str(_Network(network.base + (number << (network.bits - length)), length, network.bits)))


def _cidrsubnets(prefix: Value, *newbits: Value) -> Value:
    network = _parse(prefix)
    if newbits and network.base == 0:
        # Terraform looks for what comes after the network before this one, and there is none
        raise FunctionError("not enough remaining address space for a subnet of a prefix that begins at 0")
    made: list[Value] = []
    free = network.base
    for position, one in enumerate(newbits):
        extra = machine_integer(one, f"newbits[{position}]")
        if extra < 1:
            raise FunctionError("must extend prefix by at least one bit")
        if extra > 32:
            raise FunctionError("may not extend prefix by more than 32 bits")
        length = network.length + extra
        if length > network.bits:
            kind = "IPv4" if network.bits == 32 else "IPv6"
            raise FunctionError(f"would extend prefix to {length} bits, which is too long for an {kind} address")
        size = 1 << (network.bits - length)
        base = -(-free // size) * size
        if base + size > network.end:
            raise FunctionError(f"not enough remaining address space for a subnet with a prefix of {length} bits")
        made.append(string(str(_Network(base, length, network.bits))))
        free = base + size
    return list_of(STRING, made)


_PREFIX = Parameter("prefix", STRING)

FUNCTIONS = (
    Function("cidrhost", _cidrhost, (_PREFIX, Parameter("hostnum", NUMBER)), returns=STRING, least=2),
    Function("cidrnetmask", _cidrnetmask, (_PREFIX,), returns=STRING, least=7),
    Function(
        "cidrsubnet",
        _cidrsubnet,
        (_PREFIX, Parameter("newbits", NUMBER), Parameter("netnum", NUMBER)),
        returns=STRING,
        least=4,
    ),
    Function("cidrsubnets", _cidrsubnets, (_PREFIX,), Parameter("newbits", NUMBER), ListType(STRING)),
)
