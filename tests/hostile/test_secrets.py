"""No output tells a secret: canaries are put wherever a secret may be, and looked for in everything that is written."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from tests.hostile.cases import judged
from tf_cvpn_lint.adapt import TYPES
from tf_cvpn_lint.read.hcl.functions import NAMES
from tf_cvpn_lint.run import Options, run
from tf_cvpn_lint.settings import ReportFormat
from tf_cvpn_policies import RULES

ROOT = Path(__file__).resolve().parents[2]
CANARY = "cAnArY7731"
NETWORKS = ROOT / "fixtures" / "networks"


def everything(target: Path, work: Path, *more: str) -> str:
    """What the program writes about an input, in every format, with every hop, and what it would keep as a baseline."""
    told = []
    formats: list[str] = []
    for format_ in ReportFormat:
        formats += ["--format", format_.value, "--output", str(work / f"report.{format_.value}")]
    kept = ("--write-baseline", str(work / "baseline.json"))
    for arguments in (
        ["check", str(target), "--no-config", "--strict", *kept, *formats, *more],
        ["check", str(target), "--no-config", "--verbose", *more],
        ["trace", str(target), "--no-config", *more],
        ["trace", str(target), "--no-config", "--format", "json", *more],
    ):
        outcome = judged(arguments, seconds=60)
        assert not outcome.fault
        told += [outcome.out, outcome.err]
    told += [path.read_text("utf-8") for path in sorted(work.iterdir()) if path.is_file()]
    return "\n".join(told)


def leak(text: str) -> str:
    """What stands around a canary; empty where there is none."""
    at = text.lower().find(CANARY.lower())
    return text[max(0, at - 100) : at + 60] if at >= 0 else ""


# Plans


def _plan(network: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((NETWORKS / network / "plan.json").read_bytes())
    return loaded


def _marked(value: Any, number: list[int]) -> tuple[Any, Any]:
    """The value with a canary for every text in it, and Terraform's marks of what is sensitive."""
    if isinstance(value, dict):
        parts = {name: _marked(inner, number) for name, inner in value.items()}
        return {name: part for name, (part, _) in parts.items()}, {name: mark for name, (_, mark) in parts.items()}
    if isinstance(value, list):
        items = [_marked(inner, number) for inner in value]
        return [part for part, _ in items], [mark for _, mark in items]
    if isinstance(value, str):
        number[0] += 1
        return f"{CANARY}{number[0]}", True
    return value, False


def _instances(module: Any) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _instances(child)


@pytest.mark.parametrize(
    "type_",
    [
        "aws_ec2_client_vpn_endpoint",
        "aws_ec2_client_vpn_authorization_rule",
        "aws_vpc",
        "aws_subnet",
        "aws_security_group",
        "aws_route53_resolver_endpoint",
        "",
    ],
)
def test_what_a_plan_marks_as_sensitive_is_told_nowhere(type_: str, tmp_path: Path) -> None:
    plan = _plan("inbound-resolver-in-own-vpc")
    number = [0]
    values: dict[str, Any] = {}
    for change in plan["resource_changes"]:
        if type_ in ("", change["type"]):
            inside = change["change"]
            inside["after"], inside["after_sensitive"] = _marked(inside["after"], number)
            values[change["address"]] = inside["after"]
    for instance in _instances(plan["planned_values"]["root_module"]):
        if instance["address"] in values:
            instance["values"], instance["sensitive_values"] = _marked(instance["values"], number)
    assert number[0], "nothing was marked"
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "plan.json"
    path.write_text(json.dumps(plan), "utf-8")
    (tmp_path / "out").mkdir()
    assert not leak(everything(path, tmp_path / "out"))


