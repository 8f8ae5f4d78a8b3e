"""Time and memory are bounded by the size of the input; what lies past a bound is a gap that names it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.hostile.cases import judged, write

ENDPOINT = """
resource "aws_ec2_client_vpn_endpoint" "this" {
  server_certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/x"
  client_cidr_block      = "10.200.0.0/16"
  dns_servers            = local.x
  split_tunnel           = true
  authentication_options {
    type = "certificate-authentication"
  }
  connection_log_options {
    enabled = false
  }
}
"""


def chain(count: int, step: str, first: str = '["x", "x"]') -> str:
    """Locals of which each is made of the one before it, twice."""
    lines = [f"  a0 = {first}", *(f"  a{n + 1} = {step.replace('$', f'local.a{n}')}" for n in range(count))]
    return "locals {\n" + "\n".join(lines) + f"\n  x = [local.a{count}]\n}}\n"


def local(expression: str) -> str:
    return f"locals {{\n  x = {expression}\n}}\n"


def calls(source: str, count: int) -> str:
    return "".join(f'module "m{n}" {{\n  source = "{source}"\n}}\n' for n in range(count))


def dynamic(name: str, content: str) -> str:
    return f'dynamic "{name}" {{\n  for_each = range(1000)\n  content {{\n{content}}}\n}}\n'


def group(blocks: str, count: int = 1) -> str:
    return f'resource "aws_security_group" "g" {{\n  count = {count}\n{blocks}}}\n'


MILLION = "[for a in range(1000) : [for b in range(1000) : a * b]]"
IGNORED = '# tf-cvpn-lint:ignore CVPN101 reason="x"\n'
INGRESS = '  from_port   = 53\n  to_port     = 53\n  protocol    = "udp"\n  cidr_blocks = ["10.0.0.0/8"]\n'
SLASHED_QUOTE = chr(92) + '"'
PLAIN = local('["10.0.0.2"]')
ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)
)
CASES: Mapping[str, Mapping[str, str]] = {
    "range": {"main.tf": local('[for n in range(1000000) : "10.0.0.${n}"]')},
    "ranges-within-ranges": {
        "main.tf": local("[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]")
    },
    "setproduct": {"main.tf": local("setproduct(range(1000), range(1000), range(1000))")},
    "lists-that-double": {"main.tf": chain(60, "concat($, $)")},
    "texts-that-double": {"main.tf": chain(60, '"${$}${$}"', '"xxxx"')},
    "lists-that-share": {"main.tf": chain(60, "[$, $]")},
    "lists-that-share-flattened": {
        "main.tf": chain(60, "[$, $]").replace("x = [", "x = flatten([").replace("]\n}", "])\n}")
    },
    "unknowns-that-share": {"main.tf": 'data "aws_x" "y" {}\n' + chain(60, "[$, $]", "[data.aws_x.y.z]")},
    "unknown-texts-that-share": {"main.tf": 'data "aws_x" "y" {}\n' + chain(60, '"${$}${$}"', '"${data.aws_x.y.z}"')},
    "numbers-that-square": {"main.tf": chain(60, "$ * $", "9")},
    "powers": {"main.tf": local("[tostring(pow(9, pow(9, 9)))]")},
    "a-million-digits": {"main.tf": local(f"[{'9' * 1_000_000}]")},
    "an-exponent-of-a-thousand-digits": {"main.tf": local(f"[1e{'9' * 1000}]")},
    "parseint": {"main.tf": local(f'[parseint("{"9" * 1_000_000}", 10)]')},
    "format-width": {"main.tf": local('[format("%1000000000d", 1)]')},
    "replace": {"main.tf": local(f'[replace("{"a" * 10000}", "a", "{"b" * 10000}")]')},
    "regex-backtracking": {"main.tf": local(f'[regex("(a*)*b", "{"a" * 40}")]')},
    "regex-of-repeats": {"main.tf": local('[regex("((((a{1,100}){1,100}){1,100}){1,100})", "aaa")]')},
    "regex-of-groups": {"main.tf": local(f'[regex("{"(" * 3000}a{")" * 3000}", "aaa")]')},
    "aliases": {"main.tf": f"locals {{\n  x = yamldecode(<<E\n{ALIASES}E\n  )\n}}\n"},
    "template": {
        "main.tf": local('[templatefile("a.tpl", {})]'),
        "a.tpl": "%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }x%{ endfor }%{ endfor }%{ endfor }",
    },
    "template-of-itself": {
        "main.tf": local('[templatefile("a.tpl", {})]'),
        "a.tpl": '${templatefile("a.tpl", {})}' * 2,
    },
    "locals-in-a-circle": {"main.tf": "locals {\n  a = local.b\n  b = local.a\n  x = [local.a]\n}\n"},
    "resources-in-a-circle": {
        "main.tf": 'resource "aws_instance" "a" {\n  count = length(aws_instance.a)\n}\n'
        + local("aws_instance.a[*].private_ip")
    },
    "a-long-chain": {"main.tf": chain(5000, "$", '"10.0.0.2"')},
    "a-module-of-itself": {"main.tf": PLAIN + calls("./", 10)},
    "modules-of-each-other": {
        "main.tf": PLAIN + calls("./a", 1),
        "a/main.tf": calls("../b", 4),
        "b/main.tf": calls("../a", 4),
    },
    "modules-that-fan-out": {
        "main.tf": PLAIN + calls("./a0", 4),
        **{f"a{n}/main.tf": calls(f"../a{n + 1}", 4) for n in range(15)},
    },
    "a-million-modules": {
        "main.tf": PLAIN + 'module "m" {\n  source = "./a"\n  count = 1000\n}\n',
        "a/main.tf": 'module "n" {\n  source = "../b"\n  count = 1000\n}\n',
        "b/main.tf": 'resource "aws_vpc" "v" {}\n',
    },
    "a-million-resources": {"main.tf": PLAIN + 'resource "aws_vpc" "v" {\n  count = 1000000\n}\n'},
    **{
        f"nested-{name}": {"main.tf": local(f"[{opening * 5_000}1{closing * 5_000}]")}
        for name, opening, closing in (
            ("lists", "[", "]"),
            ("brackets", "(", ")"),
            ("calls", "tolist(", ")"),
            ("objects", "{a=", "}"),
            ("templates", '"${', '}"'),
            ("not", "!", ""),
            ("indexes", "a[", "]"),
        )
    },
    "nested-blocks": {"main.tf": PLAIN + "a {\n" * 50_000 + "}\n" * 50_000},
    "nested-types": {
        "main.tf": f'variable "x" {{\n  type = {"list(" * 20_000}string{")" * 20_000}\n  default = []\n}}\n'
        + local("var.x")
    },
    "nested-json": {"main.tf": PLAIN, "a.tf.json": '{"locals": {"y": ' + "[" * 100_000},
    "nested-variables": {"main.tf": 'variable "x" {}\n' + local("var.x"), "terraform.tfvars": "x = " + "[" * 100_000},
    "a-line-of-10-megabytes": {"main.tf": f"{PLAIN}# {'x' * 10_000_000}\n"},
    "many-comments": {"main.tf": PLAIN + "# tf-cvpn-lint: ignore CVPN101 \n" * 20_000},
    "many-spaces": {"main.tf": PLAIN + " " * 500_000 + "x"},
    "many-quotes": {"main.tf": PLAIN + '"' * 100_001},
    "many-labels": {"main.tf": PLAIN + "resource " + '"a" ' * 50_000},
    "many-opened-comments": {"main.tf": PLAIN + "/*" * 200_000},
    "many-heredocs": {"main.tf": PLAIN + "a = <<E\n" * 20_000},
    "many-equals": {"main.tf": PLAIN + "a =" * 100_000},
    "comments-where-a-for-may-follow": {"main.tf": local("[" + "/**/ " * 60 + '"10.0.0.2"]')},
    "attributes-of-attributes": {"main.tf": local("[aws_x.y" + ".a" * 20_000 + "]")},
    "indices-of-indices": {"main.tf": local("[aws_x.y" + "[0]" * 20_000 + "]")},
    "resources-in-json": {
        "main.tf": PLAIN,
        "x.tf.json": json.dumps({"resource": {"aws_vpc": {f"v{n}": {"provisioner": []} for n in range(10_000)}}}),
    },
    "blocks-that-are-not-closed": {"main.tf": PLAIN + 'resource "a" "b" {\n' * 20_000},
    "heredocs-that-are-not-closed-in-blocks": {"main.tf": PLAIN + 'resource "a" "b" {\n  a = <<E\n' * 20_000},
    "loops-in-a-template": {
        "main.tf": local('[templatefile("y", {})]'),
        "y": "%{ for a in range(3) }" * 200 + "x" + "%{ endfor }" * 200,
    },
    "types-that-share": {"main.tf": 'data "aws_x" "y" {}\n' + chain(40, "data.aws_x.y.z ? $ : [$, $]")},
    "comments-opened-in-an-expression": {"main.tf": local("[" + "/* " * 50_000 + "]")},
    "slashes-and-stars-in-a-provider": {"main.tf": PLAIN + f'provider "aws" {{\n  region = "{"/*" * 200_000}"\n}}\n'},
    "lines-in-a-module-call": {"main.tf": PLAIN + 'module "m" {\n' + "\n" * 200_000 + "}\n"},
    "lines-in-a-terraform-block": {"main.tf": PLAIN + "terraform {\n" + "\n" * 200_000 + "}\n"},
    "nested-blocks-and-a-suppression": {"main.tf": PLAIN + f"{IGNORED}{'a {' + chr(10)}" * 3_000 + "}\n" * 3_000},
    "quotes-in-a-heredoc-that-is-shown": {"main.tf": local(f"[<<E\n{SLASHED_QUOTE * 200_000}\nE\n]")},
    "blocks-in-dynamic-blocks": {"main.tf": PLAIN + group(dynamic("a", dynamic("b", dynamic("c", ""))))},
    "groups-of-a-thousand-blocks": {"main.tf": PLAIN + group(dynamic("ingress", INGRESS), count=1000)},
    "texts-of-a-megabyte": {
        "main.tf": local('formatlist("%s%s", range(1000), [for i in range(1000) : file("y")])'),
        "y": "a" * 1_000_000,
    },
    "a-glob-and-a-long-name": {"main.tf": local(f'fileset(".", "{"*a" * 12}*b")'), "a" * 250: ""},
    "a-region-that-is-worked-out": {"main.tf": PLAIN + f'provider "aws" {{\n  region = {MILLION}\n}}\n'},
    "a-guard-that-is-worked-out": {
        "main.tf": PLAIN + f'resource "aws_vpc" "x" {{\n  count = length({MILLION}) > 0 ? 1 : 0\n}}\n'
    },
    "signs-before-signs": {"main.tf": 'data "aws_x" "y" {}\n' + chain(4, f"{'-' * 110}($)", "data.aws_x.y.z")},
    "a-glob-of-braces": {"main.tf": local(f'fileset(".", "{"{a,a}" * 80}b")'), "a" * 250: ""},
}


@pytest.fixture(scope="module", autouse=True)
def parser(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the first run of all pays is no case's fault: modules that are imported, tables that the parser makes."""
    place = tmp_path_factory.mktemp("plain")
    (place / "main.tf").write_text(PLAIN + ENDPOINT, "utf-8")
    judged([str(place), "--no-config"], seconds=300)


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_answer_comes_in_time(name: str, tmp_path: Path) -> None:
    files = {file: text.encode() for file, text in CASES[name].items()}
    files["main.tf"] += ENDPOINT.encode()
    write(files, tmp_path)
    outcome = judged([str(tmp_path), "--no-config"], seconds=20)
    assert not outcome.fault
    assert outcome.status in (0, 1)
    assert "aws_ec2_client_vpn_endpoint.this" in outcome.out or "may hold some" in outcome.err
    assert len(outcome.out) < 20_000_000


