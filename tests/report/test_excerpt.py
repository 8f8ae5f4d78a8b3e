"""Source lines and what is underlined."""

from __future__ import annotations

from pathlib import Path

import pytest

from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.report.excerpt import MOST_LINES, Sources


def lines(
    tmp_path: Path, source: str, *marked: str, at: Location | None = None, width: int = 80
) -> list[tuple[str, str]]:
    (tmp_path / "main.tf").write_text(source, "utf-8")
    shown = Sources((tmp_path,)).excerpt(at or Location("main.tf", 1, 3), marked, width)
    return [(line.text, line.marks) for line in shown]


def test_an_address_is_underlined_and_not_a_longer_one_that_begins_alike(tmp_path: Path) -> None:
    ((text, marks),) = lines(tmp_path, '  dns = ["10.0.0.43", "10.0.0.4"]', "10.0.0.4")
    assert marks == " " * text.index("10.0.0.4", 12) + "^^^^^^^^"


def test_an_address_in_a_comment_is_not_what_is_meant(tmp_path: Path) -> None:
    ((_, marks),) = lines(tmp_path, '  dns = ["10.0.0.4"] # 10.0.0.4 is dead', "10.0.0.4")
    assert marks == " " * 10 + "^" * 8


def test_without_a_literal_the_argument_is_underlined_up_to_its_comment(tmp_path: Path) -> None:
    assert lines(tmp_path, '  dns = local.servers # "why"') == [('  dns = local.servers # "why"', "  " + "^" * 19)]


def test_a_block_is_shown_by_its_header(tmp_path: Path) -> None:
    assert lines(tmp_path, 'resource "a" "b" {\n  c = 1\n}\n', at=Location("main.tf", 1, 1, 3)) == [
        ('resource "a" "b" {', "^" * 16)
    ]


def test_a_long_expression_is_cut(tmp_path: Path) -> None:
    shown = lines(tmp_path, "x\n" * 20, at=Location("main.tf", 1, 1, 20))
    assert len(shown) == MOST_LINES + 1
    assert shown[-1] == ("…", "")


@pytest.mark.parametrize("width", [20, 40, 60])
def test_a_long_line_is_cut_around_what_is_underlined(tmp_path: Path, width: int) -> None:
    source = f"  dns = [{', '.join(f'{chr(34)}10.0.{n}.1{chr(34)}' for n in range(30))}]"
    ((text, marks),) = lines(tmp_path, source, "10.0.17.1", width=width)
    assert len(text) <= width
    assert "".join(text[index] for index, mark in enumerate(marks) if mark == "^") == "10.0.17.1"


def test_tabs_wide_letters_and_control_characters_keep_the_carets_in_place(tmp_path: Path) -> None:
    ((text, marks),) = lines(tmp_path, '\tx = "\x1b日本", "10.0.0.1"', "10.0.0.1")
    assert text == r'  x = "\x1b日本", "10.0.0.1"'
    assert marks == " " * (text.index("10.0.0.1") + 2) + "^" * 8


@pytest.mark.parametrize("file", ["missing.tf", "../" * 40 + "x", "a\0b", "."])
def test_a_file_that_cannot_be_read_gives_no_excerpt(tmp_path: Path, file: str) -> None:
    sources = Sources((tmp_path,))
    assert sources.excerpt(Location(file, 1), (), 80) == []
    assert sources.place(Location("missing.tf", 7)) == "missing.tf:7"


def test_a_line_beyond_the_end_gives_no_excerpt(tmp_path: Path) -> None:
    assert lines(tmp_path, "x\n", at=Location("main.tf", 9)) == []


def test_a_place_is_told_without_detours_unless_a_link_makes_them_matter(tmp_path: Path) -> None:
    (tmp_path / "envs" / "dev").mkdir(parents=True)
    (tmp_path / "modules" / "vpn").mkdir(parents=True)
    (tmp_path / "modules" / "vpn" / "main.tf").write_text("# here\n")
    sources = Sources((tmp_path / "envs" / "dev",))
    assert sources.place(Location("../../modules/vpn/main.tf", 1)) == f"{tmp_path}/modules/vpn/main.tf:1"
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "main.tf").write_text("# there\n")
    (tmp_path / "envs" / "link").symlink_to(tmp_path / "modules" / "vpn")
    (tmp_path / "modules" / "main.tf").write_text("# elsewhere\n")
    (tmp_path / "envs" / "main.tf").write_text("# not this one\n")
    assert (
        Sources((tmp_path / "envs" / "link",)).place(Location("../main.tf", 1)) == f"{tmp_path}/envs/link/../main.tf:1"
    )
