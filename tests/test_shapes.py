"""Files whose columns bear no name of the contract: which table they are is told by their values, and drafted so."""

import pandas as pd
import pytest
import yaml

from helpers import tables
from helpers.commands.drafting import by_shape, recognise, ways_out
from helpers.commands.drafting.draft import table_of
from helpers.commands.drafting.experiments import parameters
from helpers.commands.drafting.files import exports
from helpers.study.study import load_study

ROWS = 60
NUMBERS = [f"{place}.5" for place in range(ROWS)]
IDS = [str(place) for place in range(ROWS)]
YEARS = [str(year) for year in range(1990, 2000)]


@pytest.fixture
def reports_of(tmp_path):
    """Read a panel from a file as it is drafted."""

    def read(table):
        table.to_csv(tmp_path / "export.csv", index=False)
        folder, [export] = exports([str(tmp_path / "export.csv")])
        draft = table_of(export, pd.Timestamp.now().date())
        study = {
            "title": "Drafted",
            "as_of": "2026-11-26",
            "timezone": "UTC",
            "currency": "EUR",
            "source": str(folder),
        }
        study |= {"tables": {"panel": draft.settings}}
        (tmp_path / "drafted.yaml").write_text(yaml.safe_dump(study))
        return tables.open_source(load_study(str(tmp_path / "drafted.yaml"))).read("panel").to_pandas()

    return read


def texts(**columns):
    """Distinct values by column, as a file's layout has them; `_` in a name stands for a blank."""
    return {name.replace("_", " "): values for name, values in columns.items()}


