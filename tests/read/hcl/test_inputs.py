"""Everything a root is read from besides its blocks: variable files and their order, overrides, JSON, OpenTofu, odd bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.read.hcl.sources import addresses, attribute, read, write
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.read.hcl import read_directory
from tf_cvpn_lint.read.hcl.variables import HclOptions, Variable, VariableFile, VariableValue

ROOT = """
    variable "x" {
      type    = string
      default = "default"
    }
    resource "aws_x" "y" {
      x = var.x
    }
    """
ORDER: list[tuple[str, dict[str, str], HclOptions]] = [
    ("default", {}, HclOptions()),
    ("environment", {}, HclOptions(environment={"TF_VAR_x": "environment"})),
    (
        "terraform.tfvars",
        {"terraform.tfvars": 'x = "terraform.tfvars"\n'},
        HclOptions(environment={"TF_VAR_x": "environment"}),
    ),
    ("json", {"terraform.tfvars": 'x = "terraform.tfvars"\n', "terraform.tfvars.json": '{"x": "json"}'}, HclOptions()),
    (
        "auto b",
        {"terraform.tfvars": 'x = "t"\n', "a.auto.tfvars": 'x = "auto a"\n', "b.auto.tfvars.json": '{"x": "auto b"}'},
        HclOptions(),
    ),
    ("command", {"a.auto.tfvars": 'x = "auto"\n'}, HclOptions(arguments=(Variable("x", "command"),))),
    ("last", {}, HclOptions(arguments=(Variable("x", "first"), Variable("x", "last")))),
    ("default", {"other.tfvars": 'x = "not loaded"\n'}, HclOptions()),
]


@pytest.mark.parametrize(("expected", "files", "options"), ORDER)
def test_values_come_in_terraforms_order_of_precedence(
    tmp_path: Path, expected: str, files: dict[str, str], options: HclOptions
) -> None:
    assert attribute(read(tmp_path, {"main.tf": ROOT, **files}, options), "aws_x.y", "x") == expected


def test_variable_files_and_variables_count_in_the_order_of_the_command_line(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": ROOT, "env/prod.tfvars": 'x = "file"\n'})
    file, variable = VariableFile(tmp_path / "env/prod.tfvars"), Variable("x", "text")
    for arguments, expected in (((file, variable), "text"), ((variable, file), "file")):
        found = read_directory(tmp_path, HclOptions(arguments=arguments), unrelated=True)
        assert attribute(found, "aws_x.y", "x") == expected


def test_a_value_from_a_plan_keeps_its_type(tmp_path: Path) -> None:
    values = {"list": ["a", 1.5, True, None], "text": "[1]", "map": {"a${b}": -2}}
    found = read(
        tmp_path,
        'variable "x" {}\nresource "aws_x" "y" {\n  x = var.x\n}\n',
        HclOptions(is_root=True, arguments=(VariableValue("x", values),)),
    )
    assert attribute(found, "aws_x.y", "x") == values


def test_a_variable_file_that_is_named_and_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nope\.tfvars"):
        read(tmp_path, ROOT, HclOptions(is_root=True, arguments=(VariableFile(tmp_path / "nope.tfvars"),)))


def test_text_from_outside_becomes_what_the_variable_is(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        variable "list" {
          type = list(string)
        }
        variable "flag" {
          type = bool
        }
        variable "size" {
          type = number
        }
        variable "untyped" {}
        variable "any" {
          type = any
        }
        variable "bad" {
          type = number
        }
        resource "aws_x" "y" {
          list    = var.list
          flag    = var.flag
          size    = var.size
          untyped = var.untyped
          any     = var.any
          bad     = var.bad
        }
        """,
        HclOptions(
            environment={
                "TF_VAR_list": '["a", 1]',
                "TF_VAR_flag": "true",
                "TF_VAR_size": "24",
                "TF_VAR_untyped": "[1]",
                "TF_VAR_any": '["b"]',
                "TF_VAR_bad": "x",
            }
        ),
    )
    assert attribute(found, "aws_x.y", "list") == ["a", "1"]
    assert attribute(found, "aws_x.y", "flag") is True
    assert attribute(found, "aws_x.y", "size") == 24
    assert attribute(found, "aws_x.y", "untyped") == "[1]"
    assert attribute(found, "aws_x.y", "any") == ["b"]
    assert attribute(found, "aws_x.y", "bad") == "<a number is required>"