def test_secrets_in_the_rest_of_a_plan_are_told_nowhere(tmp_path: Path) -> None:
    plan = _plan("seed-1-1-lan-resolver-full-tunnel")
    secret = {"value": CANARY}
    plan.setdefault("variables", {})["password"] = secret
    root = plan["configuration"]["root_module"]
    root.setdefault("variables", {})["password"] = {"sensitive": True, "default": CANARY}
    root.setdefault("outputs", {})["password"] = {"sensitive": True, "expression": {"constant_value": CANARY}}
    plan["planned_values"].setdefault("outputs", {})["password"] = {"sensitive": True, "value": CANARY}
    plan["output_changes"] = {"password": {"actions": ["create"], "after": CANARY, "after_sensitive": True}}
    provider = plan["configuration"].setdefault("provider_config", {}).setdefault("aws", {"name": "aws"})
    provider["expressions"] = {name: {"constant_value": CANARY} for name in ("access_key", "secret_key", "token")}
    for change in plan["resource_changes"]:
        change["change"]["before"] = {"password": CANARY}
        change["change"]["before_sensitive"] = {"password": True}
        change["change"].setdefault("after", {})["password_of_a_later_provider"] = CANARY
    foreign = {
        "aws_db_instance": {"password": CANARY, "username": CANARY},
        "aws_instance": {"user_data": CANARY, "user_data_base64": CANARY, "private_ip": "10.0.0.9"},
        "aws_directory_service_directory": {"password": CANARY, "name": "corp.example.com", "vpc_settings": []},
        "aws_vpn_connection": {"tunnel1_preshared_key": CANARY, "customer_gateway_configuration": CANARY},
        "aws_secretsmanager_secret_version": {"secret_string": CANARY},
        "tls_private_key": {"private_key_pem": CANARY},
        "aws_ec2_client_vpn_endpoint": {
            "client_cidr_block": "10.99.0.0/16",
            "dns_servers": ["10.0.0.2"],
            "description": "x",
            "banner": CANARY,
        },
    }
    for type_, values in foreign.items():
        plan["resource_changes"].append(
            {
                "address": f"{type_}.secret",
                "mode": "managed",
                "type": type_,
                "name": "secret",
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {
                    "actions": ["create"],
                    "before": None,
                    "after": values,
                    "after_unknown": {},
                    "after_sensitive": {},
                },
            }
        )
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "plan.json"
    path.write_text(json.dumps(plan), "utf-8")
    (tmp_path / "out").mkdir()
    assert not leak(everything(path, tmp_path / "out"))


def test_a_sensitive_variable_of_the_plan_stays_one_beside_sources_that_do_not_say_so(tmp_path: Path) -> None:
    """The sources may be older than the plan; it is the plan that knows."""
    inside = tmp_path / "in"
    inside.mkdir()
    network = NETWORKS / "values-from-tfvars"
    for path in network.glob("*.tf"):
        (inside / path.name).write_bytes(path.read_bytes())
    plan = _plan("values-from-tfvars")
    variables = plan["configuration"]["root_module"]["variables"]
    number = [0]
    for name, given in plan["variables"].items():
        variables.setdefault(name, {})["sensitive"] = True
        given["value"], _ = _marked(given["value"], number)
    assert number[0]
    for change in plan["resource_changes"]:
        unknown = dict.fromkeys(change["change"]["after"], True)
        change["change"]["after_unknown"] = unknown
        change["change"]["after"] = {}
    (inside / "plan.json").write_text(json.dumps(plan), "utf-8")
    (tmp_path / "out").mkdir()
    assert not leak(everything(inside / "plan.json", tmp_path / "out"))


# Terraform

