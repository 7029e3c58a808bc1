"""The table of the proof."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import (
    Identity,
    elsewhere,
    negative,
    positive,
    probe_key,
)

KEY = probe_key("arn:aws:eks:us-east-1:111122223333:cluster/epinio/epinio")


def test_the_key_is_the_wirings_own() -> None:
    assert KEY.startswith(".epinio-aws-probe/")
    assert probe_key("arn:aws:eks:us-east-1:111122223333:cluster/epinio/epinio") == KEY
    assert probe_key("arn:aws:eks:us-east-1:111122223333:cluster/other/epinio") != KEY


def test_staging_reads_what_the_server_wrote_before_it_is_deleted() -> None:
    calls = [(probe.identity, probe.call) for probe in positive("sources", KEY, documented=False)]
    put = calls.index((Identity.SERVER, "PutObject"))
    read = calls.index((Identity.STAGING, "GetObject"))
    assert put < read < calls.index((Identity.SERVER, "DeleteObject"))
    assert (Identity.SERVER, "MultipartUpload") in calls


def test_nothing_is_written_to_another_bucket() -> None:
    probes = elsewhere("other", "some-key", documented=False)
    assert {(probe.call, probe.key) for probe in probes} == {("ListObjectsV2", ""), ("GetObject", "some-key")}
    assert {probe.bucket for probe in probes} == {"other"}
    assert not any(probe.allowed for probe in probes)
    assert {probe.call for probe in elsewhere("other", None, documented=False)} == {"ListObjectsV2"}


def test_the_documented_policy_is_judged_leniently_where_it_gives_more() -> None:
    lenient = {p.call for p in negative("sources", KEY, documented=True) if p.lenient}
    assert lenient == {"PutObject", "DeleteObject"}
    assert all(p.lenient for p in elsewhere("other", "some-key", documented=True))
    assert not any(p.lenient for p in negative("sources", KEY, documented=False))


@pytest.mark.parametrize("documented", [True, False])
def test_no_upload_is_broken_off_where_nobody_may(documented: bool) -> None:
    calls = [probe.call for probe in positive("sources", KEY, documented=documented)]
    assert ("AbortMultipartUpload" in calls) is not documented
