"""Lines from the Terraform beside a plan."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.read.fixture_plans import PLANS, resource, tree
from tf_cvpn_lint.read.inputs import read
from tf_cvpn_lint.read.plan import read_plan
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES


def line_of(file: Path, text: str) -> int:
    (line,) = (number for number, line in enumerate(file.read_text("utf-8").splitlines(), 1) if text in line)
    return line


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PLANS / "modules-and-instances", tmp_path / "estate"))


def test_a_resource_knows_its_block_and_its_arguments(estate: Path) -> None:
    read_ = read(str(estate / "plan.json"))
    gateway = resource(read_, "aws_nat_gateway.single[0]")
    first = line_of(estate / "main.tf", 'resource "aws_nat_gateway" "single"')
    assert gateway.location is not None
    assert (gateway.location.file, gateway.location.line) == (str(estate / "main.tf"), first)
    subnet = gateway.evidence("subnet_id").location
    assert subnet is not None
    assert subnet.line == line_of(estate / "main.tf", "subnet_id         = aws_subnet.counted[0].id")


def test_every_instance_of_a_module_is_written_where_its_module_is(estate: Path) -> None:
    read_ = read(str(estate / "plan.json"))
    for address in (
        "module.counted[1].module.inner.aws_security_group.this",
        "module.vpn.module.inner.aws_security_group.this",
    ):
        location = resource(read_, address).location
        assert location is not None
        assert location.file == str(estate / "modules" / "vpn" / "inner" / "main.tf")


def test_files_are_named_as_the_user_named_the_directory(estate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(estate)
    location = resource(read("plan.json"), "module.hub.aws_vpc.this").location
    assert location is not None
    assert location.file == str(Path("modules/network/main.tf"))
    monkeypatch.chdir(estate.parent)
    location = resource(read("estate/plan.json"), "aws_subnet.counted[0]").location
    assert location is not None
    assert location.file == str(Path("estate/main.tf"))


def test_sources_may_lie_elsewhere(estate: Path, tmp_path: Path) -> None:
    plan = tmp_path / "out" / "plan.json"
    plan.parent.mkdir()
    shutil.copy(estate / "plan.json", plan)
    assert resource(read(str(plan)), "aws_subnet.counted[0]").location is None
    location = resource(read(str(plan), sources=(tmp_path / "missing", estate)), "aws_subnet.counted[0]").location
    assert location is not None
    assert location.file == str(estate / "main.tf")


def test_of_several_directories_the_one_that_fits_counts(estate: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "main.tf").write_text('resource "aws_subnet" "counted" {\n}\n', "utf-8")
    location = resource(read(str(estate / "plan.json"), sources=(other,)), "aws_subnet.counted[0]").location
    assert location is not None
    assert location.file == str(estate / "main.tf")


def test_installed_modules_are_found_where_terraform_put_them(estate: Path) -> None:
    installed = estate / ".terraform" / "modules"
    shutil.move(estate / "modules" / "network", installed / "net")
    listed = {
        "Modules": [
            {"Key": "", "Source": "", "Dir": "."},
            {"Key": "network", "Source": "example/net", "Dir": ".terraform/modules/net"},
        ]
    }
    (installed / "modules.json").write_text(json.dumps(listed), "utf-8")
    read_ = read(str(estate / "plan.json"))
    location = resource(read_, 'module.network["dev"].aws_vpc.this').location
    assert location is not None
    assert location.file == str(installed / "net" / "main.tf")
    assert resource(read_, "module.hub.aws_vpc.this").location is None  # its ./modules/network is gone


def test_where_source_and_plan_disagree_nothing_is_said(estate: Path) -> None:
    main = estate / "main.tf"
    main.write_text(
        main.read_text("utf-8").replace('"aws_nat_gateway" "single"', '"aws_nat_gateway" "renamed"'), "utf-8"
    )
    assert resource(read(str(estate / "plan.json")), "aws_nat_gateway.single[0]").location is None


def test_nested_blocks_have_the_place_of_the_plan_and_the_line_of_the_file() -> None:
    directory = PLANS / "server-addresses-known-and-unknown"
    half = resource(read(str(directory / "plan.json")), "aws_route53_resolver_endpoint.half")
    ip = line_of(directory / "main.tf", '"10.0.1.54"')
    assert half.body.locations["ip_address[0].ip"].line == ip
    assert half.body.locations["ip_address[0].subnet_id"].line == ip - 1
    assert half.body.locations["ip_address"].line < ip - 2


def test_blocks_beside_a_dynamic_one_of_their_name_have_no_place() -> None:
    directory = PLANS / "dynamic-over-unknown"
    table = resource(read(str(directory / "plan.json")), "aws_route_table.static_and_dynamic")
    assert "route" in table.body.locations
    assert "route[0]" not in table.body.locations


def test_broken_sources_cost_their_lines_and_nothing_else(estate: Path) -> None:
    (estate / "main.tf").write_bytes(b'resource "aws_nat_gateway" "single" {\n  subnet_id = "\xff\n')
    (estate / "links.tf").symlink_to(estate / "nowhere.tf")
    read_ = read(str(estate / "plan.json"))
    assert len(read_.resources) == len(read_plan(tree("modules-and-instances")).resources)
    assert resource(read_, "aws_nat_gateway.single[0]").location is None
    assert resource(read_, "module.hub.aws_vpc.this").location is not None


@pytest.mark.parametrize(
    ("index", "verdict"),
    [
        ("count.index", "reachable"),
        ("min(count.index, 0)", "intermittent"),
        ("floor(count.index / 2)", "intermittent"),
        ("(count.index + 1) % 2", "reachable"),
        ("0 * count.index", "intermittent"),
    ],
)
def test_an_index_that_is_worked_out_is_read_from_the_sources(tmp_path: Path, index: str, verdict: str) -> None:
    """A plan lists all of these as one and the same references, so it is one plan for all."""
    story = Path(__file__).parents[2] / "fixtures/networks/routes-and-rules-outside-the-module"
    directory = tmp_path / "story"
    shutil.copytree(story, directory)
    sources = directory / "vpn.tf"
    written = sources.read_text("utf-8")
    assert "subnet_ids[count.index]" in written
    sources.write_text(written.replace("subnet_ids[count.index]", f"subnet_ids[{index}]"), "utf-8")
    (judgement,) = run([str(directory / "plan.json")], RULES, Options()).judgements
    (endpoint,) = judgement.endpoints
    assert [server.verdict.value for server in endpoint.servers] == [verdict, verdict]