@pytest.mark.parametrize(
    ("options", "file", "expected"),
    [
        (HclOptions(workspace="named"), "", "named"),
        (HclOptions(environment={"TF_WORKSPACE": "from the environment"}), "file", "from the environment"),
        (HclOptions(), "file", "file"),
        (HclOptions(), "", "<terraform.workspace>"),
    ],
)
def test_the_workspace_is_told_or_unknown(tmp_path: Path, options: HclOptions, file: str, expected: str) -> None:
    files = {"main.tf": 'resource "aws_x" "y" {\n  w = terraform.workspace\n}\n'}
    if file:
        files[".terraform/environment"] = file
    assert attribute(read(tmp_path, files, options), "aws_x.y", "w") == expected


def test_override_files_change_blocks_argument_by_argument(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "main.tf": """
                locals {
                  a = 1
                  b = 2
                }
                resource "aws_security_group" "g" {
                  name  = "plain"
                  count = 2
                  a     = local.a
                  b     = local.b
                  ingress {
                    from_port = 22
                  }
                  egress {
                    from_port = 1
                  }
                }
                """,
            "z_override.tf": """
                locals {
                  b = 20
                }
                resource "aws_security_group" "g" {
                  name = "overridden"
                  ingress {
                    from_port = 53
                  }
                }
                """,
            "override.tf.json": '{"resource": {"aws_security_group": {"g": {"description": "json", "name": "first"}}}}',
        },
    )
    group = "aws_security_group.g[1]"
    assert attribute(found, group, "name") == "overridden"
    assert attribute(found, group, "description") == "json"
    assert attribute(found, group, "ingress") == [{"from_port": 53}]
    assert attribute(found, group, "egress") == [{"from_port": 1}]
    assert (attribute(found, group, "a"), attribute(found, group, "b")) == (1, 20)


JSON = """
{
  "//": "a comment",
  "variable": {"cidr": {"type": "string", "default": "10.0.0.0/16"}},
  "locals": [{"dns": "${cidrhost(var.cidr, 2)}"}, {"plain": "a"}],
  "resource": {
    "aws_vpc": {"a": {"cidr_block": "${var.cidr}", "count": 2, "tags": {"Name": "vpc-${count.index}"}}},
    "aws_ec2_client_vpn_endpoint": {
      "e": [{
        "dns_servers": ["${local.dns}", "10.0.0.9"],
        "split_tunnel": true,
        "vpc_id": "${aws_vpc.a[0].id}",
        "depends_on": ["aws_vpc.a"],
        "client_login_banner_options": {"enabled": false},
        "dynamic": {"tag": {"for_each": ["x", "y"], "content": {"value": "${tag.value}"}}},
        "number": 1.50,
        "negative": -3
      }]
    }
  },
  "output": {"x": {"value": "${aws_ec2_client_vpn_endpoint.e.id}"}}
}
"""


def test_json_syntax_says_the_same_as_hcl(tmp_path: Path) -> None:
    found = read(tmp_path, {"main.tf.json": JSON})
    assert addresses(found) == ["aws_ec2_client_vpn_endpoint.e", "aws_vpc.a[0]", "aws_vpc.a[1]"]
    endpoint = "aws_ec2_client_vpn_endpoint.e"
    assert attribute(found, endpoint, "dns_servers") == ["10.0.0.2", "10.0.0.9"]
    assert attribute(found, endpoint, "vpc_id") == "<aws_vpc.a[0].id>"
    assert attribute(found, endpoint, "tag") == [{"value": "x"}, {"value": "y"}]
    assert attribute(found, endpoint, "client_login_banner_options") == {"enabled": False}
    assert (attribute(found, endpoint, "number"), attribute(found, endpoint, "negative")) == (1.5, -3)
    assert attribute(found, "aws_vpc.a[1]", "tags") == {"Name": "vpc-1"}
    resource = found.get(Address("aws_ec2_client_vpn_endpoint", "e"))
    assert resource is not None
    assert resource.depends_on == (Address("aws_vpc", "a"),)
    assert resource.location is not None
    assert resource.location.line == 9
    assert resource.body.locations["split_tunnel"].line == 11


