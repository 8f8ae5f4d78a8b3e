"""What naive linters get wrong: each case stays quiet, and a sibling that differs in one thing does not."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.terraform import (
    ALL_EGRESS,
    AUTHORIZE_VPC,
    PROVIDER,
    PUBLIC_DNS,
    REQUIREMENTS,
    association,
    authorization,
    endpoint,
    group,
    judge,
    loud,
    network,
    resolver,
    write,
)
from tf_cvpn_lint.report.contract import Report
from tf_cvpn_lint.run import Options, run
from tf_cvpn_lint.settings import FailOn
from tf_cvpn_lint.threshold import Threshold
from tf_cvpn_lint.variable_arguments import VariableArgument
from tf_cvpn_policies import RULES


@dataclass(frozen=True, slots=True)
class Row:
    """A naive rule's mistake: what must stay quiet, and what must be told with which rule."""

    name: str
    quiet: str
    wrong: str
    rule: str

    def __str__(self) -> str:
        return self.name


VPN = PROVIDER + network("main", "10.50.0.0/16") + group(ALL_EGRESS) + association()
FROM_IPAM = VPN.replace('cidr_block           = "10.50.0.0/16"', 'ipv4_ipam_pool_id    = "ipam-pool-0a1b2c3d4e5f60718"')
SERVICES = network("services", "10.60.0.0/16")
RESOLVER = resolver("10.50.1.10", "10.50.2.10")

