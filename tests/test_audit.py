"""What the audit says of vulnerabilities is true where nothing, or not everything, could be looked up."""

import audit
import pytest

GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1"}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "said"),
    [
        ([GOOD], "0 in 1 packages"),
        ([GOOD, SKIPPED], "0 in 1 packages; not looked up: 1 (c)"),
        ([GOOD, BAD], "Found 1 in 2 packages: b 2 PYSEC-1"),
        ([SKIPPED, SKIPPED], "not asked: none of 2 packages could be looked up (first: not found)"),
        ([], "not asked: none of 0 packages could be looked up (first: no package)"),
    ],
)
def test_what_was_not_looked_up_is_said(packages, said):
    assert audit.told(packages) == said


def test_a_machine_without_uv_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(audit.shutil, "which", lambda name: None)
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    assert audit.vulnerable() == "not asked: uv is not there"