ENDPOINT = """
resource "aws_ec2_client_vpn_endpoint" "this" {{
  description            = {description}
  server_certificate_arn = {certificate}
  client_cidr_block      = {cidr}
  dns_servers            = {servers}
  split_tunnel           = {split}
  vpc_id                 = aws_vpc.this.id
  authentication_options {{
    type                       = "certificate-authentication"
    root_certificate_chain_arn = {certificate}
  }}
  connection_log_options {{
    enabled = false
  }}
}}
resource "aws_vpc" "this" {{
  cidr_block = {cidr}
}}
resource "aws_subnet" "this" {{
  for_each   = {each}
  vpc_id     = aws_vpc.this.id
  cidr_block = {cidr}
}}
resource "aws_ec2_client_vpn_network_association" "this" {{
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = aws_subnet.this["a"].id
}}
resource "aws_ec2_client_vpn_authorization_rule" "this" {{
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = {cidr}
  access_group_id        = {certificate}
}}
resource "aws_ec2_client_vpn_route" "this" {{
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = {cidr}
  target_vpc_subnet_id   = {certificate}
}}
"""
PLAIN = {
    "description": '"x"',
    "certificate": '"arn:aws:acm:eu-west-1:111122223333:certificate/x"',
    "cidr": '"10.0.0.0/16"',
    "servers": '["10.0.0.2"]',
    "split": "true",
    "each": 'toset(["a"])',
}
SECRETS = (
    "var.secret",
    '"${var.secret}"',
    'sensitive("' + CANARY + '")',
    "upper(var.secret)",
    'format("%s/16", var.secret)',
    "local.derived",
    "module.inner.out",
    "tonumber(var.secret)",
    "cidrhost(var.secret, 1)",
    "local.map[var.secret]",
    '{ (var.secret) = "10.0.0.2" }[var.secret]',
    "file(var.secret)",
    "jsondecode(var.secret)",
    "var.secret + 1",
    'var.secret == "x" ? var.secret : var.object.a.b',
    "[for k, v in var.object : k => v]",
    'regex(var.secret, "x")',
    "var.typed",
    "nonsensitive(1) + var.secret",
    "one([var.secret, var.secret])",
    "element([], var.secret)",
)


def _root(expression: str, position: str) -> str:
    wanted = {"servers": f"[{expression}]", "each": f"toset([{expression}])"}.get(position, expression)
    return f"""
variable "secret" {{
  sensitive = true
  default   = "{CANARY}"
}}
variable "typed" {{
  type      = number
  sensitive = true
}}
variable "object" {{
  type      = map(string)
  sensitive = true
  default   = {{ {CANARY} = "{CANARY}" }}
}}
locals {{
  derived = "x-${{var.secret}}"
  map     = {{ a = 1 }}
}}
module "inner" {{
  source = "./inner"
  given  = var.secret
}}
""" + ENDPOINT.format(**{**PLAIN, position: wanted})


@pytest.mark.parametrize("position", sorted(PLAIN))
def test_what_terraform_marks_as_sensitive_is_told_nowhere(position: str, tmp_path: Path) -> None:
    work, out = tmp_path / "in", tmp_path / "out"
    (work / "inner").mkdir(parents=True)
    out.mkdir()
    (work / "inner" / "main.tf").write_text('variable "given" {}\noutput "out" { value = var.given }\n', "utf-8")
    (work / "terraform.tfvars").write_text(f'typed = "{CANARY}"\n', "utf-8")
    for expression in SECRETS:
        (work / "main.tf").write_text(_root(expression, position), "utf-8")
        assert not leak(everything(work, out)), expression


def test_no_function_tells_of_a_sensitive_argument(tmp_path: Path) -> None:
    declared = "\n".join(
        f'variable "{name}" {{\n  sensitive = true\n  default = {value}\n}}'
        for name, value in (("s", f'"{CANARY}"'), ("l", f'["{CANARY}"]'), ("m", f'{{ {CANARY} = "{CANARY}" }}'))
    )
    (tmp_path / "main.tf").write_text(declared, "utf-8")
    for name in sorted(NAMES):
        if name == "nonsensitive":
            continue
        for arguments in (
            "var.s",
            "var.l",
            "var.m",
            "var.s, var.s",
            "var.l, var.s",
            "1, var.s",
            "var.m, var.s",
            "var.s, var.l...",
            '"%d", var.s',
            "[var.s], [var.s]",
            "var.s, var.s, var.s",
        ):
            outcome = judged(["eval", str(tmp_path), f"{name}({arguments})"])
            assert not outcome.fault, (name, arguments)
            assert not leak(outcome.out + outcome.err), (name, arguments)


