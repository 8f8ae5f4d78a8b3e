"""Commands of provisioners: what they make for an endpoint, and whether there is something in them that was not read."""

from __future__ import annotations

import posixpath
import time

import pytest

from tf_cvpn_lint.read.commands import MAX_COMMAND, UNKNOWN_PART, look_through

RULE, ROUTE, ASSOCIATION, ENDPOINT = (
    f"aws_ec2_client_vpn_{name}" for name in ("authorization_rule", "route", "network_association", "endpoint")
)
FILES = {
    "scripts/rules.sh": "#!/bin/sh\naws ec2 authorize-client-vpn-ingress --target-network-cidr 10.0.0.0/8\n",
    "scripts/all.sh": "#!/bin/sh\n. ./scripts/rules.sh\npython scripts/routes.py\n",
    "scripts/routes.py": "client.create_client_vpn_route(DestinationCidrBlock='0.0.0.0/0')\n",
    "scripts/export.sh": "aws ec2 export-client-vpn-client-configuration > staff.ovpn\n",
    "rules.json": '{"method": "AuthorizeClientVpnIngress"}',
}


def read(path: str) -> str | None:
    return FILES.get(posixpath.normpath(path))


EXPORT = (
    f"aws ec2 export-client-vpn-client-configuration --client-vpn-endpoint-id {UNKNOWN_PART} --output text > x.ovpn"
)


@pytest.mark.parametrize(
    "command",
    [
        EXPORT,
        "sleep 10; for i in 1 2; do aws ec2 describe-client-vpn-endpoints | jq -r '.a | .b; .c'; done",
        'X=$(aws ec2 describe-subnets --query "Subnets[0]|x") && echo "$X" | tee out.txt',
        "cat <<EOF > staff.ovpn\nclient\ndev tun\nEOF\nchmod 600 staff.ovpn",
        'if [ "$A" = "b" ]; then\n  aws acm list-certificates\nfi',
        "export A=1\nwhile ! aws ec2 describe-client-vpn-connections; do sleep 1; done",
        f"aws ec2 create-tags \\\n  --resources {UNKNOWN_PART} \\\n  --tags Key=a,Value=b",
        "mkdir -p out && (cd out && aws s3 cp x y)",
        "openssl req -new 2>&1 >/dev/null &",
        "bash -c 'echo done'",
        'python3 -c "import sys"',
        "# make rules\necho nothing",
        "bash scripts/export.sh",
    ],
)
def test_a_command_that_makes_nothing_is_read_to_its_end(command: str) -> None:
    seen = look_through(command, read)
    assert (set(seen.makes), seen.is_read) == (set(), True)


@pytest.mark.parametrize(
    ("command", "makes"),
    [
        (f"aws --region {UNKNOWN_PART} ec2 authorize-client-vpn-ingress --authorize-all-groups", {RULE}),
        ("aws ec2 create-client-vpn-route; aws ec2 associate-client-vpn-target-network", {ROUTE, ASSOCIATION}),
        ("aws ec2 modify-client-vpn-endpoint --split-tunnel", {ENDPOINT}),
        (f"bash scripts/rules.sh {UNKNOWN_PART}", {RULE}),
        ("chmod +x scripts/rules.sh && scripts/rules.sh", {RULE}),
        ("sh scripts/all.sh", {RULE, ROUTE}),
        ('bash -c "scripts/rules.sh $ID"', {RULE}),
        ("python3 -c 'import boto3; c.create_client_vpn_route()'", {ROUTE}),
    ],
)
def test_what_a_command_makes_is_seen_in_its_text_and_in_the_scripts_it_names(command: str, makes: set[str]) -> None:
    seen = look_through(command, read)
    assert (set(seen.makes), seen.is_read) == (makes, True)


@pytest.mark.parametrize(
    "command",
    [
        "bash scripts/elsewhere.sh",
        "make vpn",
        "ansible-playbook vpn.yml",
        "terraform -chdir=rules apply -auto-approve",
        "aws lambda invoke --function-name rules out.json",
        "aws --region eu-west-1 cloudformation deploy --template-file rules.yaml",
        "bash -c '/opt/rules.sh'",
        "echo $(/opt/rules.sh)",
        UNKNOWN_PART,
        f"{EXPORT} && {UNKNOWN_PART}",
        "x" * (MAX_COMMAND + 1),
    ],
)
def test_a_program_that_was_not_read_may_do_anything(command: str) -> None:
    seen = look_through(command, read)
    assert (set(seen.makes), seen.is_read) == (set(), False)


def test_an_interpreter_that_is_no_shell_is_given_a_file_or_text() -> None:
    assert look_through("scripts/routes.py", read, ("python3",)).makes == {ROUTE}
    assert not look_through("other.py", read, ("python3",)).is_read
    assert look_through("print(1)", read, ("python3", "-c")).is_read


@pytest.mark.parametrize("piece", ["<<a\n", "$(", '"', "'", "`", "a|", "(", "\\", "\1", "#", "a=", "x.sh "])
def test_a_long_command_takes_no_long_time(piece: str) -> None:
    text = piece * (MAX_COMMAND // len(piece))
    start = time.process_time()
    look_through(text, lambda _: None)
    assert time.process_time() - start < 2
