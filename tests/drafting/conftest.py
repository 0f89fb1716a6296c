import pytest

from tenure.drafting import draft_project, render_draft
from tenure.stores.duckdb import DuckDBEngine


@pytest.fixture
def engine():
    return DuckDBEngine()


@pytest.fixture
def files(tmp_path):
    """Write files by name below a folder of raw files, and give the folder."""

    def write(contents):
        for name, content in contents.items():
            path = tmp_path / "raw" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "raw").mkdir(exist_ok=True)
        return tmp_path / "raw"

    return write


@pytest.fixture
def draft(files, engine):
    """The draft of files by name."""
    return lambda contents: draft_project(files(contents), engine=engine)


@pytest.fixture
def drafted_yaml(draft):
    """The text of tenure.yaml that files by name give."""
    return lambda contents: render_draft(draft(contents))["tenure.yaml"]


def csv_of(header, rows):
    """A CSV text of a header and rows."""
    return "\n".join([",".join(header), *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"


@pytest.fixture(scope="session", name="csv_of")
def csv_of_fixture():
    return csv_of
