"""The settings: where they are found, what is refused, and which layer wins."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_cvpn_lint.controls.flags import Flags
from tf_cvpn_lint.controls.in_force import InForce, in_force, settings_files, show
from tf_cvpn_lint.controls.settings_file import SettingsError, SettingsFile, SettingsTable, read
from tf_cvpn_lint.controls.settings_search import find
from tf_cvpn_lint.controls.toml_lines import key_lines
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.rules import Severity
from tf_cvpn_lint.settings import FailOn
from tf_cvpn_policies import RULES


def file_of(path: Path, text: str) -> SettingsFile:
    path.write_text(text, "utf-8")
    return read(path)


def force(tmp_path: Path, text: str = "", **flags: Any) -> InForce:
    file = file_of(tmp_path / ".tf-cvpn-lint.toml", text) if text else None
    return in_force(Flags(today="2026-11-23", **flags), file, RULES)


def origins(of: InForce) -> dict[str, str]:
    return {key: origin for key, _, origin in show(of)}


def test_settings_are_found_upwards_to_the_repository_s_root(tmp_path: Path) -> None:
    inner = tmp_path / "repo" / "infra" / "prod"
    inner.mkdir(parents=True)
    (tmp_path / ".tf-cvpn-lint.toml").write_text("")
    assert find(inner) == tmp_path / ".tf-cvpn-lint.toml"
    (tmp_path / "repo" / ".git").mkdir()
    assert find(inner) is None
    (tmp_path / "repo" / "pyproject.toml").write_text("[tool.other]\n")
    assert find(inner) is None
    (tmp_path / "repo" / "pyproject.toml").write_text("[tool.tf-cvpn-lint]\n")
    assert find(inner) == tmp_path / "repo" / "pyproject.toml"
    (tmp_path / "repo" / ".tf-cvpn-lint.toml").write_text("")
    assert find(inner) == tmp_path / "repo" / ".tf-cvpn-lint.toml"


def test_nothing_is_looked_for_above_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "infra").mkdir(parents=True)
    (tmp_path / ".tf-cvpn-lint.toml").write_text("")
    assert find(tmp_path / "home" / "infra") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("selekt = []\n", ":1: selekt: there is no such setting; did you mean select?"),
        ("fail_on = 'error'\n", ":1: fail_on: there is no such setting; did you mean fail-on?"),
        ("strict = 'yes'\n", ":1: strict: write true or false"),
        ("\nfail-on = 'sometimes'\n", ":2: fail-on: "),
        ("select = ['']\n", ":1: select[0]: "),
        ("[[assume]]\nbeyond = 'vgw-0a'\nnetworks = ['10.0.0.0/8']\n", ":1: assume[0].reason is missing"),
        (
            "[[assume]]\nreason = 'x'\nbeyond = 'vgw-0a'\nnetworks = ['10.0.0.5/8']\n",
            "bits beyond its prefix; write 10.0.0.0/8",
        ),
        ("[[assume]]\nreason = 'x'\nbeyond = 'vgw-0a'\nlan = '10.0.0.0/8'\n", "one of attribute"),
        ("[[assume]]\nreason = 'x'\nbeyond = 'vgw-0a'\nset = {}\n", "set does not go with beyond"),
        ("[[assume]]\nreason = 'x'\nattribute = 'nothing'\nvalue = 1\n", "is no attribute"),
        ("[[assume]]\nreason = 'x'\nattribute = 'aws_vpc.a.id'\n", "needs its value"),
        ("[[assume]]\nreason = 'x'\nid = 'i-0a'\n", "no id of a VPC"),
        ("[[assume]]\nreason = 'x'\nlan = '10.0.0.0/24'\nresolver = 'router'\n", "is no address"),
        ("[[expect]]\nendpoint = 'a'\nserver = 'b'\nverdict = 'fine'\n", ":4: expect[0].verdict: "),
        ("[[expect]]\nendpont = 'a'\n", "did you mean endpoint?"),
        ("a = \n", "not TOML"),
    ],
)
def test_what_is_no_setting_is_refused_in_one_line_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        file_of(tmp_path / ".tf-cvpn-lint.toml", text)
    message = str(refused.value)
    assert message.startswith(str(tmp_path / ".tf-cvpn-lint.toml"))
    assert says in message
    assert "\n" not in message


def test_a_setting_that_names_no_rule_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"toml:2: CVPN1O2: .*did you mean CVPN102\?"):
        force(tmp_path, "strict = true\nignore = ['CVPN1O2']\n")
    with pytest.raises(InputError, match="--select: nope"):
        force(tmp_path, select=("nope",))


def test_pyproject_is_read_as_the_file_of_its_own_is(tmp_path: Path) -> None:
    text = "strict = true\nselect = ['CVPN1']\n"
    project = file_of(tmp_path / "pyproject.toml", f"[project]\nname = 'x'\n[tool.tf-cvpn-lint]\n{text}")
    assert project.table == file_of(tmp_path / ".tf-cvpn-lint.toml", text).table
    assert project.location("strict").line == 4


def test_every_setting_says_where_it_comes_from(tmp_path: Path) -> None:
    of = force(
        tmp_path,
        "fail-on = 'error'\nstrict = true\n\n[severity]\nCVPN103 = 'error'\n\n[[assume]]\nreason = 'x'\ngroups = ['sg-eng']\n",
        strict=False,
        assume=("aws_vpc.a.id=vpc-0a",),
    )
    file = tmp_path / ".tf-cvpn-lint.toml"
    told = [(key, origin) for key, _, origin in show(of)]
    assert ("fail-on", f"{file}:1") in told
    assert ("strict", "--strict") in told
    assert ("severity", f"{file}:4") in told
    assert ("require-reason", "default") in told
    assert ("assume", f"{file}:7") in told
    assert ("assume", "--assume") in told
    assert (of.fail_on, of.strict) == (FailOn.ERROR, False)


def test_every_key_of_the_file_is_shown_and_has_a_flag(tmp_path: Path) -> None:
    keys = {name.replace("_", "-") for name in SettingsTable.model_fields}
    assert keys <= {setting.key for setting in force(tmp_path).settings}
    flags = {"sources" if name == "source" else name for name in Flags.__annotations__}
    assert {key.replace("-", "_") for key in keys} <= flags


LEVELS = st.sampled_from([None, "note", "error", "never"])
LISTS = st.sampled_from([None, (), ("CVPN1",), ("CVPN102", "CVPN4")])
SWITCH = st.sampled_from([None, True, False])


@given(LEVELS, LEVELS, LISTS, LISTS, SWITCH, SWITCH)
def test_a_flag_beats_the_file_and_the_file_beats_the_default(
    level: str | None,
    flag_level: str | None,
    chosen: tuple[str, ...] | None,
    flag_chosen: tuple[str, ...] | None,
    strict: bool | None,
    flag_strict: bool | None,
) -> None:
    text = "".join(
        [
            f"fail-on = '{level}'\n" if level else "",
            f"ignore = {list(chosen)}\n" if chosen is not None else "",
            f"strict = {str(strict).lower()}\n" if strict is not None else "",
        ]
    )
    file = SettingsFile(Path("s.toml"), SettingsTable.model_validate(tomllib.loads(text)), key_lines(text), ())
    flags = Flags(
        fail_on=FailOn(flag_level) if flag_level else None,
        ignore=flag_chosen or (),
        strict=flag_strict,
        today="2026-11-23",
    )
    of = in_force(flags, file, RULES)
    assert of.fail_on.value == (flag_level or level or "warning")
    assert of.controls.selection.ignore == (flag_chosen or chosen or ())
    assert of.strict is next((each for each in (flag_strict, strict) if each is not None), False)


def test_paths_in_the_file_start_at_the_file(tmp_path: Path) -> None:
    (tmp_path / "known.json").write_text('{"baseline_version": 1, "findings": []}')
    of = force(tmp_path, "sources = ['../live']\nbaseline = 'known.json'\n")
    assert of.sources == (tmp_path / "../live",)
    assert of.controls.baseline == ()


def test_inputs_go_by_the_settings_nearest_to_them(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".git").mkdir()
    for name in ("a", "b"):
        (tmp_path / name / ".tf-cvpn-lint.toml").write_text("")
    a, b, c = (str(tmp_path / name) for name in ("a", "b", "c"))
    found = settings_files(Flags(), [a, c, b, f"{a}/plan.json"])
    assert [(file.path.parent.resolve().name if file else None, paths) for file, paths in found] == [
        ("a", (a, f"{a}/plan.json")),
        (None, (c,)),
        ("b", (b,)),
    ]
    assert settings_files(Flags(no_config=True), [a, b]) == ((None, (a, b)),)
    ((named, paths),) = settings_files(Flags(config=tmp_path / "a" / ".tf-cvpn-lint.toml"), [b, c])
    assert named is not None
    assert paths == (b, c)


def test_today_is_what_is_said_then_the_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert in_force(Flags(), None, RULES).controls.today == date(1970, 1, 2)
    assert force(tmp_path).controls.today == date(2026, 11, 23)
    with pytest.raises(InputError, match="no date"):
        in_force(Flags(today="soon"), None, RULES)


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("severity", "CVPN103=loud"),
        ("per_address", "module.x=CVPN103:loud"),
        ("per_address", "module.x=CVPN103:"),
        ("assume", "groups=sg-eng"),
        ("assume", "groups=[]"),
        ("assume", 'lan="10.0.0.0/33"'),
        ("assume", 'lan="10.0.0.0/8", groups=["a"]'),
        ("per_address", "module.x"),
        ("assume", "aws_vpc.a.id"),
        ("assume", "aws_vpc=x"),
        ("expect", "aws_x.y=10.0.0.1=fine"),
    ],
)
def test_a_flag_that_cannot_be_read_says_how_it_is_written(tmp_path: Path, flag: str, text: str) -> None:
    with pytest.raises(InputError, match=f"--{flag.replace('_', '-')} "):
        force(tmp_path, "", **{flag: (text,)})


def test_every_form_of_an_assumption_has_a_flag(tmp_path: Path) -> None:
    given = (
        'groups=["sg-eng", "sg-ops"], endpoint="module.vpn.*"',
        'lan="192.168.7.0/24", resolver="192.168.7.1"',
        'beyond="aws_vpn_gateway.main", networks=["192.168.40.0/23"]',
        'id="vpc-0123456789abcdef0", set={cidr_block="10.8.0.0/16"}',
        'security-group="sg-0123456789abcdef0", admits-dns-from=["10.0.0.0/16"]',
        'var.resolvers=["10.8.1.10"]',
    )
    assumed = force(tmp_path, assume=given).controls.assumptions
    assert [type(each.fact).__name__ for each in assumed] == [
        "Groups",
        "Lan",
        "Behind",
        "Elsewhere",
        "Admits",
        "ValueOf",
    ]
    assert assumed[0].says == "users of module.vpn.* are in sg-eng or sg-ops"
    assert [each.position for each in assumed] == list(range(6))


def test_severities_at_addresses_have_a_flag(tmp_path: Path) -> None:
    (one,) = force(tmp_path, per_address=('module.vpn["a=b"].*=CVPN1,CVPN131:note',)).controls.selection.per_address
    assert (one.pattern, one.ignore, dict(one.severity)) == (
        'module.vpn["a=b"].*',
        ("CVPN1",),
        {"CVPN131": Severity.NOTE},
    )
    with pytest.raises(InputError, match="CVPN13l"):
        force(tmp_path, per_address=("x=CVPN13l:note",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('strict = true\nselect = ["CVPN1"', ":2: not TOML: unclosed array at the end of the file"),
        ("strict = true\nstrict = false\n", ":2: not TOML: cannot overwrite a value (column 15)"),
        ("\n[tool.tf-cvpn-lint]\nstrict = true\n", ":2: [tool.tf-cvpn-lint] is for pyproject.toml"),
        ('select = "CVPN1"\n', ':1: select: write a list: ["CVPN1"]'),
        ('\nstrict = "yes"\n', ":2: strict: write true or false"),
        ('fail-on = "warn"\n', ':1: fail-on: "warn" is not note, warning, error or never; did you mean warning?'),
        (
            '[severity]\nCVPN101 = "err"\n',
            ':2: severity.CVPN101: "err" is not error, warning or note; did you mean error?',
        ),
        (
            '[[assume]]\nreason = "x"\nid = "vpc-0a1b2c3d"\nset = { cidr = "10.0.0.0/8" }\n',
            ":1: assume[0]: vpc-0a1b2c3d: nothing is judged by cidr; aws_vpc has cidr_block,",
        ),
        (
            '[[assume]]\nreason = "x"\nid = "subnet-0a1b2c3d"\nset = { cidr_block = "10.0.0.0/99" }\n',
            "'10.0.0.0/99' is no network",
        ),
        (
            '[[assume]]\nreason = "x"\nid = "vpc-0a1b2c3d"\nset = { enable_dns = true }\n',
            "nothing is judged by enable_dns; did you mean enable_dns_support?",
        ),
        ('[[assume]]\nreason = "x"\nlan = "10.0.0.3/24"\n', "has bits beyond its prefix; write 10.0.0.0/24"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line_and_what_to_write(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / ".tf-cvpn-lint.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as fault:
        read(file)
    assert says in str(fault.value)


def test_keys_in_instance_keys_do_not_end_an_assumption_or_an_expectation(tmp_path: Path) -> None:
    of = force(
        tmp_path,
        assume=('module.vpn["a=b"].aws_vpc.x.id=vpc-0a',),
        expect=('module.vpn["a=b"].aws_ec2_client_vpn_endpoint.this=10.0.0.2=reachable',),
    )
    assert of.controls.assumptions[0].says == 'module.vpn["a=b"].aws_vpc.x.id is "vpc-0a"'
    (expected,) = of.controls.expectations
    assert (expected.endpoint, expected.server) == ('module.vpn["a=b"].aws_ec2_client_vpn_endpoint.this', "10.0.0.2")


def test_lines_of_keys_are_those_in_the_file() -> None:
    text = "a = 1\n'b c' = '''\nx = 2\n'''\n[t]\nd.e = 1\n\n[[l]]\nf = 1\n[[l]]\nf = 2\n[l.g]\nh = 3 # [z]\n"
    assert key_lines(text) == {
        ("a",): 1,
        ("b c",): 2,
        ("t",): 5,
        ("t", "d", "e"): 6,
        ("l", 0): 8,
        ("l", 0, "f"): 9,
        ("l", 1): 10,
        ("l", 1, "f"): 11,
        ("l", 1, "g"): 12,
        ("l", 1, "g", "h"): 13,
    }