def test_a_tofu_file_stands_for_the_tf_file_of_its_name(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "a.tf": 'resource "aws_x" "terraform" {}\n',
            "a.tofu": 'resource "aws_x" "tofu" {}\n',
            "b.tf": 'resource "aws_x" "both" {}\n',
            ".c.tf": 'resource "aws_x" "hidden" {}\n',
            "d.tf~": 'resource "aws_x" "backup" {}\n',
        },
    )
    assert addresses(found) == ["aws_x.both", "aws_x.tofu"]


def test_what_cannot_be_parsed_costs_one_argument_and_is_told(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        resource "aws_x" "y" {
          good  = 1
          bad   = 1 +
          again = 2
          twice = 3
          twice = 4
        }
        resource "aws_x" "y" {}
        resource "aws_x" "z" {
          fine = 1
        }
        """,
    )
    assert [attribute(found, "aws_x.y", name) for name in ("good", "again", "twice")] == [1, 2, 3]
    assert str(attribute(found, "aws_x.y", "bad")).startswith("<could not be parsed")
    assert attribute(found, "aws_x.z", "fine") == 1
    told = {(gap.what, gap.location.line if gap.location else 0) for gap in found.gaps}
    assert {("bad", 4), ("twice", 7), ("the second declaration", 9)} <= told


def test_a_brace_that_is_missing_costs_one_block(tmp_path: Path) -> None:
    found = read(tmp_path, 'resource "aws_x" "y" {\n  a = {\n}\nresource "aws_x" "z" {\n  fine = 1\n}\n')
    assert attribute(found, "aws_x.z", "fine") == 1
    assert any(gap.subject == "resource.aws_x.y" for gap in found.gaps)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x80abc", b'resource "a" "b" {\x00}'])
def test_bytes_that_are_no_text_are_a_gap(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.tf").write_bytes(data)
    found = read(tmp_path, 'resource "aws_x" "z" {\n  fine = 1\n}\n')
    assert attribute(found, "aws_x.z", "fine") == 1
    assert any(gap.subject == "bad.tf" for gap in found.gaps)


def test_a_byte_order_mark_and_windows_newlines_change_nothing(tmp_path: Path) -> None:
    text = '\ufeffresource "aws_x" "y" {\r\n  a = <<EOT\r\none\r\ntwo\r\nEOT\r\n  b = 1\r\n}\r\n'
    (tmp_path / "main.tf").write_bytes(text.encode())
    found = read_directory(tmp_path, unrelated=True)
    assert attribute(found, "aws_x.y", "a") == "one\ntwo\n"
    resource = found.get(Address("aws_x", "y"))
    assert resource is not None
    assert resource.body.locations["b"].line == 6


def test_sensitive_values_are_not_given_out(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        variable "secret" {
          default   = "hunter2"
          sensitive = true
        }
        resource "aws_x" "y" {
          all     = "x-${var.secret}"
          part    = [var.secret, "open"]
          hashed  = sha256(var.secret)
          exposed = nonsensitive(var.secret)
        }
        """,
    )
    assert "hunter2" not in repr(attribute(found, "aws_x.y", "all"))
    assert attribute(found, "aws_x.y", "all") == "<marked sensitive>"
    assert attribute(found, "aws_x.y", "part") == ["<marked sensitive>", "open"]
    assert attribute(found, "aws_x.y", "hashed") == "<marked sensitive>"
    assert attribute(found, "aws_x.y", "exposed") == "hunter2"