def test_servers_times_associations_are_bounded(tmp_path: Path) -> None:
    associations = (
        'resource "aws_ec2_client_vpn_network_association" "a" {\n  count = 60\n'
        '  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id\n  subnet_id = "subnet-0123456789abcdef0"\n}\n'
    )
    servers = local('[for n in range(1000) : "10.0.${n % 200}.2"]')
    (tmp_path / "main.tf").write_text(servers + ENDPOINT + associations, "utf-8")
    outcome = judged([str(tmp_path), "--no-config"], seconds=20)
    assert not outcome.fault
    assert "more than 50 entries" in " ".join(outcome.out.split())


SETTINGS = {
    "spaces-in-a-list": "x = [\n[" + " " * 20_000 + "\n1]\n]\n",
    "stars-in-a-pattern": f'[[per-address]]\naddress = "{"*e" * 100}*~"\nignore = ["CVPN"]\n',
}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_settings_come_with_what_is_linted_and_are_read_in_time(name: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text((PLAIN + ENDPOINT).replace("this", "e" * 300), "utf-8")
    (tmp_path / ".tf-cvpn-lint.toml").write_text(SETTINGS[name], "utf-8")
    outcome = judged([str(tmp_path)])
    assert not outcome.fault
    assert outcome.status in (0, 1, 2)


@pytest.mark.parametrize("data", [b"x" + b"\n" * 300_000, b"x" + (b"\n" * 50 + b" " * 50) * 5_000, b"{" * 300_000])
def test_what_is_no_plan_is_told_in_time(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(data)
    outcome = judged([str(tmp_path / "plan.json")])
    assert not outcome.fault
    assert outcome.status == 2


PLANS = {
    "nested-too-deep": b'{"format_version": "1.2", "planned_values": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "a-million-digits": b'{"format_version": "1.2", "planned_values": {"x": ' + b"9" * 1_000_000 + b"}}",
    "no-number": b'{"format_version": "1.2", "planned_values": {"x": NaN}}',
    "infinite": b'{"format_version": "1.2", "planned_values": {"x": -Infinity}}',
    "half-a-character": b'{"format_version": "1.2", "planned_values": {"x": "\\ud800"}}',
    "a-version-of-many-digits": b'{"format_version": "1.' + b"2" * 100_000 + b'", "planned_values": {}}',
}


@pytest.mark.parametrize("name", sorted(PLANS))
def test_a_plan_that_nobody_wrote_is_refused_in_a_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(PLANS[name])
    outcome = judged([str(tmp_path / "plan.json"), "--no-config"])
    assert not outcome.fault
    assert outcome.status == 2


def test_the_last_of_two_equal_keys_counts_as_terraforms_own_reader_has_it(tmp_path: Path) -> None:
    text = '{"format_version": "1.2", "planned_values": 7, "planned_values": {"root_module": {}}}'
    assert json.loads(text)["planned_values"] == {"root_module": {}}
    (tmp_path / "plan.json").write_text(text, "utf-8")
    outcome = judged([str(tmp_path / "plan.json"), "--no-config"])
    assert not outcome.fault
    assert outcome.status == 0


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" + "0" * 400, "1e-400", "-0.0"])
def test_numbers_of_any_size_may_stand_in_a_plan(number: str, tmp_path: Path) -> None:
    """JSON has no largest number; Python's floats have."""
    fixture = Path(__file__).resolve().parents[2] / "fixtures" / "networks" / "network-acl-done-right" / "plan.json"
    for attribute in (
        "from_port",
        "rule_number",
        "rule_no",
        "transport_protocol",
        "dns_servers",
        "cidr_block",
        "id",
        "split_tunnel",
    ):
        plan = json.loads(fixture.read_bytes())
        for change in plan["resource_changes"]:
            after = change["change"].get("after") or {}
            for name in (attribute, "ingress", "egress"):
                if name in after:
                    after[name] = "@@"
        (tmp_path / "plan.json").write_text(json.dumps(plan).replace('"@@"', number), "utf-8")
        outcome = judged([str(tmp_path / "plan.json"), "--no-config", "--verbose"])
        assert not outcome.fault, attribute
