"""What the checks of this folder know and ask, without Checkov: which rules there are, where our program is, and what it says.

Checkov loads the file beside this one into its own interpreter, which may be older than ours and has none of our packages: so nothing but
the standard library of Python 3.9 is used here, and nothing of tf_cvpn_lint is imported.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

# generated: rules (python -m tools.docs)
VERSION = "0.1.0"
RULES = """
CVPN101 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/split-tunnel-vpn.html A private DNS server is not routed in split tunnel
CVPN102 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-rules.html No authorization rule covers the DNS server
CVPN103 warning https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-rules.html The DNS server is authorized for some groups only
CVPN104 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-routes.html The Client VPN route to the DNS server is missing on some associations
CVPN105 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-routes.html Full tunnel, and no Client VPN route covers the DNS server
CVPN106 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/no-internet-access.html A public DNS server is asked through the tunnel, and the VPC has no way to the internet
CVPN107 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/client-authorization.html The endpoint's security groups let no DNS out
CVPN108 error https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html A network ACL drops queries or their answers
CVPN109 error https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html The associated subnet has no route to the DNS server
CVPN110 error https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html The route that wins for the DNS server is a blackhole
CVPN111 error https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html The transit gateway attachment has no subnet in the zone
CVPN112 error https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html The transit gateway has no route for the query or its answer
CVPN113 warning https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html Nobody accepts the peering connection
CVPN114 error https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html The DNS server lies beyond the peer
CVPN115 error https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html The DNS server's security groups do not admit the queries
CVPN116 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html The DNS server admits the client CIDR, which it never sees
CVPN117 error https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html The DNS server's subnet has no route back
CVPN118 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html The endpoint has no target network
CVPN119 error https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html The DNS server is the Amazon DNS of another VPC
CVPN120 error https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html A link-local address of Amazon DNS is pushed to clients
CVPN121 error https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html The VPC's DNS support is off
CVPN122 warning https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html Base+2 of a secondary CIDR or of a subnet is used as DNS server
CVPN123 error https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html The DNS server is an address that AWS reserves in the subnet
CVPN124 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/scenario-client-to-client.html The DNS server is inside the client CIDR
CVPN125 error https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-choose-vpc.html An outbound resolver endpoint is used as DNS server
CVPN126 error https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html The resolver endpoint does not speak plain DNS
CVPN127 warning https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html The DNS server is a delegation endpoint of Route 53 Resolver
CVPN128 error https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html The resolver endpoint is of the other address family
CVPN129 warning https://docs.aws.amazon.com/directoryservice/latest/devguide/API_AddIpRoutes.html The directory admits its own VPC only
CVPN130 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-cre.html Route enforcement cuts off the resolver of the user's LAN, and no other is given
CVPN131 warning https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html Full tunnel without DNS servers
CVPN132 warning https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint Devices with a public resolver lose it in the tunnel
CVPN133 error https://docs.aws.amazon.com/vpc/latest/tgw/tgw-client-vpn-attachments.html The transit gateway does not learn the client CIDR
CVPN134 warning https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html The DNS server is in a VPC CIDR that no association may know
CVPN201 warning https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint Private names do not resolve for clients
CVPN202 warning https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html DNS hostnames are off in the VPC whose resolver answers
CVPN203 warning https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html A private zone is not associated with the VPC whose resolver answers
CVPN204 warning https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint One private and one public DNS server
CVPN205 note https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/split-tunnel-vpn.html A public DNS server in split tunnel is asked outside the tunnel
CVPN206 warning https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint A name resolves to an address that clients cannot reach
CVPN301 error https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateClientVpnEndpoint.html A DNS server is not an address that can be one
CVPN302 error https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateClientVpnEndpoint.html More than two DNS servers
CVPN303 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html The client CIDR overlaps another network
CVPN304 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html The client CIDR has a size that AWS does not take
CVPN305 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html Two associations are in one availability zone
CVPN306 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html Associations are in different VPCs
CVPN307 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html The associated subnet is too small
CVPN308 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html The VPC has dedicated tenancy
CVPN309 error https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateClientVpnRoute.html A Client VPN route leads through a subnet that is not associated
CVPN310 error https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-routes.html A Client VPN route repeats the automatic one
CVPN311 warning https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateClientVpnEndpoint.html Security groups are given without their VPC
CVPN312 error https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeClientVpnIngress.html An authorization rule admits nobody
CVPN313 warning https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/scenario-restrict.html A group is named where certificates carry none
CVPN314 error https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/guides/version-5-upgrade.html.markdown The association has security groups, which provider 5 removed
CVPN401 note https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint A single DNS server
CVPN402 note https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint Both DNS servers fail together
CVPN403 note https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/client-authorization.html The VPC's default security group applies
CVPN404 warning https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/split-tunnel-vpn.html A default route in split tunnel
CVPN405 note https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-cre.html The DNS server is in a network that home routers hand out
CVPN406 note https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint Split tunnel without DNS servers
CVPN901 warning - A suppression comment cannot be read
CVPN902 warning - A suppression has expired
CVPN903 note - A suppression suppresses nothing
CVPN904 error - An expectation does not hold
CVPN905 error - An assumption says otherwise than what was read
"""  # noqa: E501
TYPES = """
aws_alb
aws_availability_zones
aws_cloudformation_stack
aws_default_network_acl
aws_default_route_table
aws_default_security_group
aws_default_subnet
aws_default_vpc
aws_directory_service_directory
aws_dx_gateway_association
aws_ec2_carrier_gateway
aws_ec2_client_vpn_authorization_rule
aws_ec2_client_vpn_endpoint
aws_ec2_client_vpn_network_association
aws_ec2_client_vpn_route
aws_ec2_managed_prefix_list
aws_ec2_managed_prefix_list_entry
aws_ec2_transit_gateway
aws_ec2_transit_gateway_attachment
aws_ec2_transit_gateway_connect
aws_ec2_transit_gateway_default_route_table_association
aws_ec2_transit_gateway_default_route_table_propagation
aws_ec2_transit_gateway_dx_gateway_attachment
aws_ec2_transit_gateway_peering_attachment
aws_ec2_transit_gateway_peering_attachment_accepter
aws_ec2_transit_gateway_prefix_list_reference
aws_ec2_transit_gateway_route
aws_ec2_transit_gateway_route_table
aws_ec2_transit_gateway_route_table_association
aws_ec2_transit_gateway_route_table_propagation
aws_ec2_transit_gateway_vpc_attachment
aws_ec2_transit_gateway_vpc_attachment_accepter
aws_ec2_transit_gateway_vpn_attachment
aws_egress_only_internet_gateway
aws_instance
aws_internet_gateway
aws_internet_gateway_attachment
aws_lb
aws_main_route_table_association
aws_nat_gateway
aws_network_acl
aws_network_acl_association
aws_network_acl_rule
aws_network_acls
aws_network_interface
aws_network_interface_attachment
aws_network_interface_sg_attachment
aws_prefix_list
aws_route
aws_route53_record
aws_route53_resolver_endpoint
aws_route53_zone
aws_route53_zone_association
aws_route_table
aws_route_table_association
aws_route_tables
aws_security_group
aws_security_group_rule
aws_security_groups
aws_subnet
aws_subnets
aws_vpc
aws_vpc_block_public_access_exclusion
aws_vpc_block_public_access_options
aws_vpc_endpoint
aws_vpc_ipv4_cidr_block_association
aws_vpc_peering_connection
aws_vpc_peering_connection_accepter
aws_vpc_security_group_egress_rule
aws_vpc_security_group_ingress_rule
aws_vpc_security_group_rules_exclusive
aws_vpcs
aws_vpn_connection
aws_vpn_gateway
aws_vpn_gateway_attachment
aws_vpn_gateway_route_propagation
"""
# end: rules

BRIDGE = 1
"""Of the form in which our program answers."""
TIMEOUT = 900
"""Seconds until a run of our program is given up."""


class TroubleError(Exception):
    """Our program could not be run, or could not judge. Every check fails with these words: Checkov takes silence for success."""


class Rule:
    """A rule as it is offered to Checkov."""

    def __init__(self, line: str) -> None:
        self.number, self.severity, source, self.title = line.split(" ", 3)
        self.guideline = source if source != "-" else f"tf-cvpn-lint explain {self.number}"

    @property
    def check(self) -> str:
        return check_id(self.number)


def check_id(number: str) -> str:
    """`CKV_CVPN_102` of `CVPN102`."""
    return f"CKV_CVPN_{number[4:]}"


def rules() -> list[Rule]:
    return [Rule(line) for line in RULES.strip().splitlines()]


def types() -> list[str]:
    """The resource types that a finding may be about."""
    return TYPES.split()


def program() -> list[str]:
    """The command that runs our program, found from where this folder lies.

    That is in the environment that our package is installed in: a virtual environment's interpreter is above it; of any other installation
    the installer has written down where it put our script. An editable installation lies in a checkout, whose `.venv` is asked.

    Raises:
        TroubleError: there is none.
    """
    named = os.environ.get("TF_CVPN_LINT_PYTHON")
    if named:
        if not Path(named).is_file():
            raise TroubleError(
                f"TF_CVPN_LINT_PYTHON={named}: there is no such file; name the Python that tf-cvpn-lint is installed in"
            )
        return _with_module(Path(named))
    package = Path(__file__).resolve().parent.parent.parent
    for directory in package.parents:
        if (directory / "pyvenv.cfg").is_file():
            python = _python_of(directory)
            if python is not None:
                return _with_module(python)
    script = _recorded_script(package.parent)
    if script is not None:
        return [str(script)]
    for directory in package.parents:
        if (directory / ".venv" / "pyvenv.cfg").is_file():
            python = _python_of(directory / ".venv")
            if python is not None:
                return _with_module(python)
    found = shutil.which("tf-cvpn-lint")
    if found is not None:
        return [found]
    raise TroubleError(
        f"no Python with tf-cvpn-lint was found from {package}; set TF_CVPN_LINT_PYTHON to the one that it is installed in"
    )


def _with_module(python: Path) -> list[str]:
    # Neither PYTHON* variables of Checkov's environment (-E) nor modules in the directory that is scanned (-P) are ours.
    return [str(python), "-E", "-P", "-m", "tf_cvpn_lint"]


def _python_of(environment: Path) -> Path | None:
    for name in ("bin/python", "Scripts/python.exe", "bin/python3"):
        if (environment / name).is_file():
            return environment / name
    return None


def _recorded_script(site: Path) -> Path | None:
    """The console script, by the installer's record of installed files.

    Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
    """
    for record in sorted(site.glob("tf_cvpn_lint-*.dist-info/RECORD")):
        with record.open(encoding="utf-8", newline="") as rows:
            for row in csv.reader(rows):
                if row and row[0].replace("\\", "/").rpartition("/")[2] in ("tf-cvpn-lint", "tf-cvpn-lint.exe"):
                    script = Path(os.path.normpath(site / row[0]))
                    if script.is_file():
                        return script
    return None


_answers: dict[Any, Any] = {}


def ask(path: str, arguments: tuple[str, ...] = ()) -> dict[str, Any]:
    """What our program says of a plan or a directory. Each is judged once in a process, unless it changes.

    Raises:
        TroubleError: it says nothing that could be used.
    """
    key = (path, _state_of(path), arguments)
    if key not in _answers:
        try:
            _answers[key] = _answer(path, arguments)
        except TroubleError as trouble:
            _answers[key] = trouble
        except Exception as fault:
            _answers[key] = TroubleError(f"{type(fault).__name__}: {fault}")
    told = _answers[key]
    if isinstance(told, TroubleError):
        raise told
    return told  # type: ignore[no-any-return]


def _state_of(path: str) -> Any:
    place = Path(path)
    files = sorted(place.glob("*.t*f*")) if place.is_dir() else [place]
    return tuple((str(file), _changed(file)) for file in files)


def _changed(file: Path) -> tuple[int, int]:
    try:
        about = file.stat()
    except OSError:
        return (0, 0)
    return (about.st_mtime_ns, about.st_size)


def _answer(path: str, arguments: tuple[str, ...]) -> dict[str, Any]:
    command = [*program(), "checkov-report", *arguments, "--", path]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except OSError as fault:
        raise TroubleError(f"{command[0]} cannot be run: {fault.strerror or fault}") from fault
    except subprocess.TimeoutExpired as fault:
        raise TroubleError(f"{command[0]} did not end within {TIMEOUT} seconds") from fault
    last = (done.stderr.decode("utf-8", "replace").strip() or "it says nothing").splitlines()[-1]
    if done.returncode not in (0, 1):
        raise TroubleError(f"tf-cvpn-lint could not judge (exit status {done.returncode}): {last}")
    try:
        answer = json.loads(done.stdout.decode("utf-8"))
        bridge, version = answer["bridge"], answer["version"]
    except (ValueError, KeyError, TypeError) as fault:
        raise TroubleError(f"{command[0]} is no tf-cvpn-lint that knows Checkov: {last}") from fault
    if (bridge, version) != (BRIDGE, VERSION):
        raise TroubleError(
            f"{command[0]} is tf-cvpn-lint {version}, and these checks are of {VERSION}; set TF_CVPN_LINT_PYTHON"
        )
    if done.returncode != answer["status"]:
        raise TroubleError(f"tf-cvpn-lint ended with {done.returncode} and reported {answer['status']}")
    return answer  # type: ignore[no-any-return]


_KEY = re.compile(r"\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\]")


def without_keys(address: str) -> str:
    """The address without instance keys, which Checkov does not know everywhere."""
    return _KEY.sub("", address)


def evaluated_keys(attribute: str | None) -> list[str]:
    """`ingress/[0]/from_port` of `ingress[0].from_port`, as Checkov writes it."""
    return [attribute.replace(".", "/").replace("[", "/[")] if attribute else []


def scan_options() -> tuple[str, ...]:
    """What this process was told about sources and variables on its command line, as options of our program."""
    roots = _values("--repo-root-for-plan-enrichment", "--repo-root")
    files = _values("--var-file", "--var-f")
    told = [f"--source={directory}" for root in roots for directory in _directories(root)]
    told += [f"--var-file={Path(file).absolute()}" for file in files]
    config = os.environ.get("TF_CVPN_LINT_CONFIG")
    return (*told, *([f"--config={config}"] if config else ()))


def _values(option: str, shortest: str) -> list[str]:
    """The values of an option, which may be shortened and may take several."""
    found = []
    rest = iter(sys.argv[1:])
    taking = False
    for argument in rest:
        name, equals, value = argument.partition("=")
        if argument.startswith("-"):
            taking = option.startswith(name) and name.startswith(shortest)
            if taking and equals:
                found.append(value)
        elif taking:
            found.append(argument)
    return found


def _directories(root: str) -> list[str]:
    """The directories below a repository's root that hold Terraform files: any of them may be the root module of the plan."""
    found = []
    for current, inner, files in os.walk(Path(root).absolute()):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        if any(name.endswith((".tf", ".tofu", ".tf.json", ".tofu.json")) for name in files):
            found.append(current)
        if len(found) == 200:
            break
    return found
