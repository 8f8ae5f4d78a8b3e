"""Values, numbers, conversions and type constraints."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.read.hcl.literals import failure_in, read_call, type_text
from tf_cvpn_lint.core.address import Address, Name, Reference
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.value import Absent, Call, Known, Literal, Unknown
from tf_cvpn_lint.read.hcl import bigfloat
from tf_cvpn_lint.read.hcl.conversion import Attribute, Constraint, can_convert, common_type, convert, unify
from tf_cvpn_lint.read.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    SetType,
    TupleType,
    Type,
    format_type,
    object_type,
)
from tf_cvpn_lint.read.hcl.values import (
    FALSE,
    MAX_WEIGHT,
    NULL,
    TRUE,
    NullValue,
    SetValue,
    StringValue,
    UnknownValue,
    Value,
    boolean,
    deeply_unmarked,
    failure,
    list_of,
    map_of,
    marked,
    number,
    object_of,
    reference,
    set_of,
    string,
    to_configuration_value,
    tuple_of,
    unknown,
    unknown_from,
    with_marks_of,
)

VPC = Reference(Address("aws_vpc", "a"), "cidr_block")
VARIABLE = Reference(Name("var.cidr"))
cidr = reference(VPC)

# ------------------------------------------------------------------------------------------------------------------- numbers


@given(st.fractions(min_value=-(10**30), max_value=10**30))
def test_the_text_of_a_number_reads_back_as_that_number(exact: Fraction) -> None:
    rounded = bigfloat.round_to(exact)
    assert bigfloat.parse(bigfloat.to_text(rounded)) == rounded


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_a_64_bit_number_is_written_as_python_writes_it(value: float) -> None:
    text = bigfloat.to_text(bigfloat.from_float(value), 53)
    assert float(text) == value
    assert len(text.replace("-", "").replace(".", "").strip("0")) <= len(repr(value).partition("e")[0].replace(".", ""))


def test_one_third_has_as_many_digits_as_512_bits_need() -> None:
    text = bigfloat.to_text(bigfloat.divide(1, 3, 512))
    assert text == "0." + "3" * 154 + "5"


def test_a_number_of_absurd_size_is_refused_without_work() -> None:
    for text in ("1e999999999", "1e-999999999", "9" * 30_000):
        with pytest.raises(bigfloat.NumberTooLargeError):
            bigfloat.parse(text)


@pytest.mark.parametrize("text", ["", "x", "1_000", "0x10", " 1", "1e", "--1", "NaN", "１"])
def test_what_is_no_decimal_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        bigfloat.parse(text)


# ------------------------------------------------------------------------------------------------------------------ unknowns


def test_an_unknown_made_from_others_merges_what_they_refer_to() -> None:
    other = unknown("var.cidr has no default", refers_to=(VARIABLE,))
    result = unknown_from("f", cidr, tuple_of([other, cidr]))
    assert result.refers_to == (VPC, VARIABLE)
    assert result.why == "known after apply"
    assert not result.exact
    assert result.symbol is None


def test_a_symbol_needs_every_argument_to_have_one() -> None:
    assert unknown_from("f", cidr, number(2), TRUE, NULL).symbol == Call(
        "f", (VPC, Literal(2), Literal(True), Literal(None))
    )
    assert unknown_from("f", cidr, tuple_of([])).symbol is None
    assert unknown_from("f", cidr, marked(string("secret"))).symbol is None


def test_a_failure_among_the_arguments_is_the_result_s_reason() -> None:
    result = unknown_from("f", cidr, failure("it broke"))
    assert result.is_failure
    assert result.why == "it broke"


# --------------------------------------------------------------------------------------------------------------- collections


def test_sets_drop_duplicates_and_are_in_terraform_s_order() -> None:
    assert set_of(STRING, [string("b"), string("a"), string("b")]) == set_of(STRING, [string("a"), string("b")])
    numbers = set_of(NUMBER, [number(100), number(20), number(3)])
    assert isinstance(numbers, SetValue)
    assert numbers.items == (number(3), number(20), number(100))


def test_unknowns_of_a_set_come_last_and_only_those_made_alike_are_one() -> None:
    first, second = unknown(refers_to=(VPC,)), unknown(refers_to=(VPC,))
    made = set_of(STRING, [cidr, first, string("a"), second, reference(VPC)])
    assert isinstance(made, SetValue)
    assert made.items == (string("a"), cidr, first, second)


def test_a_set_whose_type_waits_for_an_unknown_element_may_hold_several_kinds() -> None:
    kinds: list[Value] = [
        string("a"),
        number(1),
        TRUE,
        NULL,
        object_of({}),
        tuple_of([number(1)]),
        unknown(refers_to=(VPC,)),
    ]
    for order in (kinds, kinds[::-1]):
        made = set_of(DYNAMIC, order)
        assert isinstance(made, SetValue)
        assert len(made.items) == len(kinds)
        assert isinstance(made.items[-2], UnknownValue) or isinstance(made.items[-1], UnknownValue)


def test_a_mark_inside_a_set_is_on_the_set() -> None:
    made = set_of(STRING, [marked(string("a")), string("b")])
    assert made.sensitive
    assert not any(item.holds_sensitive for item in made.items) if isinstance(made, SetValue) else False


def test_maps_and_objects_are_in_the_order_of_their_keys() -> None:
    made = object_of({"b": TRUE, "a": FALSE, "é": NULL, "z": NULL})
    assert type_text(made.type) == "object({a:bool,b:bool,z:dynamic,é:dynamic})"


def test_text_is_kept_in_normal_form_c() -> None:
    assert string("e\u0301") == string("\u00e9")


def test_what_is_too_large_is_unknown() -> None:
    made = list_of(NUMBER, [number(1)] * (MAX_WEIGHT + 1))
    assert isinstance(made, UnknownValue)
    assert made.of == ListType(NUMBER)
    assert not made.is_failure


def test_marks_spread_from_any_depth_and_come_off() -> None:
    deep = object_of({"a": tuple_of([marked(string("x"))])})
    assert deep.holds_sensitive
    assert not deep.sensitive
    assert with_marks_of(TRUE, deep).sensitive
    assert not deeply_unmarked(deep).holds_sensitive


# ----------------------------------------------------------------------------------------------------------------------- out


def test_a_value_becomes_one_of_the_configuration() -> None:
    evidence = Evidence(Address("aws_x", "y"))
    value = object_of(
        {
            "text": string("a"),
            "whole": number(2),
            "part": number(Fraction(1, 2)),
            "flag": boolean(True),
            "null": NullValue(of=STRING),
            "unknown": cidr,
            "secret": marked(string("s")),
            "list": set_of(STRING, [string("b"), string("a")]),
        }
    )
    out = to_configuration_value(value, evidence)
    assert isinstance(out, Known)
    assert out.evidence is evidence
    assert out.value == {
        "flag": Known(True),
        "list": Known((Known("a"), Known("b"))),
        "null": Absent(),
        "part": Known(0.5),
        "secret": Unknown((), "marked sensitive"),
        "text": Known("a"),
        "unknown": Unknown((VPC,), "known after apply", VPC, True),
        "whole": Known(2),
    }
    assert isinstance(out.value, dict)
    assert isinstance(out.value["whole"].value, int)


def test_a_secret_that_is_unknown_keeps_what_it_refers_to_and_nothing_else() -> None:
    assert to_configuration_value(marked(cidr)) == Unknown((VPC,), "marked sensitive")


# ---------------------------------------------------------------------------------------------------------------- conversion


def test_scalars_convert_as_terraform_converts_them() -> None:
    assert convert(number(Fraction(3, 2)), STRING) == string("1.5")
    assert convert(string("1e3"), NUMBER) == number(1000)
    assert convert(string("1"), BOOL) == TRUE
    assert convert(TRUE, STRING) == string("true")
    refused = convert(string("True"), BOOL)
    assert isinstance(refused, UnknownValue)
    assert refused.why == 'a bool is required; to convert from string, use lowercase "true"'
    assert failure_in(convert(number(1), BOOL))
    assert failure_in(convert(TRUE, NUMBER))


def test_an_unknown_learns_its_type_and_keeps_its_origin() -> None:
    result = convert(cidr, STRING)
    assert isinstance(result, UnknownValue)
    assert result.of is STRING
    assert result.symbol == VPC
    assert failure_in(convert(unknown(type=ListType(STRING)), STRING))


def test_null_has_the_type_it_is_converted_to() -> None:
    assert convert(NULL, ListType(STRING)) == NullValue(of=ListType(STRING))


def test_what_does_not_convert_says_where() -> None:
    wanted = object_type({"a": ListType(NUMBER)})
    result = convert(read_call('{a = ["1", "x"]}'), wanted)
    assert isinstance(result, UnknownValue)
    assert result.why == 'attribute "a": element 1: a number is required'
    missing = convert(read_call("{}"), object_type({"a": STRING, "b": STRING, "c": STRING}))
    assert isinstance(missing, UnknownValue)
    assert missing.why == 'attributes "a", "b", and "c" are required'


def test_a_map_becomes_an_object_and_drops_what_is_not_wanted() -> None:
    given_ = map_of(STRING, {"a": string("1"), "b": string("2")})
    assert convert(given_, object_type({"a": NUMBER})) == object_of({"a": number(1)})


types = st.recursive(
    st.sampled_from([STRING, NUMBER, BOOL, DYNAMIC]),
    lambda inner: st.one_of(
        inner.map(ListType),
        inner.map(SetType),
        inner.map(MapType),
        st.lists(inner, max_size=3).map(lambda all_: TupleType(tuple(all_))),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(object_type),
    ),
    max_leaves=6,
)


@given(st.lists(types, min_size=1, max_size=4))
def test_every_type_converts_to_the_one_they_have_in_common(given_: list[Type]) -> None:
    common = unify(given_)
    if common is not None:
        assert all(can_convert(type_, common) for type_ in given_), format_type(common)


@given(types)
def test_a_type_is_common_to_itself(type_: Type) -> None:
    assert unify([type_, type_]) == type_
    assert can_convert(type_, type_)


@given(types, types)
def test_an_unknown_and_a_null_convert_where_their_type_may(got: Type, wanted: Type) -> None:
    for value in (unknown(type=got), NullValue(of=got)):
        result = convert(value, wanted)
        assert (failure_in(result) is None) == can_convert(got, wanted)


def test_an_unknown_of_unknown_type_keeps_the_common_type_open() -> None:
    assert common_type([cidr, string("a")]) is STRING
    assert common_type([cidr, number(1)]) is DYNAMIC
    assert common_type([cidr, tuple_of([])]) is DYNAMIC
    assert common_type([NULL, number(1)]) is NUMBER
    assert common_type([NULL, object_of({"a": TRUE})]) is None


# --------------------------------------------------------------------------------------------------------------- constraints

SUBNET = Constraint.object_of(
    {
        "cidr": Attribute(Constraint(STRING)),
        "public": Attribute(Constraint(BOOL), optional=True, default=FALSE),
        "zone": Attribute(Constraint(STRING), optional=True),
        "tags": Attribute(
            Constraint.map_of(Constraint(STRING)), optional=True, default=object_of({"made": string("here")})
        ),
        "dns": Attribute(
            Constraint.object_of(
                {"servers": Attribute(Constraint.list_of(Constraint(STRING)), optional=True, default=tuple_of([]))}
            ),
            optional=True,
            default=object_of({}),
        ),
    }
)


def full(**given_: Value) -> Value:
    return object_of(
        {
            "cidr": string("10.0.0.0/24"),
            "public": FALSE,
            "zone": NullValue(of=STRING),
            "tags": map_of(STRING, {"made": string("here")}),
            "dns": object_of({"servers": list_of(STRING, [])}),
            **given_,
        }
    )


def test_optional_attributes_get_their_defaults_at_every_depth() -> None:
    assert SUBNET.apply(read_call('{cidr = "10.0.0.0/24"}')) == full()
    nested = read_call('{a = {cidr = "10.0.0.0/24", public = "true"}, b = {cidr = "10.0.0.0/24", tags = {}}}')
    assert Constraint.map_of(SUBNET).apply(nested) == map_of(
        SUBNET.apply(read_call('{cidr = "x"}')).type, {"a": full(public=TRUE), "b": full(tags=map_of(STRING, {}))}
    )


def test_a_null_attribute_gets_the_default_too() -> None:
    assert SUBNET.apply(read_call('{cidr = "10.0.0.0/24", public = null, dns = null}')) == full()


def test_a_null_value_and_an_unknown_stay_what_they_are() -> None:
    assert SUBNET.apply(NULL) == NullValue(of=SUBNET.apply(read_call('{cidr = "x"}')).type)
    result = SUBNET.apply(cidr)
    assert isinstance(result, UnknownValue)
    assert result.symbol == VPC


def test_an_unknown_attribute_is_kept_and_learns_its_type() -> None:
    value = SUBNET.apply(object_of({"cidr": cidr}))
    assert value == full(cidr=reference(VPC, type=STRING))


def test_any_takes_the_common_type() -> None:
    assert Constraint(ListType(DYNAMIC)).apply(read_call('[1, "a"]')) == list_of(STRING, [string("1"), string("a")])
    assert failure_in(Constraint(ListType(DYNAMIC)).apply(read_call("[1, [2]]")))


def test_a_default_that_does_not_fit_is_a_failure_where_it_is_used() -> None:
    broken = Constraint.object_of({"a": Attribute(Constraint(NUMBER), optional=True, default=string("x"))})
    used = broken.apply(object_of({}))
    assert failure_in(used)
    assert not failure_in(broken.apply(object_of({"a": number(1)})))


def test_text_of_a_known_value_is_a_string() -> None:
    assert isinstance(convert(number(10**21), STRING), StringValue)
    assert convert(number(10**21), STRING) == string("1" + "0" * 21)
