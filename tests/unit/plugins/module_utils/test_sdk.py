"""A botocore that cannot make a call of a plan is told before anything is sent, with the version to install."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import botocore
import botocore.session
import pytest
from ansible_collections.epinio.aws.plugins.module_utils import sdk
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change
from ansible_collections.epinio.aws.plugins.module_utils.writers.iam import IamWriter
from botocore.model import ServiceModel

PROVIDER = Change(
    "create OIDC provider p",
    "iam.create_open_id_connect_provider",
    {"Url": "https://issuer.test", "ClientIDList": ["sts.amazonaws.com"], "Tags": [{"Key": "k", "Value": "v"}]},
)
BUCKET = Change(
    "create bucket b",
    "s3.create_bucket",
    {"Bucket": "b", "CreateBucketConfiguration": {"Tags": [{"Key": "k", "Value": "v"}]}},
)
REPLACE = Change("replace the document of p", "iam.replace_default_version", {"PolicyArn": "p", "PolicyDocument": "{}"})


def client(service: str, change: Any = lambda description: None) -> Any:
    """A client of a botocore whose description of the service was changed."""
    loader = botocore.session.get_session().get_component("data_loader")
    description = deepcopy(loader.load_service_model(service, "service-2"))
    change(description)
    model = ServiceModel(description, service)
    names = {re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=ID)(?=C)", "_", name).lower(): name for name in model.operation_names}
    names |= {"create_open_id_connect_provider": "CreateOpenIDConnectProvider"} if service == "iam" else {}
    return SimpleNamespace(meta=SimpleNamespace(service_model=model, method_to_api_mapping=names))


def before_1_34_83(description: Any) -> None:
    description["shapes"]["CreateOpenIDConnectProviderRequest"]["required"] = ["Url", "ThumbprintList"]


def before_1_39_2(description: Any) -> None:
    del description["shapes"]["CreateBucketConfiguration"]["members"]["Tags"]


@pytest.mark.parametrize("change", [PROVIDER, BUCKET], ids=lambda change: change.operation)
def test_this_botocore_makes_every_call(change: Change) -> None:
    service = change.operation.split(".")[0]
    sdk.refuse_unsupported([change], {service: client(service)})


@pytest.mark.parametrize(
    ("change", "older", "version", "words"),
    [
        (PROVIDER, before_1_34_83, "1.34.82", 'Missing required parameter in input: "ThumbprintList"'),
        (BUCKET, before_1_39_2, "1.39.1", 'Unknown parameter in CreateBucketConfiguration: "Tags"'),
    ],
)
def test_an_older_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, change: Change, older: Any, version: str, words: str
) -> None:
    monkeypatch.setattr(botocore, "__version__", version)
    service = change.operation.split(".")[0]
    with pytest.raises(Refused) as refusal:
        sdk.refuse_unsupported([change], {service: client(service, older)})
    message = str(refusal.value)
    assert f"Could not {change.summary}: botocore {version} does not take the call" in message
    assert words in message
    assert message.endswith(f"pip install 'boto3>={sdk.BOTO3}'.")


def test_a_call_that_is_not_known_at_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore, "__version__", "1.20.0")
    known = client("iam")
    del known.meta.method_to_api_mapping["create_open_id_connect_provider"]
    with pytest.raises(Refused, match=r"it has no call iam\.create_open_id_connect_provider\. Install"):
        sdk.refuse_unsupported([PROVIDER], {"iam": known})


def test_a_newer_one_is_no_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore, "__version__", "1.99.0")
    with pytest.raises(Refused) as refusal:
        sdk.refuse_unsupported([BUCKET], {"s3": client("s3", before_1_39_2)})
    assert "pip install" not in str(refusal.value)


def test_what_a_writer_adds_is_in_no_model() -> None:
    sdk.refuse_unsupported([REPLACE], {"iam": IamWriter(client("iam"))})
    sdk.refuse_unsupported([Change("patch", "kubernetes.patch", {})], {"kubernetes": object()})
    with pytest.raises(Refused):
        sdk.refuse_unsupported([PROVIDER], {"iam": IamWriter(client("iam", before_1_34_83))})
