"""Marks of dials: which are written, and which give way."""

from seqgan.report.charts import Point, tradeoff_chart


def _drawn(*points: Point) -> str:
    return tradeoff_chart([("s", points)], x_label="across", y_label="upward")


def test_a_point_without_a_mark_takes_no_room() -> None:
    drawn = _drawn(Point(0, 0, "from"), Point(0.999, 0.999, ""), Point(1, 1, "to"))
    assert ">from<" in drawn
    assert ">to<" in drawn


def test_of_marks_on_each_other_one_is_written() -> None:
    drawn = _drawn(Point(0, 0, "from"), Point(0.999, 0.999, "near"), Point(1, 1, "to"))
    assert ">near<" in drawn
    assert ">to<" not in drawn
