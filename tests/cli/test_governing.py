"""``tenure sop`` and ``tenure validation-report``: written where the others are, from what was known then."""

LAST = "2024-07-01"


def test_before_anything_has_run_the_document_is_made_of_the_project_file(untouched):
    answer = untouched.tenure("sop")
    assert (answer.code, answer.told.startswith("open: ")) == (0, True)
    assert str(untouched.root / "reports" / "sop.html") in answer.out
    text = (untouched.root / "reports" / "sop.html").read_text(encoding="utf-8")
    assert "before the first period" in text
    assert "In office: nobody" in text
    assert not (untouched.root / "datamart").exists()


def test_after_periods_it_is_beside_their_reports_and_says_who_is_in_office(lender):
    champion = lender.tenure("status", "--json").json["office"]["version"]["version"]
    answer = lender.tenure("sop")
    page = lender.root / "reports" / LAST / "sop.html"
    assert str(page) in answer.out
    assert f"In office: version {champion} since" in page.read_text(encoding="utf-8")
    told = lender.tenure("sop", "--as-of", "2024-05-01", "--json").json
    assert told["as_of"] == "2024-05-01"


def test_what_is_stated_is_no_open_point_any_more(untouched):
    untouched.declare(report={"sop": {"tier": "2"}})
    told = untouched.tenure("sop").told
    assert "inventory" not in told
    assert "The owner is not stated" in told


def test_a_version_has_its_report_beside_the_card(lender, tmp_path):
    answer = lender.tenure("validation-report", 1)
    page = lender.root / "reports" / LAST / "validation-1.html"
    assert (answer.code, answer.out.strip()) == (0, str(page))
    assert "decision tree, passed the gate" in page.read_text(encoding="utf-8")
    assert lender.tenure("validation-report", 1, "--out", tmp_path).code == 0
    assert (tmp_path / "validation-1.html").read_bytes() == page.read_bytes()
    assert lender.tenure("validation-report", 1, "--json").json["version"]["version"] == 1


def test_a_version_that_was_never_judged_is_an_error(lender):
    answer = lender.tenure("validation-report", 9)
    assert (answer.code, answer.out) == (2, "")
    assert "version 9 has not been judged" in answer.told