@pytest.mark.parametrize(
    ("values", "table", "columns"),
    [
        (texts(f0=NUMBERS, treatment=["0", "1"], conversion=["0", "1"]), "experiment_units",
         {"unit_id": "row_number", "arm": "treatment"}),
        (texts(client_id=IDS, treatment_flg=["0", "1"], target=["0", "1"]), "experiment_units",
         {"unit_id": "client id", "arm": "treatment flg"}),
        (texts(history_segment=["1) low", "2) high"], segment=["Mens", "No E-Mail"], visit=["0", "1"]), "experiment_units",
         {"unit_id": "row_number", "arm": "segment"}),
        (texts(userid=IDS, version=["gate_30", "gate_40"], retention_7=["False", "True"]), "experiment_units",
         {"unit_id": "userid", "arm": "version"}),
        (texts(customer=IDS, discount_pct=["0", "5", "10"], ordered=["No", "Yes"]), "experiment_units",
         {"unit_id": "customer", "arm": "discount pct"}),
        (texts(location=["a", "b"], date=["2024-01-01", "2024-01-02"], Y=NUMBERS), "panel",
         {"unit": "location", "period": "date", "outcome": "Y"}),
        (texts(state=["a", "b"], year=YEARS, gdp=NUMBERS, treated=["0", "1"]), "panel",
         {"unit": "state", "period": "year", "outcome": "gdp", "treated": "treated"}),
        (texts(Year=YEARS, **{f"Land{place}": NUMBERS for place in range(6)}), "panel",
         {"unit": "column_names", "period": "Year", "outcome": "outcome"}),
        (texts(age=NUMBERS, job=["clerk", "cook"], contact=["mail", "phone"], y=["no", "yes"]), "leads",
         {"lead_id": "row_number", "won": "y", "channel": "contact"}),
        (texts(customer=IDS, group=["mail", "none"], past_spend=NUMBERS, revenue=NUMBERS), "experiment_units",
         {"unit_id": "customer", "arm": "group"}),
        (texts(customer=IDS, group=["1 gold", "2 basic"], revenue=NUMBERS), "transactions",
         {"customer_id": "customer", "amount": "revenue"}),
        (texts(customer=IDS, amount=NUMBERS, discount=["0", "5"], eingang=["2026-04-03", "2026-05-04"]), "transactions",
         {"order_time": "eingang", "amount": "amount"}),
        (texts(customer=IDS, revenue=NUMBERS, variant=["none", "mail"], eingang=["2026-04-03", "2026-05-04"]),
         "experiment_units", {"unit_id": "customer", "arm": "variant"}),
        (texts(customer_id=IDS, tenure=NUMBERS, got_offer=["0", "1"], churned=["0", "1"]), "experiment_units",
         {"unit_id": "customer id", "arm": "got offer"}),
        (texts(Kunde=IDS, Gruppe=["Brief", "Kontrolle"], Umsatz=NUMBERS), "experiment_units",
         {"unit_id": "Kunde", "arm": "Gruppe"}),
        (texts(customer=IDS, last_purchase=["2025-04-03"], voucher=["5 EUR", "none"], came_back=["0", "1"]),
         "experiment_units", {"unit_id": "customer", "arm": "voucher"}),
        (texts(customer_id=IDS, is_control=["0", "1"], bought=["0", "1"]), "experiment_units",
         {"arm": "CASE WHEN \"is control\" = '1' THEN 'control' ELSE 'treated' END"}),
        (texts(send_id=NUMBERS, customer_id=IDS, sent_at=["2026-04-03"], channel=["mail"], group=["control", "b"],
               bought=["0", "1"]), "experiment_units", {"unit_id": "customer id", "arm": "group"}),
        (texts(customer_id=IDS, campaign=["a"], sent_at=["2026-04-03"], is_control=["0", "1"]), "campaigns",
         {"arm": "CASE WHEN \"is control\" = '1' THEN 'control' ELSE 'treated' END"}),
        (texts(store=["a", "b"], week=["2025-01-06", "2025-01-13"], sales=NUMBERS, campaign=["0", "1"]), "panel",
         {"treated": "campaign"}),
        (texts(member_no=IDS, joined=["2025-01-06"], left=["2026-01-06"]), "subscriptions",
         {"started_at": "joined", "ended_at": "left"}),
        (texts(lead=IDS, source=["web"], inquiry=["2025-01-06"], qualified=["2025-01-13"]), "leads",
         {"lead_id": "lead", "created_at": "inquiry", "sql_at": "qualified"}),
        (texts(deal_name=IDS, deal_stage=["Closed Won", "Open"], create_date=["2025-01-06"], close_date=["2025-02-06"]),
         "leads", {"lead_id": "deal name", "created_at": "create date"}),
        (texts(order_id=IDS, customer=IDS, order_date=["2025-01-06"], total=NUMBERS, voucher=["none", "SUMMER"],
               is_control=["0", "1"]), "transactions", {"customer_id": "customer", "amount": "total"}),
        (texts(customer_id=IDS[:1], answered_on=["2026-04-03"], score=["9"]), "surveys",
         {"customer_id": "customer id", "asked_at": "answered on", "score": "score"}),
        (texts(guest=IDS, stay=YEARS, rating=["0", "7", "10"]), "surveys", {"score": "rating"}),
        (texts(region=["a", "b"], month=["2024-01-01", "2024-02-01"], sales=NUMBERS, launch=["2024-02-01"]), "panel",
         {"unit": "region", "outcome": "sales", "treated_from": "launch"}),
        (texts(shop=["a", "b"], week=["2024-W01", "2024-W02"], sales=NUMBERS, treated=["No", "Yes"]), "panel",
         {"period": "strftime(strptime(\"week\" || '-1', '%G-W%V-%u'), '%Y-%m-%d')", "treated": "treated"}),
        (texts(land=["a", "b"], month=["Jan 2024", "Feb 2024"], gdp=NUMBERS, treat=["0", "1"], post=["no", "yes"]), "panel",
         {"treated": "CASE WHEN \"treat\" = '1' AND \"post\" = 'yes' THEN 1 ELSE 0 END"}),
        (texts(store_id=IDS, state=["a", "b"], date=["2024-01-01", "2024-02-01"], staff=NUMBERS), "panel",
         {"unit": "store id", "outcome": "staff"}),
        (texts(ID=IDS, **{"NPS score": ["0 - not at all", "7", "10 (surely)"]}), "surveys",
         {"score": "regexp_extract(\"NPS score\", '[0-9]+')"}),
        (texts(ID=IDS, **{"Would you recommend us": ["Promoters", "Passives", "Detractors"]}), "surveys", {}),
        (texts(ID=IDS, **{"How likely are you to recommend us?": ["0", "7", "10"]}), "surveys",
         {"customer_id": "ID", "score": "How likely are you to recommend us?"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_table_is_told_by_the_values_of_its_columns(values, table, columns):
    found = recognise.recognise(values, "export_1")
    assert found.table == table and columns.items() <= found.columns.items()
    assert not found.missing or table == "transactions"


@pytest.mark.parametrize(
    "values",
    [
        texts(
            age_group=["18-30", "31-50"], region=["a", "b"], children=["0", "1"]
        ),  # no arm: no value says control
        texts(customer_id=IDS, city=["a", "b"], year=YEARS, points=NUMBERS),  # rows of customers
        texts(
            Year=YEARS, sales=NUMBERS, visits=NUMBERS, orders=NUMBERS, costs=NUMBERS, staff=NUMBERS
        ),  # one unit
        texts(name=["a", "b"], remark=["x", "y"], flag=["0", "1"]),
    ],
)
def test_what_no_shape_tells_stays_untold_and_the_draft_says_so(values):
    wanted = "unit: column_names" if "Year" in values else "experiment_units (unit_id, arm)"
    assert by_shape.told(values) is None and wanted in ways_out.sentence(values, ())


def test_periods_that_are_no_days_become_their_first_days(reports_of):
    quarters = [f"{year}Q{quarter}" for year in (2023, 2024) for quarter in (1, 2, 3, 4)]
    reversed_ = [f"Q{quarter} {year}" for year in (2023, 2024) for quarter in (1, 2, 3, 4)]
    fractions = [2023 + place / 4 for place in range(8)]
    for periods in (quarters, fractions, reversed_):
        rows = [
            (f"r{unit}", period, unit + place) for unit in range(3) for place, period in enumerate(periods)
        ]
        table = pd.DataFrame(rows, columns=["state", "year_qtr" if periods is fractions else "year", "gdp"])
        found = reports_of(table)
        days = found["period"].dt.strftime("%m-%d").unique()
        assert sorted(days) == ["01-01", "04-01", "07-01", "10-01"]


def test_a_first_year_of_treatment_is_read_and_0_is_never(reports_of):
    rows = [(c, y, c + y, 2004.0 if c == 1 else 0.0) for c in range(3) for y in range(2001, 2007)]
    found = reports_of(pd.DataFrame(rows, columns=["county", "year", "lemp", "first.treat"]))
    since = found.groupby("unit")["treated_from"].first()
    assert str(since["1"].date()) == "2004-01-01" and since[["0", "2"]].isna().all()


def test_a_drafted_test_keeps_apart_what_came_after_and_quotes_words_of_yaml(tmp_path):
    lines = [f"{i},{'Yes' if i % 2 else 'No'},{i % 3 == 0},{i * 7 % 5},{i % 2}" for i in range(60)]
    (tmp_path / "test.csv").write_text("ID,Promotion,purchase,V1,exposed\n" + "\n".join(lines) + "\n")
    _, [export] = exports([str(tmp_path)])
    line, why = parameters([table_of(export, pd.Timestamp.now().date())])
    assert "other columns" not in why
    assert (
        'control_arm: "No"' in line
        and "unit_outcomes: [purchase]" in line
        and "unit_covariates: [V1]" in line
    )


@pytest.mark.parametrize(
    ("columns", "outcomes", "covariates"),
    [
        ("past_spend,bought", "[bought]", "[past_spend]"),
        ("last_order_value,age,revenue", "[revenue]", "[last_order_value, age]"),
        ("age,open_rate,income", "[open_rate]", "[age, income]"),
        ("purchased_before,bought,spend_after", "[bought, spend_after]", "[purchased_before]"),
        ("y,x1,x2", '["y"]', "[x1, x2]"),
        ("age,impressions,profit", "[profit]", "[age]"),
    ],
)
def test_what_was_known_before_is_drafted_as_no_outcome(tmp_path, columns, outcomes, covariates):
    names, flags = columns.split(","), {"bought", "purchased_before"}
    rows = [
        ",".join(
            [f"u{i}", "mail" if i % 3 else "none"]
            + [f"{i % 2}" if one in flags else f"{i}.5" for one in names]
        )
        for i in range(60)
    ]
    (tmp_path / "test.csv").write_text("\n".join([f"user_id,group,{columns}", *rows]) + "\n")
    _, [export] = exports([str(tmp_path)])
    line, _ = parameters([table_of(export, pd.Timestamp.now().date())])
    assert f"unit_outcomes: {outcomes}" in line and f"unit_covariates: {covariates}" in line
    is_money = outcomes in ("[revenue]", "[profit]")
    assert (f"unit_outcome_kinds: {{{outcomes[1:-1]}: money}}" in line) == is_money
    assert ("margin: 1," in line) == (outcomes == "[profit]")
    assert ("margin: 0.30" in line) == (outcomes in ("[revenue]", "[bought, spend_after]")), "of money alone"


def test_other_outcomes_are_named_beside_the_one_that_is_drafted(tmp_path):
    rows = [f"u{i},{'mail' if i % 3 else 'none'},{i % 2},{i // 2 % 2},{i % 7}" for i in range(60)]
    names = "user_id,group,retention_1,retention_7,sum_rounds"
    (tmp_path / "test.csv").write_text("\n".join([names, *rows]) + "\n")
    _, [export] = exports([str(tmp_path)])
    line, why = parameters([table_of(export, pd.Timestamp.now().date())])
    assert "unit_outcomes: [retention_1]" in line and "outcomes: retention_7, sum_rounds)" in why


def test_whole_numbers_that_could_be_days_of_a_spreadsheet_are_covariates(tmp_path):
    rows = [f"u{i},{'mail' if i % 3 else 'none'},{30000 + i},{i % 2}" for i in range(60)]
    (tmp_path / "test.csv").write_text("\n".join(["user_id,group,income,bought", *rows]) + "\n")
    _, [export] = exports([str(tmp_path)])
    assert "unit_covariates: [income]" in parameters([table_of(export, pd.Timestamp.now().date())])[0]


def test_a_panel_in_which_nobody_is_treated_says_how_to_say_who_was(tmp_path):
    rows = [f"{unit},{year},{year - 1900}" for unit in "ab" for year in range(1990, 1996)]
    (tmp_path / "panel.csv").write_text("\n".join(["region,year,gdp", *rows]) + "\n")
    _, [export] = exports([str(tmp_path)])
    [note] = table_of(export, pd.Timestamp.now().date()).notes
    assert "treated_from: CASE WHEN region = 'a' THEN '1995' END" in note and "37" in note


def test_a_sum_per_arm_is_drafted_with_its_squares_only(tmp_path):
    rows = {
        "Variation": ["Original", "New"],
        "Users": [8000, 8050],
        "Orders": [400, 440],
        "Revenue": [32000, 36300],
    }
    for squares, drafted in (
        ({}, "Orders}"),
        ({"Sum of squares": [3e6, 4e6]}, 'sum_of_squares: "Sum of squares"}'),
    ):
        pd.DataFrame(rows | squares).to_csv(tmp_path / "ab.csv", index=False)
        _, [export] = exports([str(tmp_path)])
        line, why = parameters([table_of(export, pd.Timestamp.now().date())])
        assert drafted in line and "sum_of_squares" in why and "control_arm: Original" in line


def test_a_drafted_test_names_what_its_outcome_is_a_ratio_of_and_its_past(tmp_path):
    rows = "\n".join(f"u{i},{'ad' if i % 2 else 'none'},{10 + i % 7},{i % 5}" for i in range(60))
    (tmp_path / "ads.csv").write_text(f"user,arm,impressions,clicks\n{rows}\n")
    rows = "\n".join(f"u{i},{'club' if i % 2 else 'none'},{20 + i},{i % 9}.5,{i % 8}.25" for i in range(60))
    (tmp_path / "club.csv").write_text(f"user,arm,age,spend_before,spend\n{rows}\n")
    rows = "\n".join(f"s{i},2024-0{m}-01,{90 + i},{500 + i}" for i in range(12) for m in range(1, 7))
    (tmp_path / "shops.csv").write_text(f"shop,month,sales,customers\n{rows}\n")
    for name, wanted in (
        ("ads", 'unit_outcomes: [clicks], unit_outcome_kinds: {clicks: "per impressions"}}'),
        ("club", "unit_covariates: [age, spend_before], unit_before: spend_before, unit_earlier: [age]}"),
        ("shops", 'unit_weights: "customers"}'),
    ):
        _, [export] = exports([str(tmp_path / f"{name}.csv")])
        line, said = parameters([table_of(export, pd.Timestamp.now().date())])
        assert line.endswith(wanted) and wanted.split(":")[0] in said


def test_helpdesks_roll_outs_and_lots_are_told_by_what_stands_in_them(tmp_path):
    days = [f"2025-{1 + i % 9:02}-{1 + i % 27:02} 08:00" for i in range(ROWS)]
    later = [day.replace("08:", "19:") for day in days]
    asked = {"Contact ID": IDS, "Status": ["Closed"] * ROWS}
    born = [f"{1960 + i % 40}-03-{1 + i % 27:02}" for i in range(ROWS)]
    lots = [str(i % 2) for i in range(ROWS)]
    rolled = [("R1", f"2025-0{m}-01", "not yet", 90 + m) for m in range(1, 9)]
    rolled += [("R2", f"2025-0{m}-01", "live" if m > 4 else "not yet", 80 + m) for m in range(1, 9)]
    files = {
        "freshdesk": {"Ticket ID": IDS, "Created time": days, "Resolved time": later} | asked,
        "gorgias": {"Ticket id": IDS, "Creation date": days, "Closed date": later, "Customer email": IDS},
        "intercom": {
            "Conversation ID": IDS,
            "Conversation started at": days,
            "Last closed at": later,
            "User ID": IDS,
        },
        "draw": {"customer_id": IDS, "birthday": born, "drawn": lots, "bought_after": lots[::-1]},
        "los": {"Kundennummer": IDS, "Geburtsdatum": born, "Ausgelost": lots, "Umsatz danach": NUMBERS},
        "stepped": dict(
            zip(("branch", "month", "status", "revenue"), zip(*rolled, strict=True), strict=True)
        ),
        "rollout": dict(
            zip(("Region", "Week", "State of it", "Orders"), zip(*rolled, strict=True), strict=True)
        ),
        "club": {"member": IDS, "date of birth": born, "points": NUMBERS},
        "contracts": {"Customer ID": IDS, "Started at": days, "Closed at": later, "Plan": ["A"] * ROWS},
    }
    made = {}
    for name, columns in files.items():
        pd.DataFrame(columns).to_csv(tmp_path / f"{name}.csv", index=False)
        _, [export] = exports([str(tmp_path / f"{name}.csv")])
        made[name] = table_of(export, pd.Timestamp.now().date())
    of = {"tickets": ("freshdesk", "gorgias", "intercom"), "experiment_units": ("draw", "los")}
    of |= {"panel": ("stepped", "rollout"), "subscriptions": ("contracts",)}
    assert {name: made[name].table for names in of.values() for name in names} == {
        name: table for table, names in of.items() for name in names
    }
    assert all(made[name].is_complete for names in of.values() for name in names)
    assert made["freshdesk"].settings["columns"]["closed_at"] == "Resolved time"
    assert made["los"].settings["columns"]["unit_id"] == "Kundennummer"
    treated = "CASE WHEN status = 'live' THEN 1 ELSE 0 END"
    assert (
        made["stepped"].settings["columns"]["treated"] == treated
        and "treated" in made["rollout"].settings["columns"]
    )
    assert made["club"].settings["columns"]["order_time"] == "WHICH_COLUMN", (
        "a day of birth is no day of an order"
    )
