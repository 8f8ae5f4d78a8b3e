"""Damage done to plans and to Terraform, with a will: what comes out still looks like what went in."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

WORDS = (
    *(
        "0.0.0.0/0",
        "::/0",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "256.1.1.1",
        "10.0.0.2",
        "fe80::1%eth0",
        "010.0.0.1",
        "1",
        "0x7f.1",
        "",
        " ",
        "/",
        "169.254.169.253",
    ),
    *(
        "aws_vpc.main.id",
        "module.network",
        "each.value",
        "each.key",
        "count.index",
        "module.a.module.b",
        'x["a"].y',
        "x[0",
        "self",
        "path.module",
        ".",
    ),
    *(
        'a["b',
        "a[\\",
        'module.x["',
        "module.",
        "module.x[0].module.y",
        "data.",
        "a.b.c.d.e",
        'aws_vpc.a["\\ud800"]',
        "aws_vpc.a[99999999999999999999999]",
    ),
    *(
        "\x1b[31m",
        "\u202e",
        "\x00",
        "\r\n",
        "::error::x",
        "<script>alert(1)</script>",
        "${a}",
        "%{if}",
        "]]>",
        "|`<img>",
        "é",
        "\U0001f600",
        "\u2028",
    ),
    *(
        "aws_ec2_client_vpn_endpoint",
        "aws_ec2_client_vpn_route",
        "aws_vpc",
        "aws_subnet",
        "aws_route",
        "aws_route53_resolver_endpoint",
        "managed",
        "data",
    ),
    *(
        "create",
        "delete",
        "no-op",
        "read",
        "forget",
        "true",
        "false",
        "null",
        "-1",
        "1e400",
        "tcp",
        "udp",
        "all",
        "icmp",
        "53",
        "associate-with",
    ),
)
NUMBERS: tuple[Any, ...] = (0, -1, 1, 53, 65536, 2**31, 2**63, -(2**64), 10**30, 10**400, 0.5, 1e308, 5e-324, -0.0)


def junk(chance: random.Random, depth: int = 3) -> Any:
    """A value of any kind."""
    kind = chance.randrange(9 if depth else 6)
    if kind == 0:
        return None
    if kind == 1:
        return chance.random() < 0.5
    if kind == 2:
        return chance.choice(NUMBERS)
    if kind in (3, 4):
        return chance.choice(WORDS)
    if kind == 5:
        return chance.choice(WORDS)[:1] * chance.choice((10, 1_000, 70_000)) + chance.choice(WORDS)
    if kind == 6:
        return [junk(chance, depth - 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        return {chance.choice(WORDS): junk(chance, depth - 1) for _ in range(chance.randrange(4))}
    nested: Any = chance.choice(WORDS)
    for _ in range(chance.choice((5, 50, 150))):
        nested = [nested] if chance.random() < 0.5 else {chance.choice(("id", "a", "references")): nested}
    return nested


Path_ = tuple[Any, Any]


def _pick(chance: random.Random, tree: Any) -> Path_ | None:
    """A container and a key in it, the deeper the likelier."""
    node = tree
    while isinstance(node, dict | list) and node:
        key = chance.choice(list(node)) if isinstance(node, dict) else chance.randrange(len(node))
        inner = node[key]
        if not (isinstance(inner, dict | list) and inner) or chance.random() < 0.12:
            return node, key
        node = inner
    return None


def _bend_text(chance: random.Random, text: str) -> str:
    if not text or chance.random() < 0.3:
        return chance.choice(WORDS)
    at = chance.randrange(len(text) + 1)
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + chance.choice(WORDS) + text[at:]
    if kind == 1:
        return text[:at] + text[at + chance.randrange(1, 4) :]
    if kind == 2:
        return (
            text[:at]
            + chr(chance.choice((0, 9, 10, 34, 46, 47, 58, 91, 92, 93, 127, 0x200B, 0x202E, 0x1F600)))
            + text[at:]
        )
    return re.sub(
        r"\d{1,40}",
        lambda found: str(chance.choice((0, 1, 2, 32, 33, 255, int(found[0]) ^ 1))),
        text,
        count=chance.randrange(1, 4),
    )


def bend(chance: random.Random, tree: Any, other: Any) -> None:
    """Changes one thing in the tree; `other` is where pieces of another come from."""
    if (picked := _pick(chance, tree)) is None:
        return
    node, key = picked
    kind = chance.randrange(10)
    value = node[key]
    if kind == 0:
        del node[key]
    elif kind in (1, 2):
        node[key] = junk(chance)
    elif kind in (3, 4, 5) and isinstance(value, str):
        node[key] = _bend_text(chance, value)
    elif kind == 6 and isinstance(node, list):
        node.extend([value] * chance.choice((1, 2, 40)))
    elif kind == 6 and isinstance(node, dict):
        node[_bend_text(chance, str(key))] = value
    elif kind == 7 and (found := _pick(chance, other)) is not None:
        node[key] = json.loads(json.dumps(found[0][found[1]]))  # a copy: a piece of it may end up within itself
    elif kind == 8:
        found = _pick(chance, tree)
        if found is not None and found[0] is not node:
            inner = json.loads(json.dumps(value))
            found[0][found[1]] = inner
    elif isinstance(value, bool):
        node[key] = not value
    elif isinstance(value, list):
        chance.shuffle(value)
    else:
        node[key] = [value] if chance.random() < 0.5 else str(value)


def plan(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A plan or a state with one to six things changed; now and then also its bytes."""
    try:
        tree = json.loads(data)
        pieces = json.loads(other)
    except (ValueError, RecursionError):
        return bytes_(chance, data)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        bend(chance, tree, pieces)
    try:
        written = json.dumps(tree, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return data
    return bytes_(chance, written) if chance.random() < 0.04 else written


def bytes_(chance: random.Random, data: bytes) -> bytes:
    """Bytes cut out, put in, or doubled."""
    start = chance.randrange(len(data) + 1)
    length = chance.choice((1, 1, 3, 20, 300))
    put = chance.choice(
        (b"", bytes(chance.randrange(256) for _ in range(chance.randrange(6))), data[start : start + length] * 2)
    )
    return data[:start] + put + data[start + length :]


EXPRESSIONS = (
    *(
        "null",
        "true",
        "{}",
        "[]",
        '""',
        "1e999",
        "9" * 400,
        "-",
        "!",
        "...",
        "[for",
        "each.value",
        "count.index",
        "path.module",
        "terraform.workspace",
        "self",
    ),
    *(
        "range(1000000)",
        "setproduct(range(300), range(300), range(300))",
        "[for a in range(1000) : [for b in range(1000) : a * b]]",
        "{ for a in [1, 1] : a => a... }",
    ),
    *(
        'format("%1000000d", 1)',
        'join("", [for a in range(1000) : "aaaaaaaaaa"])',
        'replace("aaaa", "/(a+)+$/", "b")',
        'regex("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
    ),
    *(
        'cidrsubnet("10.0.0.0/8", 24, 5)',
        'cidrhost("10.0.0.0/8", -1)',
        'cidrsubnets("10.0.0.0/8", 1, 2, 3)',
        "pow(9, pow(9, 9))",
        'jsondecode("[[[[")',
        'yamldecode("a: &a [*a]")',
    ),
    *(
        'file("/etc/passwd")',
        'templatefile("main.tf", {})',
        'fileset("/", "**")',
        'base64gzip("a")',
        "bcrypt(1)",
        "timestamp()",
        "uuid()",
        'parseint("zz", 36)',
        "1 / 0",
        "0 % 0",
    ),
    *(
        '"%{ for a in range(10) }${a}%{ endfor }"',
        '"${"${"${1}"}"}"',
        "<<E\n${a}\nE\n",
        "<<-E\n  %{ if true }\n  x\n  %{ endif }\n  E\n",
        "a[*].b",
        "a.*.b",
        "(((((1)))))",
    ),
    *(
        "try(a, b, c)",
        "can(a)",
        "merge({}...)",
        "flatten([[[]]])",
        'lookup({}, "a", null)',
        "element([], 0)",
        'sensitive("x")',
        "nonsensitive(1)",
        "provider::a::b(1)",
        "one([])",
    ),
)
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*|\d+(?:\.\d+)?|[{}\[\]()]|\S')
REFERENCE = re.compile(r"\b(?:local|var|module|aws_\w+|data)\.[\w.]+")


def _nested(chance: random.Random) -> str:
    depth = chance.choice((5, 50, 400, 3000))
    opening, closing = chance.choice(
        (
            ("[", "]"),
            ("(", ")"),
            ("{a=", "}"),
            ('"${', '}"'),
            ("!", ""),
            ("-", ""),
            ("f(", ")"),
            ("a ? 1 : ", ""),
            ("[for a in ", " : a]"),
        )
    )
    return opening * depth + "1" + closing * depth


def _edit(chance: random.Random, text: str, other: str) -> str:
    tokens = [(found.start(), found.end()) for found in TOKEN.finditer(text)]
    if not tokens:
        return other
    start, end = chance.choice(tokens)
    kind = chance.randrange(11)
    if kind == 0:
        return text[:start] + text[end:]
    if kind == 1:
        return text[:start] + chance.choice(EXPRESSIONS) + text[end:]
    if kind == 2:
        return text[:start] + json.dumps(chance.choice(WORDS)) + text[end:]
    if kind == 3:
        return text[:start] + chance.choice(WORDS) + text[end:]
    if kind == 4:
        return text[:start] + _nested(chance) + text[end:]
    if kind == 5:
        first, last = chance.choice(tokens)
        return text[:start] + text[first:last] + text[end:]
    if kind in (6, 7):
        references = REFERENCE.findall(text) or ["local.a"]
        places = list(REFERENCE.finditer(text))
        place = chance.choice(places) if places and chance.random() < 0.7 else None
        first, last = place.span() if place else (start, end)
        return str(text[:first] + chance.choice(references) + text[last:])
    if kind == 8:
        lines = text.split("\n")
        pieces = other.split("\n")
        at, begin = chance.randrange(len(lines) + 1), chance.randrange(len(pieces))
        return "\n".join([*lines[:at], *pieces[begin : begin + chance.choice((1, 3, 12))], *lines[at:]])
    if kind == 9:
        lines = text.split("\n")
        at = chance.randrange(len(lines))
        count = chance.choice((1, 2, 8))
        chosen = list(lines[at : at + count])
        return "\n".join([*lines[:at], *(chosen * chance.choice((0, 2, 2, 30))), *lines[at + count :]])
    found = re.compile(r"=[^=\n]*\n").search(text, start)
    if found is None:
        return text[:start]
    return f"{text[: found.start()]}= {chance.choice(EXPRESSIONS)}\n{text[found.end() :]}"


def terraform(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A file of Terraform with one to six things changed."""
    text, pieces = data.decode("utf-8", "replace"), other.decode("utf-8", "replace")
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        text = _edit(chance, text, pieces)
    written = text[: 2**20].encode("utf-8", "replace")
    return bytes_(chance, written) if chance.random() < 0.04 else written


def mutator(name: str) -> Callable[[random.Random, bytes, bytes], bytes]:
    """The one for a file of this name."""
    return plan if name.endswith(".json") else terraform
