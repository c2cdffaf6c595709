"""The vendor's own Python client, unmodified, works against the emulated org."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import OLENA
from .zoho_org import PARTNER, STANDARD, EmulatedZoho, fresh, running_org

pytest.importorskip("zohocrmsdk")
PROGRAM = Path(__file__).with_name("zoho_vendor_client.py")


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def test_it_reads_writes_queries_and_subscribes(org: EmulatedZoho, tmp_path: Path) -> None:
    ids = [org.new_deal(), org.new_deal()]
    org.set(blueprint={"stages": ["Qualification"]})
    command = [sys.executable, "-W", "ignore", str(PROGRAM), org.url, ids[0], str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    modified = seen["list"].pop("modified")
    assert modified.endswith("+00:00") or "T" in modified
    assert seen["list"] == {
        "status": 200,
        "ids": ids[::-1],
        "stage": "Qualification",
        "owner": OLENA,
        "more": False,
    }
    assert seen["update"] == {"status": 200, "code": "SUCCESS"}
    assert org.one(ids[0])["Next_Step"] == "call"
    assert seen["gone"] == {"status": 204, "object": None}
    assert seen["pipelines"].keys() == {STANDARD, PARTNER}
    assert "Id. Decision Makers" in seen["pipelines"][STANDARD]
    assert seen["user"] == "integration@acme.example"
    assert seen["query"] == ids
    assert seen["watch"] == {
        "status": 201,
        "code": "SUCCESS",
        "events": ["Deals.create", "Deals.edit"],
        "days": 6.0,
    }
    assert seen["blueprint"] == {"stage": "Qualification", "next": ["Needs Analysis"]}
    assert org.counts()["malformed"] == 0
