"""The splitter of top-level blocks, against hand-made traps and (in `test_parse`) against the parser."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cvpn_lint.read.hcl.blocks import attribute_locations, split_blocks

TRAPS = """\ufeff# a brace in a comment {
resource "aws_vpc" "a" { # and another }
  cidr = "${a["}"]} $${ {"
  list = [
    { a = 1 },
  ] # not the end
  text = <<-EOT
    { ${ "}" } } $${
    EOTX
    EOT
  dynamic "ingress" {
    for_each = {}
    content { a = 1 }
  }
  ingress { b = "%{ if x }}%{ endif }" }
  last = 1 /* } */
}
locals { one = 1 }
variable x {}
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_braces_in_text_comments_and_heredocs_are_no_braces(newline: str) -> None:
    blocks = split_blocks(TRAPS.replace("\n", newline), "main.tf")
    assert [(block.type, block.labels, block.line, block.end_line) for block in blocks] == [
        ("resource", ("aws_vpc", "a"), 2, 17),
        ("locals", (), 18, 18),
        ("variable", ("x",), 19, 19),
    ]
    assert not any(block.fault for block in blocks)
    assert blocks[1].body.strip() == "one = 1"


def test_each_argument_has_its_line_and_dynamic_counts_as_what_it_makes() -> None:
    places = attribute_locations(split_blocks(TRAPS, "main.tf")[0])
    assert {name: (place.line, place.column, place.end_line) for name, place in places.items()} == {
        "cidr": (3, 3, 3),
        "list": (4, 3, 6),
        "text": (7, 3, 10),
        "ingress": (11, 3, 14),
        "last": (16, 3, 16),
    }


def test_an_argument_of_a_one_line_block_has_its_column() -> None:
    (block,) = split_blocks("\n  locals { one = 1 }\n", "main.tf")
    assert (block.line, block.column) == (2, 3)
    assert attribute_locations(block)["one"].column == 12


@pytest.mark.parametrize(
    "broken",
    [
        'resource "a" "b" {\n  x = {\n',
        'resource "a" "b" {\n  x = "no end\n}\n',
        'resource "a" "b" {\n  x = <<EOT\n',
        "resource {{\n",
    ],
)
def test_what_is_not_closed_costs_that_block_and_not_the_next(broken: str) -> None:
    first, second = split_blocks(f'{broken}variable "next" {{\n  default = 1\n}}\n', "main.tf")
    assert first.fault
    assert (second.type, second.labels, second.fault) == ("variable", ("next",), "")


def test_text_between_blocks_is_told() -> None:
    found = split_blocks("stray = 1\nlocals {}\n", "main.tf")
    assert [(block.type, bool(block.fault), block.line) for block in found] == [("", True, 1), ("locals", False, 2)]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from('ab "${}%<-EOT\n\r#/*\\[]()=.~,:'), max_size=80))
def test_any_text_is_divided_without_losing_its_order(text: str) -> None:
    blocks = split_blocks(text, "x.tf")
    starts = [block.start for block in blocks]
    assert starts == sorted(set(starts))
    for block in blocks:
        assert text.startswith(block.text, block.start)
        attribute_locations(block)