def test_files_are_read_inside_the_configurations_own_tree_only(tmp_path: Path) -> None:
    write(tmp_path, {"secret.txt": "outside\n"})
    found = read(
        tmp_path / "root",
        {
            "main.tf": """
                resource "aws_x" "y" {
                  inside   = trimspace(file("${path.module}/inside.txt"))
                  template = templatefile("${path.module}/t.tftpl", { name = "ann", list = ["a", "b"] })
                  outside  = file("${path.module}/../secret.txt")
                  absolute = file("/etc/hostname")
                }
                """,
            "inside.txt": "in\n",
            "t.tftpl": "hello ${name}%{ for x in list } ${x}%{ endfor }\n",
        },
    )
    assert attribute(found, "aws_x.y", "inside") == "in"
    assert attribute(found, "aws_x.y", "template") == "hello ann a b\n"
    assert str(attribute(found, "aws_x.y", "outside")).startswith("<file:")
    assert str(attribute(found, "aws_x.y", "absolute")).startswith("<file:")


BOUNDED = {
    "a cycle": 'locals {\n  a = local.b\n  b = "${local.a}x"\n}\nresource "aws_x" "y" {\n  v = local.a\n}\n',
    "a cycle of counts": 'resource "aws_x" "y" {\n  count = length(aws_x.y)\n  v = 1\n}\n',
    "a huge range": 'resource "aws_x" "y" {\n  v = length(range(1e9))\n}\n',
    "a huge count": 'resource "aws_x" "y" {\n  count = 1e9\n  v = 1\n}\n',
    "growing text": "locals {\n"
    + "".join(f'  t{n} = "${{local.t{n - 1}}}${{local.t{n - 1}}}"\n' for n in range(1, 80))
    + '  t0 = "x"\n}\nresource "aws_x" "y" {\n  v = local.t79\n}\n',
    "growing lists": "locals {\n"
    + "".join(f"  l{n} = [for x in local.l{n - 1} : local.l{n - 1}]\n" for n in range(1, 12))
    + '  l0 = [1, 2, 3, 4]\n}\nresource "aws_x" "y" {\n  v = flatten(local.l11)\n}\n',
    "nested loops": "locals {\n  n = range(1000)\n}\n"
    'resource "aws_x" "y" {\n  v = [for a in local.n : [for b in local.n : [for c in local.n : 1]]]\n}\n',
    "a long chain": "locals {\n"
    + "".join(f"  c{n} = local.c{n - 1} + 1\n" for n in range(1, 3000))
    + '  c0 = 0\n}\nresource "aws_x" "y" {\n  v = local.c2999\n}\n',
    "deep brackets": 'resource "aws_x" "y" {\n  v = ' + "[" * 900 + "]" * 900 + "\n}\n",
}


@pytest.mark.parametrize("text", BOUNDED.values(), ids=BOUNDED)
def test_work_is_bounded_and_what_is_left_out_is_told(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    instances = found.instances(Address("aws_x", "y"))
    if instances:
        assert str(attribute(found, "aws_x.y", "v")).startswith("<")
    else:
        assert found.unread("aws_x")


def test_a_module_that_calls_itself_ends(tmp_path: Path) -> None:
    found = read(tmp_path, {"main.tf": 'module "again" {\n  source = "./."\n}\nresource "aws_x" "y" {}\n'})
    assert len(found.resources) < 100
    assert found.unread("aws_x")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=60),
    name=st.sampled_from(["a.tf", "a.tf.json", "terraform.tfvars", "terraform.tfvars.json", "override.tf"]),
)
def test_any_bytes_give_a_configuration(tmp_path: Path, data: bytes, name: str) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    (tmp_path / "main.tf").write_text('variable "x" {}\nresource "aws_ec2_client_vpn_endpoint" "e" {\n  x = var.x\n}\n')
    (tmp_path / name).write_bytes(data)
    assert read_directory(tmp_path).resources
