"""The sandbox: plain values, few filters, bounded work, one error."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.content.core import liquid
from keepwell.outreach.content.core.variables import VARIABLES, examples, nested

ALL = nested(examples(complete=True))
NOTHING = nested(examples(complete=False))


def refused(source, values=ALL):
    with pytest.raises(ContentError) as caught:
        liquid.render(source, values)
    return caught.value.code


def test_values_and_what_stands_in_their_place():
    source = "Dear {{ customer.salutation | default: 'customer' }}"
    assert liquid.render(source, ALL) == "Dear Ms Wang"
    assert liquid.render(source, NOTHING) == "Dear customer"
    assert liquid.render("{% if customer.city %}in {{ customer.city }}{% endif %}.", NOTHING) == "."


@pytest.mark.parametrize(
    "source",
    [
        "{{ customer.name }}",
        "{{ customer.name | upcase }}",
        "{{ customer.last_order_on | date: 'long' }}",
        "{{ customer.nobody.knows }}",
        "{% for one in customer.name %}x{% endfor %}",
    ],
)
def test_a_missing_value_without_words_in_its_place_is_refused(source):
    assert refused(source, NOTHING) == "missing_value"


TEXT = st.text(max_size=30)
VALUE = st.one_of(TEXT, st.sampled_from(["", "<b>", 'O\'Neil & "sons"', "{{ x }}"]), st.integers(), st.none())
NAME = st.sampled_from(["customer.name", "customer.city", "customer.nobody", "owner.name"])
WORDS = st.text(st.characters(exclude_characters="'{}", exclude_categories=("Cs",)), max_size=20)
PLACE = st.one_of(
    NAME.map("{{{{ {} }}}}".format),
    st.builds("{{{{ {} | default: '{}' }}}}".format, NAME, WORDS),
    st.builds("{{{{ {} | default: '{}' | upcase }}}}".format, NAME, WORDS),
)


@example("\r", {}, False)
@given(
    st.lists(st.one_of(WORDS, PLACE), max_size=6).map("".join),
    st.dictionaries(st.sampled_from(["name", "city"]), VALUE),
    st.booleans(),
)
def test_a_text_that_only_names_values_reads_as_the_library_reads_it(source, customer, html):
    def made():
        try:
            return liquid.render(source, {"customer": customer, "owner": {}}, html=html)
        except ContentError as error:
            return str(error)

    quick = made()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(liquid, "_parts", lambda *_: None)
        assert made() == quick


def test_what_the_library_itself_knows_needs_no_words_in_its_place():
    assert liquid.render("{{ now | default: 'x' }}", {}) != "x"


def test_such_a_text_is_read_without_the_library(monkeypatch):
    source = "Dear {{ customer.name | default: 'friend' }} in {{ customer.city }}"
    liquid.parse(source, html=True)
    monkeypatch.setattr(liquid.BoundTemplate, "render", None)
    values = {"customer": {"city": "Tea & Co"}}
    assert liquid.render(source, values, html=True) == "Dear friend in Tea &amp; Co"


def test_the_refusal_names_the_variable():
    with pytest.raises(ContentError) as caught:
        liquid.render("a {{ owner.name }}", NOTHING, where="body")
    assert (caught.value.where, caught.value.figures) == ("body", {"variable": "owner.name"})


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..100000000) %}x{% endfor %}",
        "{% for i in (1..4000) %}x{% endfor %}" * 2,
        "{% for i in (1..80) %}{% for j in (1..80) %}x{% endfor %}{% endfor %}",
        "{% assign x = 'ab' %}{% for i in (1..60) %}{% assign x = x | append: x %}{% endfor %}{{ x }}",
        "{% capture x %}" + "y" * 900 + "{% endcapture %}{% for i in (1..4000) %}{{ x }}{% endfor %}",
        "{% if true %}" * 40 + "{% endif %}" * 40,
    ],
)
def test_work_is_bounded(source):
    assert refused(source) == "too_much_work"


@pytest.mark.parametrize(
    "tag", ["include 'x'", "render 'x'", "tablerow i in (1..3)", "increment x", "liquid"]
)
def test_tags_that_are_not_there(tag):
    assert refused("{% " + tag + " %}") in ("bad_syntax", "bad_line")


@pytest.mark.parametrize("name", ["safe", "replace", "split", "join", "map", "base64_decode", "json", "sort"])
def test_filters_that_are_not_there(name):
    assert refused("{{ today | " + name + ": 'a' }}") == "no_filter"


def test_the_clock_is_not_there():
    assert refused("{{ 'now' | date: 'long' }}") == "no_date"
    assert refused("{{ today | date: '%9999999d' }}") == "no_date_style"


@pytest.mark.parametrize(
    ("language", "style", "expected"),
    [
        ("en", "long", "22 November 2026"),
        ("zh-hans", "long", "2026年11月22日"),
        ("zh-hant", "weekday", "星期日"),
        ("de", "long", "2026-11-22"),
        ("en", "year", "2026"),
    ],
)
def test_days_are_written_in_the_language(language, style, expected):
    shown = liquid.render(
        "{{ today | date: '" + style + "' }}", {"today": date(2026, 11, 22)}, language=language
    )
    assert shown == expected


@pytest.mark.parametrize(
    "path",
    [
        "customer.__class__",
        "customer.name.__class__.__mro__",
        "today.year",
        "today.__reduce__",
        "customer.items",
        "customer.keys",
        "customer['__init__']",
        "customer.name[0]",
        "customer.size",
        "customer.first",
        "forloop.parentloop",
        "self",
        "customer.name.format",
    ],
)
def test_attributes_render_empty(path):
    assert liquid.render("{{ " + path + " | default: '' }}", ALL) == ""


def test_an_object_is_a_slip_of_the_program():
    class Row:
        secret = "x"

    with pytest.raises(TypeError):
        liquid.render("{{ row.secret }}", {"row": Row()})
    with pytest.raises(TypeError):
        liquid.render("x", {"rows": [{"one": object()}]})


def test_values_are_escaped_in_html_and_words_written_by_hand_once():
    values = nested({"customer.name": "<img src=x onerror=alert(1)> & 'Co'"})
    shown = liquid.render("<b>{{ customer.name }}</b>", values, html=True)
    assert shown == "<b>&lt;img src=x onerror=alert(1)&gt; &amp; &#39;Co&#39;</b>"
    assert liquid.render("{{ customer.name }}", values) == values["customer"]["name"]
    assert liquid.render("{{ customer.city | default: 'R&D' }}", values, html=True) == "R&amp;D"
    for words in (
        "{{ '<b>' }}",
        "{% assign x = '<b>' %}{{ x }}",
        "{% cycle '<b>', 'c' %}",
        "{% echo '<b>' %}",
        "{{ '<b>' | append: '<i>' }}",
        "{{ 'a' | prepend: '<b>' }}",
        "{% if 'a' == 'a' %}{{ customer.no | default: '<b>' }}{% endif %}",
    ):
        assert "<" not in liquid.render(words, values, html=True), words
    assert liquid.render("{% if customer.name contains '<img' %}yes{% endif %}", values, html=True) == "yes"
    sneaky = "{% capture x %}{{ customer.name }}{% endcapture %}{{ x }}"
    assert "<img" not in liquid.render(sneaky, values, html=True)
    assert (
        "<img" not in liquid.render("{{ customer.name | append: '!' | upcase }}", values, html=True).lower()
    )


def test_what_a_template_names():
    source = "{{ customer.name }} {{ foo }} {{ customer.nam }} {% assign x = topic.last %}{{ x }}"
    assert liquid.used(source) == ("customer.nam", "customer.name", "foo", "topic.last")
    assert liquid.unknown(source) == ("customer.nam", "foo")
    assert liquid.unknown("{{ customer[topic.last] }}") == ("customer[topic.last]",)
    assert liquid.unknown("{{ customer }}") == ("customer",)


def test_the_line_of_a_mistake_is_named():
    with pytest.raises(ContentError) as caught:
        liquid.parse("one\ntwo\n{% nothing %}")
    assert caught.value.code == "bad_line"
    assert caught.value.figures["line"] == 3


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "|",
        ":",
        ".",
        "'",
        '"',
        "(1..9)",
        " ",
        "\n",
        "if",
        "endif",
        "for",
        "in",
        "endfor",
        "assign",
        "=",
        "case",
        "when",
        "capture",
        "cycle",
        "break",
        "default",
        "date",
        "times",
        "append",
        "slice",
        "__class__",
        "__dict__",
        "[",
        "]",
        "0",
        "-1",
        "9" * 30,
        "nil",
        "empty",
        "contains",
        "and",
        "<",
        ">",
        "#",
        "🙂",
        "你好",
        *VARIABLES,
    ]
)
SOURCES = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, max_size=25).map(" ".join),
    st.lists(PIECES, max_size=25).map("".join),
)
OUTPUTS = st.builds(
    lambda name, leaf, call: "{{ " + name + leaf + call + " }}",
    st.sampled_from([*sorted(VARIABLES), "customer", "x"]),
    st.sampled_from(["", ".__class__", ".__init__", ".items", "['__class__']", ".format", ".size", ".0"]),
    st.sampled_from(
        [
            "",
            " | default: 'd'",
            " | times: 3",
            " | slice: 0, 99",
            " | round: 400",
            " | append: x",
            " | divided_by: 0",
            " | truncate: -5",
            " | url_encode",
        ]
    ),
)
TEMPLATES = st.one_of(SOURCES, st.lists(OUTPUTS, max_size=5).map(" ".join))


REFUSALS = (
    "missing_value",
    "too_much_work",
    "no_filter",
    "bad_syntax",
    "bad_line",
    "failed",
    "no_date",
    "no_date_style",
)
TRACES = ("<class", "object at 0x", "built-in", "<function", "bound method", "dict_keys", "&lt;class")


def attempt(source, values, html):
    """(what came out, "") or ("", why it was refused)."""
    try:
        return liquid.render(source, values, html=html), ""
    except ContentError as error:
        return "", error.code


@given(source=TEMPLATES, complete=st.booleans(), html=st.booleans())
def test_rendering_raises_nothing_but_its_own_error_and_leaks_no_attribute(source, complete, html):
    values = nested(examples(complete=complete))
    shown, code = attempt(source, values, html)
    assert code in {"", *REFUSALS}
    grown = shown.replace(source, "")
    for trace in TRACES:
        assert trace not in grown


@given(source=TEMPLATES)
def test_what_a_template_names_is_told_or_refused(source):
    try:
        names = liquid.used(source)
    except ContentError:
        return
    assert list(names) == sorted(set(names))
