from __future__ import annotations

from xml.etree import ElementTree as ET

from workers.census.bars import drawn
from workers.census.section import Chart

SVG = ET.fromstring  # what is parsed here was made here


def heights(chart: Chart) -> list[float]:
    return [float(bar.attrib["height"]) for bar in SVG(drawn(chart, 1)).iter("rect")]


def test_bars_are_as_high_as_their_numbers_and_a_month_without_any_has_none() -> None:
    chart = Chart(title="named", bars=[("2026-01", 40), ("2026-02", 0), ("2026-03", 10)])

    assert heights(chart) == [160.0, 0.0, 40.0]


def test_what_nobody_dates_is_drawn_apart_from_the_months() -> None:
    drawing = SVG(drawn(Chart(title="named", bars=[("2026-01", 1), ("unknown", 2)]), 1))

    assert [bar.attrib["class"] for bar in drawing.iter("rect")] == ["bar", "unknown"]


def test_markup_in_a_title_or_a_label_is_text() -> None:
    chart = Chart(title='</title><script>x</script>"', bars=[("<b onload='x'>", 1)])

    drawing = SVG(drawn(chart, 1))

    assert {element.tag for element in drawing.iter()} == {"svg", "title", "line", "text", "rect"}
    titles = [element.text or "" for element in drawing.iter("title")]
    assert titles[0].startswith("</title><script>x</script>")
    assert titles[1] == "<b onload='x'>: 1"


def test_a_chart_of_nothing_but_zeros_is_drawn() -> None:
    assert heights(Chart(title="named", bars=[("2026-01", 0)])) == [0.0]


def test_a_chart_says_what_it_shows_under_a_name_of_its_own() -> None:
    drawing = SVG(drawn(Chart(title="named", bars=[("2026-01", 7)]), 5))

    assert drawing.attrib["role"] == "img"
    title = drawing.find("title")
    assert title is not None
    assert drawing.attrib["aria-labelledby"] == title.attrib["id"] == "chart-5"
    assert "named" in (title.text or "")
