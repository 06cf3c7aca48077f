"""Column lineage of single statements, and what is remembered of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.publish import column_lineage as lineage
from warehouse.publish.influence import Influence, Transformation
from warehouse.publish.manifest import Manifest, Model
from warehouse.publish.sql_lineage import query_lineage

TABLES = {("s", "t"): ["a", "b", "c"], ("s", "u"): ["a", "d"]}


def told(influences: frozenset[Influence]) -> set[str]:
    return {f"{one.table}.{one.column} {one.transformation.value}" for one in influences}


@pytest.mark.parametrize(
    ("sql", "columns", "rows"),
    [
        ("select a as x, b + 1 as y from s.t", {"x": {"t.a identity"}, "y": {"t.b transformation"}}, set()),
        ('select * exclude (c) from "db"."s"."t"', {"a": {"t.a identity"}, "b": {"t.b identity"}}, set()),
        ("select count(*) as n from s.t", {"n": set()}, set()),
        (
            "select sum(b) as n from s.t where c > 1 group by a having max(b) > 2",
            {"n": {"t.b aggregation"}},
            {"t.c filter", "t.a group_by", "t.b filter"},
        ),
        (
            "select sum(case when a then b else 0 end) as n from s.t",
            {"n": {"t.a conditional", "t.b aggregation"}},
            set(),
        ),
        ("select count(b) filter (where c) as n from s.t", {"n": {"t.b aggregation", "t.c conditional"}}, set()),
        (
            "select lag(b) over (partition by a order by c) as x from s.t",
            {"x": {"t.b transformation", "t.a window", "t.c window"}},
            set(),
        ),
        (
            "select x.b, u.d from s.t as x left join s.u as u on x.a = u.a",
            {"b": {"t.b identity"}, "d": {"u.d identity"}},
            {"t.a join", "u.a join"},
        ),
        ("select t.b from s.t join s.u using (a)", {"b": {"t.b identity"}}, {"t.a join", "u.a join"}),
        # a correlated EXISTS chooses rows by everything in it
        (
            "select b from s.t where exists (select 1 from s.u where u.a = t.a and u.d > 0)",
            {"b": {"t.b identity"}},
            {"u.a filter", "u.d filter", "t.a filter"},
        ),
        (
            "select (select max(d) from s.u where u.a = t.a) as m from s.t",
            {"m": {"u.d aggregation", "u.a conditional", "t.a conditional"}},
            set(),
        ),
        ("select a from s.t union all select d from s.u", {"a": {"t.a identity", "u.d identity"}}, set()),
        (
            "select a from s.t union select d from s.u",
            {"a": {"t.a identity", "u.d identity"}},
            {"t.a group_by", "u.d group_by"},
        ),
        ("select a from s.t except select d from s.u", {"a": {"t.a identity"}}, {"u.d filter"}),
        (
            "select distinct a, b from s.t",
            {"a": {"t.a identity"}, "b": {"t.b identity"}},
            {"t.a group_by", "t.b group_by"},
        ),
        ("select a from s.t order by b", {"a": {"t.a identity"}}, set()),  # an order alone changes no row
        ("select a from s.t order by b limit 1", {"a": {"t.a identity"}}, {"t.b sort"}),
        (
            "select list_transform([a], v -> v + c) as x from s.t",
            {"x": {"t.a transformation", "t.c transformation"}},
            set(),
        ),
        ("select x.v from s.t, unnest(t.b) as x(v)", {"v": {"t.b transformation"}}, set()),
        (
            "select grouping(a) as g, sum(b) as n from s.t group by cube (a)",
            {"g": {"t.a group_by"}, "n": {"t.b aggregation"}},
            {"t.a group_by"},
        ),
        # CTEs read twice; a step that only chooses covers what came before it
        (
            "with x as (select a, b * 2 as b from s.t where c) select m.a, m.b from x as m join x as n on m.b = n.a",
            {"a": {"t.a identity"}, "b": {"t.b transformation"}},
            {"t.c filter", "t.b join", "t.a join"},
        ),
        # bookkeeping of incremental builds: the same as the full build's `true`
        ("select a from s.t where a in (select dt from build_state.m__touched)", {"a": {"t.a identity"}}, set()),
        ("select a from s.t where exists (select 1 from build_state.m__touched)", {"a": {"t.a identity"}}, set()),
        # an author's word that something counts for nothing
        (
            "with x as (select a,\n -- lineage: none. equal\n md5(b) as h from s.t) select a from x where h > ''",
            {"a": {"t.a identity"}},
            set(),
        ),
    ],
)
def test_what_goes_into_columns_and_rows(sql: str, columns: dict[str, set[str]], rows: set[str]) -> None:
    found = query_lineage(sql, TABLES)
    assert {name: told(one) for name, one in found.columns.items()} == columns
    assert told(found.rows) == rows
    assert found.unresolved == ()


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("select nowhere from s.t", "nowhere"),
        ("select x from s.unknown", "x"),
        ("select {{ config() }} from", ""),
        ("not sql at all (", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_resolved_is_told(sql: str, column: str) -> None:
    (first, *_) = query_lineage(sql, TABLES).unresolved
    assert first[0] == column
    assert "\x1b" not in first[1]


def model(sql: str, name: str = "m") -> Model:
    return Model(f"model.p.{name}", name, "conformed", "", sql, (), None, (), ("s", name))


def test_answers_are_remembered_until_sql_or_inputs_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(sql: str, tables: lineage.Tables) -> object:
        asked.append(sql)
        return query_lineage(sql, tables)

    monkeypatch.setattr(lineage, "query_lineage", counted)
    path = tmp_path / "column_lineage.json"

    def of(sql: str, columns: list[str]) -> lineage.ColumnLineage:
        manifest = Manifest({"model.p.m": model(sql)})
        tables = {("s", "t"): columns, ("s", "m"): ["a"]}
        return lineage.column_lineage(manifest, manifest.nodes, tables, path)

    sql = 'select a from "db"."s"."t" where b <= date \'2023-06-30\''
    first = of(sql, ["a", "b"])
    assert of(sql.replace("06-30", "07-31"), ["a", "b"]) == first  # another day: nothing to parse
    assert len(asked) == 1
    of(sql, ["a", "b", "c"])
    of(sql.replace("<=", ">") + " and a > 1", ["a", "b", "c"])
    assert len(asked) == 3
    path.write_text("{", encoding="utf-8")  # a killed process, a full disk
    assert of(sql, ["a", "b"]) == first
    assert first.edges == (
        lineage.ColumnEdge("s.t", "a", "m", "a", Transformation.IDENTITY),
        lineage.ColumnEdge("s.t", "b", "m", "", Transformation.FILTER),
    )


def test_a_built_column_that_the_sql_does_not_explain_is_told(tmp_path: Path) -> None:
    manifest = Manifest({"model.p.m": model("select a from s.t")})
    tables = {("s", "t"): ["a"], ("s", "m"): ["a", "grown"]}
    found = lineage.column_lineage(manifest, manifest.nodes, tables, tmp_path / "x.json", keep=False)
    assert found.unresolved == (lineage.Unresolved("m", "grown", "grown"),)
    assert not (tmp_path / "x.json").exists()