SENSITIVE = f'variable "s" {{\n  sensitive = true\n  default   = "{CANARY}"\n}}\n'
PLAINLY = f'variable "p" {{\n  default = "{CANARY}"\n}}\n'
"""Not marked by anybody: what it is used for makes it a secret."""
POSITIONS: dict[str, tuple[dict[str, str], dict[str, str], tuple[str, ...]]] = {
    "the keys of for_each": ({"main.tf": SENSITIVE}, {"each": 'toset(["a", var.s])'}, ()),
    "a call over several lines that is shown": (
        {},
        {"servers": f'["10.0.0.300", sensitive(\n    "{CANARY}"\n  ), "bad"]'},
        (),
    ),
    "a heredoc that is shown": ({}, {"servers": f'["10.0.0.300", sensitive(<<E\n{CANARY}\nE\n  ), "bad"]'}, ()),
    "an ephemeral variable": (
        {"main.tf": f'variable "e" {{\n  ephemeral = true\n  default = "{CANARY}"\n}}\n'},
        {"servers": "[var.e]", "cidr": "var.e"},
        ("var.e",),
    ),
    "an ephemeral resource": (
        {"main.tf": f'ephemeral "aws_secretsmanager_secret_version" "e" {{\n  version = "{CANARY}"\n}}\n'},
        {"servers": "[ephemeral.aws_secretsmanager_secret_version.e.version]"},
        ("ephemeral.aws_secretsmanager_secret_version.e.version", "ephemeral.aws_secretsmanager_secret_version.e"),
    ),
    "a directory's password": (
        {"main.tf": f'{PLAINLY}resource "aws_directory_service_directory" "d" {{\n  password = var.p\n}}\n'},
        {"servers": "[aws_directory_service_directory.d.password]"},
        ("aws_directory_service_directory.d.password", "aws_directory_service_directory.d"),
    ),
    "a tunnel's key": (
        {"main.tf": f'{PLAINLY}resource "aws_vpn_connection" "c" {{\n  tunnel1_preshared_key = var.p\n}}\n'},
        {"servers": "[aws_vpn_connection.c.tunnel1_preshared_key]"},
        ("aws_vpn_connection.c.tunnel1_preshared_key", "[aws_vpn_connection.c]"),
    ),
    "what is only written": (
        {"main.tf": f'{PLAINLY}resource "aws_db_instance" "d" {{\n  password_wo = var.p\n}}\n'},
        {"servers": "[aws_db_instance.d.password_wo]"},
        ("upper(aws_db_instance.d.password_wo)",),
    ),
    "user data": (
        {"main.tf": f'{PLAINLY}resource "aws_instance" "i" {{\n  user_data = "x ${{var.p}}"\n}}\n'},
        {"servers": "[aws_instance.i.user_data]"},
        ("aws_instance.i.user_data",),
    ),
    "a module's sensitive output": (
        {
            "main.tf": 'module "m" {\n  source = "./m"\n}\n',
            "m/main.tf": f'output "o" {{\n  sensitive = true\n  value = "{CANARY}"\n}}\n',
        },
        {"servers": "[module.m.o]", "cidr": "module.m.o"},
        ("module.m.o", "module.m"),
    ),
    "a module's sensitive variable": (
        {
            "main.tf": f'module "m" {{\n  source = "./m"\n  i = "{CANARY}"\n}}\n',
            "m/main.tf": 'variable "i" {\n  sensitive = true\n}\noutput "o" {\n  value = "x${var.i}"\n}\n',
        },
        {"servers": "[module.m.o]"},
        ("module.m.o", "module.m"),
    ),
    "a connection string": ({"main.tf": SENSITIVE}, {"description": '"postgres://u:${var.s}@h/db"'}, ()),
    "a condition's message": (
        {"main.tf": SENSITIVE + 'check "c" {\n  assert {\n    condition = var.s == 1\n    error_message = var.s\n  }\n}\n'},
        {},
        (),
    ),
    "a variable file that does not parse": (
        {"main.tf": 'variable "s" {\n  sensitive = true\n}\n', "terraform.tfvars": f's = "{CANARY}\n'},
        {"servers": "[var.s]"},
        (),
    ),
    "a template that fails": (
        {"main.tf": SENSITIVE, "t.tftpl": "${s} ${unknown}"},
        {"servers": '[templatefile("t.tftpl", { s = var.s })]'},
        ('templatefile("t.tftpl", { s = var.s })', 'templatestring(var.s, {})'),
    ),
    "what Terraform refuses": (
        {"main.tf": SENSITIVE},
        {},
        (
            "{ for x in [var.s, var.s] : x => x }",
            "[for x in var.s : x]",
            "var.s[0]",
            "var.s.a",
            "-var.s",
            "var.s ? 1 : 2",
            '{ (var.s) = 1 }["b"]',
            "[1][var.s]",
            'yamldecode("a: ${var.s}: b")',
            'csvdecode("a,b\\n${var.s}")',
            "provider::a::b(var.s)",
            "local[var.s]",
            "merge(var.s...)",
            'replace(var.s, "/(/", "x")',
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(POSITIONS))
def test_a_secret_in_any_position_is_told_nowhere(name: str, tmp_path: Path) -> None:
    files, values, expressions = POSITIONS[name]
    work, out = tmp_path / "in", tmp_path / "out"
    out.mkdir()
    for file, text in {**files, "endpoint.tf": ENDPOINT.format(**{**PLAIN, **values})}.items():
        (work / file).parent.mkdir(parents=True, exist_ok=True)
        (work / file).write_text(text, "utf-8")
    told = everything(work, out)
    for expression in expressions:
        outcome = judged(["eval", str(work), expression])
        assert not outcome.fault
        told += outcome.out + outcome.err
    assert not leak(told)


HOLDING_SECRETS = (
    "password",
    "password_wo",
    "user_data",
    "user_data_base64",
    "tunnel1_preshared_key",
    "customer_gateway_configuration",
    "secret_string",
    "private_key",
    "auth_token",
)


def held(root: object) -> list[str]:
    """Every text with a canary in it that can be reached from this object: what a dump of it would show."""
    found: list[str] = []
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        here = waiting.pop()
        if id(here) in seen or isinstance(here, type | ModuleType | FunctionType):
            continue
        seen.add(id(here))
        if isinstance(here, str):
            found += [here] if CANARY in here else []
        elif isinstance(here, bytes):
            found += [repr(here)] if CANARY.encode() in here else []
        else:
            waiting += gc.get_referents(here)
            waiting += [getattr(here, name, None) for name in getattr(type(here), "__struct_fields__", ())]
    return found


def _unmarked() -> dict[str, Any]:
    """What nobody marked, in attributes that are secrets by what they are for, and in blocks."""
    plain: dict[str, Any] = dict.fromkeys(HOLDING_SECRETS, CANARY)
    return {**plain, "tunnel_options": [{"preshared_key": CANARY}], "settings": {"admin": [{"password": CANARY}]}}


@pytest.mark.parametrize("kind", ["plan", "state"])
def test_passwords_keys_and_scripts_are_not_loaded_whoever_marks_them(kind: str, tmp_path: Path) -> None:
    tree = _plan("seed-1-1-lan-resolver-full-tunnel")
    provider = "registry.terraform.io/hashicorp/aws"
    named = [
        {"address": f"{type_}.x", "mode": "managed", "type": type_, "name": "x", "provider_name": provider}
        for type_ in sorted(TYPES)
    ]
    if kind == "plan":
        for each in named:
            change = {"actions": ["create"], "before": None, "after": _unmarked(), "after_unknown": {}}
            tree["resource_changes"].append({**each, "change": {**change, "after_sensitive": {}}})
    else:
        resources = [{**each, "values": {"id": "x-1", **_unmarked()}, "sensitive_values": {}} for each in named]
        tree = {
            "format_version": "1.0",
            "terraform_version": "1.9.0",
            "values": {"root_module": {"resources": resources}},
        }
    path = tmp_path / "given.json"
    path.write_text(json.dumps(tree), "utf-8")
    result = run([str(path)], RULES, Options())
    assert len(result.judgements[0].configuration.resources) >= len(TYPES)
    assert not held(result)
    assert held((CANARY, {"a": [CANARY]})), "the search finds what is there"