ROWS = (
    Row(
        "the association adds the route of its VPC by itself",
        VPN + endpoint('["10.50.0.2"]') + AUTHORIZE_VPC,
        VPN + SERVICES + endpoint('["10.60.3.53", "10.60.4.53"]') + authorization("10.0.0.0/8"),
        "CVPN101",
    ),
    Row(
        "a server is made of a CIDR that nobody knows yet, and the rule of the same",
        FROM_IPAM + endpoint("[cidrhost(aws_vpc.main.cidr_block, 2)]") + AUTHORIZE_VPC,
        FROM_IPAM + endpoint("[cidrhost(aws_vpc.main.cidr_block, 2)]"),
        "CVPN102",
    ),
    Row(
        "a wider rule authorizes as well",
        VPN + endpoint('["10.50.0.2"]') + authorization("10.0.0.0/8"),
        VPN + endpoint('["10.50.0.2"]') + authorization("10.50.128.0/17"),
        "CVPN102",
    ),
    Row(
        "a public server in split tunnel answers, outside the tunnel",
        VPN + endpoint(PUBLIC_DNS) + AUTHORIZE_VPC,
        VPN + endpoint('["172.16.8.8", "172.16.4.4"]') + AUTHORIZE_VPC,
        "CVPN101",
    ),
    Row(
        "an endpoint without a group has the default group, which lets everything out",
        VPN + RESOLVER + endpoint('["10.50.1.10", "10.50.2.10"]', groups=None) + AUTHORIZE_VPC,
        VPN
        + RESOLVER
        + endpoint('["10.50.1.10", "10.50.2.10"]', groups=None)
        + AUTHORIZE_VPC
        + 'resource "aws_default_security_group" "stripped" {\n  vpc_id = aws_vpc.main.id\n}\n',
        "CVPN107",
    ),
    Row(
        "the VPC is known through the association's subnet",
        VPN + endpoint('["10.50.0.2"]', vpc=None, groups=None) + AUTHORIZE_VPC,
        VPN + SERVICES + endpoint('["10.60.0.2", "10.50.0.2"]', vpc=None, groups=None) + authorization("10.0.0.0/8"),
        "CVPN119",
    ),
    Row(
        "text that is no CIDR decides nothing",
        VPN
        + endpoint('["10.50.0.2"]')
        + AUTHORIZE_VPC
        + authorization("xxx.xxx.xxx.xxx/xx", "placeholder")
        + authorization("", "empty"),
        VPN + endpoint('["10.50.0.2"]') + authorization("10.51.0.0/16"),
        "CVPN102",
    ),
    Row(
        "a route to the clients themselves has the target local",
        VPN
        + endpoint('["10.50.0.2"]')
        + AUTHORIZE_VPC
        + authorization("10.200.0.0/20", "clients")
        + """
resource "aws_ec2_client_vpn_route" "clients" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = "10.200.0.0/20"
  target_vpc_subnet_id   = "local"
}
""",
        VPN
        + endpoint('["10.50.0.2"]')
        + AUTHORIZE_VPC
        + """
resource "aws_subnet" "public" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.50.9.0/24"
  availability_zone = "eu-west-1a"
}

resource "aws_ec2_client_vpn_route" "elsewhere" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = "10.99.0.0/16"
  target_vpc_subnet_id   = aws_subnet.public.id
}
""",
        "CVPN309",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_only_looks_wrong_stays_quiet(row: Row, tmp_path: Path) -> None:
    report = judge(write(tmp_path, row.quiet))
    assert loud(report) == []
    assert {server.verdict for each in report.endpoints for server in each.dns_servers} == {"reachable"}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_its_wrong_sibling_does_not(row: Row, tmp_path: Path) -> None:
    assert row.rule in {finding.rule for finding in loud(judge(write(tmp_path, row.wrong)))}


def test_a_public_server_in_split_tunnel_is_reached_on_the_users_own_network(tmp_path: Path) -> None:
    report = judge(write(tmp_path, VPN + endpoint(PUBLIC_DNS) + AUTHORIZE_VPC))
    assert [server.path for server in report.endpoints[0].dns_servers] == ["local", "local"]
    assert "CVPN205" in {finding.rule for finding in report.findings}


# ------------------------------------------------------------------------------------------ no authorization rule to be seen

TAKES_RULES = (
    REQUIREMENTS
    + network("main", "10.50.0.0/16")
    + group(ALL_EGRESS)
    + association()
    + endpoint('["10.50.0.2"]')
    + """
variable "authorized_cidrs" {
  type    = list(string)
  default = []
}

resource "aws_ec2_client_vpn_authorization_rule" "this" {
  count = length(var.authorized_cidrs)

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = var.authorized_cidrs[count.index]
  authorize_all_groups   = true
}
"""
)
KEPT_ELSEWHERE = (
    PROVIDER
    + """
data "aws_ec2_client_vpn_endpoint" "staff" {
  filter {
    name   = "tag:Name"
    values = ["staff"]
  }
}
"""
)


def test_a_module_whose_callers_give_the_rules_is_not_without_rules(tmp_path: Path) -> None:
    report = judge(write(tmp_path, TAKES_RULES))
    assert loud(report) == []
    assert report.endpoints[0].dns_servers[0].verdict == "unknown"
    assert any("var.authorized_cidrs" in gap.waits_for for gap in report.gaps)


def test_a_root_that_gives_no_rules_is(tmp_path: Path) -> None:
    assert {finding.rule for finding in loud(judge(write(tmp_path, TAKES_RULES + PROVIDER)))} == {"CVPN102"}


def test_rules_of_an_endpoint_of_another_state_are_not_missing(tmp_path: Path) -> None:
    report = judge(write(tmp_path, KEPT_ELSEWHERE))
    assert [shown.address for shown in report.endpoints] == ["data.aws_ec2_client_vpn_endpoint.staff"]
    assert loud(report) == []


# ----------------------------------------------------------------------------------------------- routes that are inputs

TAKES_ROUTES = (
    REQUIREMENTS
    + network("main", "10.50.0.0/16")
    + group(ALL_EGRESS)
    + association()
    + endpoint(PUBLIC_DNS, split=False)
    + authorization("0.0.0.0/0")
    + """
variable "routes" {
  type    = map(string)
  default = {}
}

resource "aws_ec2_client_vpn_route" "this" {
  for_each = var.routes

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = each.key
  target_vpc_subnet_id   = each.value
}
"""
)


def test_a_module_that_takes_routes_is_not_without_a_default_route(tmp_path: Path) -> None:
    report = judge(write(tmp_path, TAKES_ROUTES))
    assert "CVPN105" not in {finding.rule for finding in loud(report)}


def test_a_root_without_a_default_route_is(tmp_path: Path) -> None:
    assert "CVPN105" in {finding.rule for finding in loud(judge(write(tmp_path, TAKES_ROUTES + PROVIDER)))}


# -------------------------------------------------------------------------------------------------------------- switches

SWITCHED = """
variable "enabled" {
  type    = bool
  default = false
}
"""
FAULTY = endpoint('["10.50.0.2"]') + association() + authorization("10.51.0.0/16")


def switched(text: str) -> str:
    """The Client VPN resources of the text behind a switch."""
    lines = []
    for line in text.split("\n"):
        lines.append(line)
        if line.startswith('resource "aws_ec2_client_vpn'):
            lines.append("  count = var.enabled ? 1 : 0\n")
    return "\n".join(lines).replace("_endpoint.this.id", "_endpoint.this[0].id")


OFF = PROVIDER + SWITCHED + network("main", "10.50.0.0/16") + group(ALL_EGRESS) + switched(FAULTY)


def test_what_is_switched_off_is_judged_as_if_on_marked_and_fails_no_run(tmp_path: Path) -> None:
    result = run([str(write(tmp_path, OFF))], RULES, Options())
    assert [(finding.rule.id, finding.enabled) for finding in result.findings] == [("CVPN102", False)]
    assert Threshold(FailOn.WARNING, strict=True).exit_status(result) == 0


def test_what_is_switched_on_fails_the_run(tmp_path: Path) -> None:
    on = Options(variables=(VariableArgument("enabled=true", is_file=False),))
    result = run([str(write(tmp_path, OFF))], RULES, on)
    assert [(finding.rule.id, finding.enabled) for finding in result.findings] == [("CVPN102", True)]
    assert Threshold(FailOn.WARNING, strict=False).exit_status(result) == 1


# -------------------------------------------------------------------------------------------------------- variable files

BY_VARIABLE = (
    VPN
    + endpoint('["10.50.0.2"]')
    + """
variable "authorized_cidr" {
  type    = string
  default = "10.0.1.0/24"
}

resource "aws_ec2_client_vpn_authorization_rule" "this" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = var.authorized_cidr
  authorize_all_groups   = true
}
"""
)


def test_the_variable_file_counts_and_not_the_default(tmp_path: Path) -> None:
    directory = write(tmp_path, BY_VARIABLE)
    assert {finding.rule for finding in loud(judge(directory))} == {"CVPN102"}
    (tmp_path / "prod.tfvars").write_text('authorized_cidr = "10.50.0.0/16"\n')
    given = Options(variables=(VariableArgument(str(tmp_path / "prod.tfvars"), is_file=True),))
    assert loud(judge(directory, options=given)) == []


def test_the_workspace_chooses_and_without_one_nothing_is_said_for_sure() -> None:
    stages = Path(__file__).parent.parent / "fixtures" / "estates" / "stages-by-workspace"
    chosen = judge(stages, options=Options(workspace="production"))
    assert [(server.server, server.verdict) for server in chosen.endpoints[0].dns_servers] == [
        ("10.30.0.2", "reachable")
    ]
    other = judge(stages, options=Options(workspace="staging"))
    assert [server.server for server in other.endpoints[0].dns_servers] == ["10.20.0.2"]


# ------------------------------------------------------------------------------------ rules, routes, associations by command

COMMANDS = Path(__file__).parent.parent / "fixtures" / "quiet"
BY_COMMAND = (
    ("authorization-rules-by-command", "CVPN102"),
    ("routes-by-command", "CVPN101"),
    ("associations-by-command", "CVPN118"),
)


def as_asked(directory: Path, mode: str, alone: Path) -> Path:
    """The directory, the plan in it, or a copy of the plan without its sources."""
    match mode:
        case "directory":
            return directory
        case "plan":
            return Path(shutil.copy(directory / "plan.json", alone))
        case _:
            return directory / "plan.json"


@pytest.mark.parametrize("mode", ["directory", "plan", "plan with sources"])
@pytest.mark.parametrize(("name", "rule"), BY_COMMAND)
def test_what_a_provisioners_command_makes_is_not_missing(name: str, rule: str, mode: str, tmp_path: Path) -> None:
    report = judge(as_asked(COMMANDS / name / "quiet", mode, tmp_path))
    assert loud(report) == []
    assert {server.verdict for server in report.endpoints[0].dns_servers} == {"unknown"}
    by_command = "terraform_data.by_command"
    assert any(gap.address.startswith(by_command) and "provisioner" in gap.why for gap in report.gaps)


@pytest.mark.parametrize("mode", ["directory", "plan", "plan with sources"])
@pytest.mark.parametrize(("name", "rule"), BY_COMMAND)
def test_without_the_command_it_is(name: str, rule: str, mode: str, tmp_path: Path) -> None:
    report = judge(as_asked(COMMANDS / name / "wrong", mode, tmp_path))
    assert {finding.rule for finding in loud(report)} == {rule}


@pytest.mark.parametrize("mode", ["directory", "plan", "plan with sources"])
@pytest.mark.parametrize("name", ["authorization-rules-by-script", "authorization-rules-by-stack"])
def test_what_a_script_or_a_stack_makes_is_not_missing(name: str, mode: str, tmp_path: Path) -> None:
    report = judge(as_asked(COMMANDS / name / "quiet", mode, tmp_path))
    assert loud(report) == []
    assert {server.verdict for server in report.endpoints[0].dns_servers} == {"unknown"}


@pytest.mark.parametrize("mode", ["directory", "plan with sources"])
@pytest.mark.parametrize("name", ["authorization-rules-by-script", "authorization-rules-by-stack"])
def test_a_script_or_a_stack_that_makes_something_else_excuses_nothing(name: str, mode: str, tmp_path: Path) -> None:
    report = judge(as_asked(COMMANDS / name / "wrong", mode, tmp_path))
    assert {finding.rule for finding in loud(report)} == {"CVPN102"}


RUNS = """
resource "null_resource" "rules" {
  %s

  provisioner "local-exec" {
    %s
    command = "%s"
  }
}
"""


@pytest.mark.parametrize(
    ("triggers", "command", "is_quiet"),
    [
        ("triggers = { id = aws_ec2_client_vpn_endpoint.this.id }", "/opt/rules.sh ${self.triggers.id}", True),
        ("depends_on = [aws_ec2_client_vpn_network_association.a]", "make rules", True),
        ("triggers = { id = aws_vpc.main.id }", "make backups", False),
        ("", "aws ec2 describe-client-vpn-endpoints", False),
        ("count = 0", "aws ec2 authorize-client-vpn-ingress", False),
    ],
)
def test_a_program_that_knows_the_endpoint_may_have_made_the_rules(
    triggers: str, command: str, is_quiet: bool, tmp_path: Path
) -> None:
    report = judge(write(tmp_path, VPN + endpoint('["10.50.0.2"]') + RUNS % (triggers, "", command)))
    assert {finding.rule for finding in loud(report)} == (set() if is_quiet else {"CVPN102"})


def test_a_command_for_destroying_makes_nothing(tmp_path: Path) -> None:
    command = "aws ec2 authorize-client-vpn-ingress"
    text = VPN + endpoint('["10.50.0.2"]') + RUNS % ("", "when = destroy", command)
    assert {finding.rule for finding in loud(judge(write(tmp_path, text)))} == {"CVPN102"}


# --------------------------------------------------------------------------------------------- a module looked at alone

MODULE = (
    REQUIREMENTS
    + """
variable "vpc_id" {
  type = string
}

variable "subnet_id" {
  type = string
}

resource "aws_ec2_client_vpn_network_association" "this" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = var.subnet_id
}
"""
)
ANY_VPC = group(ALL_EGRESS).replace("aws_vpc.main.id", "var.vpc_id")
NO_EGRESS = group("").replace("aws_vpc.main.id", "var.vpc_id")
HOSTS = '["10.50.21.10", "10.50.22.10"]'
VARIABLE_SPLIT = 'variable "split_tunnel" {\n  type    = bool\n  default = true\n}\n'


def in_module(servers: str, split: str = "true") -> str:
    written = endpoint(servers, vpc="var.vpc_id")
    return written.replace("split_tunnel           = true", f"split_tunnel           = {split}")


def test_a_literal_fault_of_a_module_holds_for_every_caller(tmp_path: Path) -> None:
    report = judge(write(tmp_path, MODULE + ANY_VPC + in_module('["169.254.169.253"]')))
    assert [(finding.rule, finding.severity, finding.certainty) for finding in loud(report)] == [
        ("CVPN120", "error", "certain")
    ]


def test_a_group_without_egress_is_closed_for_every_caller(tmp_path: Path) -> None:
    report = judge(write(tmp_path, MODULE + NO_EGRESS + in_module(HOSTS, split="false")))
    assert ("CVPN107", "certain") in {(finding.rule, finding.certainty) for finding in loud(report)}


def test_the_same_module_with_egress_says_nothing_for_sure(tmp_path: Path) -> None:
    report = judge(write(tmp_path, MODULE + ANY_VPC + in_module(HOSTS, split="false")))
    assert "CVPN107" not in {finding.rule for finding in loud(report)}


def test_a_group_without_egress_does_not_close_amazon_dns(tmp_path: Path) -> None:
    report = judge(write(tmp_path, MODULE + NO_EGRESS + in_module('["10.50.0.2"]', split="false")))
    assert "CVPN107" not in {finding.rule for finding in loud(report)}


def test_a_servers_list_that_is_empty_by_default_is_the_callers_to_fill(tmp_path: Path) -> None:
    for default in ("[]", "null"):
        servers = f'variable "dns_servers" {{\n  type    = list(string)\n  default = {default}\n}}\n'
        module = MODULE + ANY_VPC + servers + in_module("var.dns_servers", split="false")
        alone = judge(write(tmp_path, module))
        assert loud(alone) == []
        assert alone.endpoints[0].dns == "unknown"
        root = judge(write(tmp_path, module + PROVIDER))
        assert root.endpoints[0].dns == "device"
        assert "CVPN131" in {finding.rule for finding in loud(root)}


def test_a_scalar_is_taken_as_it_is_left_by_default(tmp_path: Path) -> None:
    for default, tunnel in (("true", "split"), ("false", "full")):
        variable = VARIABLE_SPLIT.replace("true", default)
        servers = in_module('["169.254.169.253"]', split="var.split_tunnel")
        report = judge(write(tmp_path, MODULE + ANY_VPC + variable + servers))
        assert report.endpoints[0].tunnel_mode == tunnel


def about(report: Report, rule: str) -> list[tuple[str, str]]:
    return [(finding.severity, finding.certainty) for finding in report.findings if finding.rule == rule]


def test_what_no_caller_can_cure_is_certain_whichever_way_the_tunnel_is(tmp_path: Path) -> None:
    private = in_module('["10.50.21.10", "10.50.22.10"]', split="var.split_tunnel")
    for default in ("true", "false"):
        report = judge(write(tmp_path, MODULE + NO_EGRESS + VARIABLE_SPLIT.replace("true", default) + private))
        assert set(about(report, "CVPN107")) == {("error", "certain")}
        assert {server.verdict for server in report.endpoints[0].dns_servers} == {"unreachable"}


def test_what_rests_on_a_default_is_said_and_fails_no_run(tmp_path: Path) -> None:
    resolver_elsewhere = in_module('["9.9.9.9", "149.112.112.112"]', split="var.split_tunnel")
    directory = write(tmp_path, MODULE + NO_EGRESS + VARIABLE_SPLIT.replace("true", "false") + resolver_elsewhere)
    result = run([str(directory)], RULES, Options())
    report = judge(directory)
    assert set(about(report, "CVPN107")) == {("error", "unsure")}
    assert "var.split_tunnel at its default" in next(
        finding.message for finding in report.findings if finding.rule == "CVPN107"
    )
    assert Threshold(FailOn.WARNING, strict=False).exit_status(result) == 0


def test_of_a_fault_whose_severity_a_default_decides_the_least_is_certain(tmp_path: Path) -> None:
    servers = in_module('["169.254.169.253"]', split="var.split_tunnel")
    report = judge(write(tmp_path, MODULE + ANY_VPC + VARIABLE_SPLIT + servers))
    assert ("error", "certain") not in about(report, "CVPN120")


def test_servers_that_are_a_default_are_the_callers_to_replace(tmp_path: Path) -> None:
    servers = 'variable "dns_servers" {\n  type    = list(string)\n  default = ["169.254.169.253", "x", "y"]\n}\n'
    report = judge(write(tmp_path, MODULE + ANY_VPC + servers + in_module("var.dns_servers")))
    for rule in ("CVPN120", "CVPN301", "CVPN302"):
        assert {certainty for _, certainty in about(report, rule)} == {"unsure"}
    assert loud(report) == []


def test_a_default_that_switches_the_endpoint_on_takes_nothing_from_its_faults(tmp_path: Path) -> None:
    text = (MODULE + ANY_VPC + in_module('["169.254.169.253"]')).replace("_endpoint.this.id", "_endpoint.this[0].id")
    guarded = text.replace('_endpoint" "this" {', '_endpoint" "this" {\n  count = var.enabled ? 1 : 0\n', 1)
    report = judge(write(tmp_path, guarded + SWITCHED.replace("false", "true")))
    assert about(report, "CVPN120") == [("error", "certain")]


@pytest.mark.parametrize("is_file", [True, False])
def test_what_is_given_values_is_a_root(is_file: bool, tmp_path: Path) -> None:
    servers = in_module('["169.254.169.253"]', split="var.split_tunnel")
    directory = write(tmp_path / "module", MODULE + ANY_VPC + VARIABLE_SPLIT.replace("true", "false") + servers)
    (tmp_path / "prod.tfvars").write_text("split_tunnel = true\n")
    text = str(tmp_path / "prod.tfvars") if is_file else "split_tunnel=true"
    given = judge(directory, options=Options(variables=(VariableArgument(text, is_file=is_file),)))
    assert about(given, "CVPN120") == [("error", "certain")]
    another = judge(directory, options=Options(variables=(VariableArgument("unheard_of=1", is_file=False),)))
    assert ("error", "certain") not in about(another, "CVPN120")


def test_in_a_root_a_default_is_the_configuration(tmp_path: Path) -> None:
    servers = in_module('["169.254.169.253"]', split="var.split_tunnel")
    report = judge(write(tmp_path, PROVIDER + MODULE + ANY_VPC + VARIABLE_SPLIT + servers))
    assert about(report, "CVPN120") == [("error", "certain")]


def test_a_variable_without_a_default_is_unknown(tmp_path: Path) -> None:
    variable = VARIABLE_SPLIT.replace("  default = true\n", "")
    report = judge(write(tmp_path, MODULE + ANY_VPC + variable + in_module('["10.9.9.9"]', split="var.split_tunnel")))
    assert report.endpoints[0].tunnel_mode == "unknown"
    assert loud(report) == []


# ------------------------------------------------------------------------------------------------------- several callers

CALLED = (
    REQUIREMENTS
    + """
variable "cidr_block" {
  type = string
}
"""
    + network("main", "10.50.0.0/16").replace('"10.50.0.0/16"', "var.cidr_block").replace('"10.50.', '"10.50.')
    + group(ALL_EGRESS)
    + association()
    + endpoint("[cidrhost(var.cidr_block, 2)]")
    + authorization("172.16.0.0/12")
)


def call(source: str, cidr_block: str) -> str:
    return f'module "vpn" {{\n  source = "{source}"\n\n  cidr_block = "{cidr_block}"\n}}\n'


def test_one_line_called_by_two_roots_is_one_finding_that_lists_both(tmp_path: Path) -> None:
    write(tmp_path / "modules" / "vpn", CALLED)
    for root, cidr_block in (("dev", "10.50.0.0/16"), ("prod", "10.60.0.0/16")):
        write(tmp_path / "live" / root, PROVIDER + call("../../modules/vpn", cidr_block))
    report = judge(tmp_path / "live", merge=True)
    (finding,) = [finding for finding in report.findings if finding.rule == "CVPN102"]
    assert [(Path(one.input).name, one.server) for one in finding.instances] == [
        ("dev", "10.50.0.2"),
        ("prod", "10.60.0.2"),
    ]
    assert report.summary.findings.error == 1


def test_two_modules_with_the_same_fault_are_two_findings(tmp_path: Path) -> None:
    for root, cidr_block in (("dev", "10.50.0.0/16"), ("prod", "10.60.0.0/16")):
        write(tmp_path / root, PROVIDER + call("./vpn", cidr_block))
        write(tmp_path / root / "vpn", CALLED)
    report = judge(tmp_path / "dev", tmp_path / "prod", merge=True)
    assert [finding.instances for finding in report.findings if finding.rule == "CVPN102"] == [[], []]


def test_a_called_directory_is_judged_through_its_caller_only(tmp_path: Path) -> None:
    module, root = write(tmp_path / "vpn", CALLED), write(tmp_path / "dev", PROVIDER + call("../vpn", "10.50.0.0/16"))
    both, alone = judge(module, root), judge(module)
    assert [shown.address for shown in both.endpoints] == ["module.vpn.aws_ec2_client_vpn_endpoint.this"]
    assert [shown.address for shown in alone.endpoints] == ["aws_ec2_client_vpn_endpoint.this"]


# -------------------------------------------------------------------------------- a public module that was not downloaded

PUBLIC_MODULE = (
    PROVIDER
    + """
module "vpc" {
  source                = "terraform-aws-modules/vpc/aws"
  cidr                  = "10.70.0.0/16"
  secondary_cidr_blocks = ["100.64.0.0/16"]
  azs                   = ["eu-west-1a", "eu-west-1b"]
  private_subnets       = ["10.70.1.0/24", "10.70.2.0/24"]
}

resource "aws_ec2_client_vpn_network_association" "this" {
  count                  = length(module.vpc.private_subnets)
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = module.vpc.private_subnets[count.index]
}
"""
)


def test_the_vpc_modules_subnets_wait_for_its_secondary_networks(tmp_path: Path) -> None:
    servers = endpoint('["100.64.0.53", "10.70.0.2"]', vpc="module.vpc.vpc_id", groups=None)
    report = judge(write(tmp_path, PUBLIC_MODULE + servers + authorization("0.0.0.0/0")))
    assert loud(report) == []
    assert report.endpoints[0].dns_servers[1].verdict == "reachable"


def test_what_the_vpc_module_promises_is_enough_to_be_sure_of_a_fault(tmp_path: Path) -> None:
    servers = endpoint("[cidrhost(module.vpc.vpc_cidr_block, 2)]", vpc="module.vpc.vpc_id", groups=None)
    only = authorization("x").replace('"x"', "module.vpc.private_subnets_cidr_blocks[0]")
    assert {finding.rule for finding in loud(judge(write(tmp_path, PUBLIC_MODULE + servers + only)))} == {"CVPN102"}


BROKEN_FILES = {
    "rules.tf.json": '{"resource": {"aws_ec2_client_vpn_authorization_rule": {"all": {',
    "rules.tf": '}}} aws_ec2_client_vpn_authorization_rule "all" {\n',
}


@pytest.mark.parametrize("name", sorted(BROKEN_FILES))
def test_what_may_stand_in_a_file_that_cannot_be_read_is_not_missing(tmp_path: Path, name: str) -> None:
    network = """
provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.50.0.0/16"
}

resource "aws_subnet" "vpn" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.50.1.0/24"
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/x"
  client_cidr_block      = "10.200.0.0/16"
  vpc_id                 = aws_vpc.main.id
  dns_servers            = ["10.50.0.2"]
  authentication_options {
    type = "certificate-authentication"
  }
  connection_log_options {
    enabled = false
  }
}

resource "aws_ec2_client_vpn_network_association" "vpn" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = aws_subnet.vpn.id
}
"""
    directory = write(tmp_path, network)
    assert "CVPN102" in {finding.rule for finding in loud(judge(directory))}
    (directory / name).write_text(BROKEN_FILES[name], "utf-8")
    report = judge(directory)
    assert "CVPN102" not in {finding.rule for finding in loud(report)}
    assert [server.verdict for server in report.endpoints[0].dns_servers] == ["unknown"]
    assert any(name in (gap.address, getattr(gap.location, "file", None)) for gap in report.gaps)


EGRESS = '  egress {\n    from_port   = 0\n    to_port     = 0\n    protocol    = "-1"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n'
READ_IN_PART = {
    "text that is nothing": f"  @@@ {EGRESS}",
    "a block within that is not closed": f'  dynamic "x" {{\n{EGRESS}',
    "not closed": "  egress {\n",
    "not closed after a rule": f"{EGRESS.replace('0.0.0.0/0', '10.99.0.0/16')}  egress {{\n",
    "a string without its end": f'  name = "a\n{EGRESS}',
    "a heredoc without its end": f"  name = <<E\n{EGRESS}",
    "text that is nothing in a block within": '  egress {\n    @@@\n    protocol = "-1"\n  }\n',
}


@pytest.mark.parametrize("name", sorted(READ_IN_PART))
def test_what_a_block_that_was_read_in_part_may_hold_is_not_missing(tmp_path: Path, name: str) -> None:
    def network(egress: str) -> str:
        group = f'resource "aws_security_group" "read_in_part" {{\n  vpc_id = var.vpc_id\n{egress}}}\n'
        servers = in_module('["10.50.21.10", "10.50.22.10"]', split="false")
        return MODULE + servers.replace("aws_security_group.vpn.id", "aws_security_group.read_in_part.id") + group

    assert "aws_security_group.read_in_part.id" in network("")
    assert "CVPN107" in {finding.rule for finding in loud(judge(write(tmp_path, network(""))))}
    report = judge(write(tmp_path, network(READ_IN_PART[name])))
    assert "CVPN107" not in {finding.rule for finding in loud(report)}
    assert {server.verdict for server in report.endpoints[0].dns_servers} == {"unknown"}
    assert any("read_in_part" in gap.address for gap in report.gaps)
