"""Whatever answers in the place of AWS, every reader says in words of ours that it is not AWS."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from types import ModuleType, SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import aws_answers
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers import bucket_policies, ec2, eks, iam, pod_identity, s3

from tests.unit.plugins.module_utils import well_typed
from tests.unit.plugins.module_utils.aws_transport import Answer, client, json_answer
from tests.unit.plugins.module_utils.readers.aws_answers import EKS, OTHERS, READERS, REGION, SECRET, XML
from tests.unit.plugins.module_utils.readers.variants import variants as json_variants

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = (
    b"<!DOCTYPE html><html><head><title>Please log in</title><style>a {}</style></head>"
    b"<body><p>to this network." + b" More." * 200 + b"</body></html>"
)
XHTML = b"<html><body><p>Please log in</p></body></html>"
MODULES: tuple[ModuleType, ...] = (bucket_policies, ec2, eks, iam, pod_identity, s3)
Find = Callable[[str], Answer]

WHOLE: dict[str, Answer] = {
    "a page": Answer(PAGE, 200, HTML),
    "an XHTML page": Answer(XHTML, 200, HTML),
    "a page that is said to be JSON": Answer(PAGE, 200, {"Content-Type": "application/json"}),
    "{}": json_answer({}),
    "foo": json_answer({"foo": 1}),
    "[]": json_answer([]),
    "null": json_answer(None),
    "text": json_answer("text"),
    "a number": json_answer(1),
    "NaN": Answer(b"NaN", 200, {}),
    "nothing": Answer(b"", 200, HTML),
    "plain text": Answer(b"upstream connect error or disconnect/reset before headers", 200, {}),
    "no UTF-8": Answer(b"\xff\xfe\x00{", 200, {}),
    "no UTF-8 in JSON": Answer(b'{"cluster": "\xff"}', 200, {}),
    "deep JSON": Answer(b"[" * 100_000, 200, {}),
    "incomplete JSON": Answer(b'{"cluster": {"arn": "nobody-sees', 200, {}),
    "incomplete XML": Answer(b"<GetRoleResponse><GetRoleResult><Role>nobody-sees", 200, {}),
    "other XML": Answer(b"<a><b>nobody-sees nobody-sees</b></a>", 200, {}),
    "an error with 200": Answer(b"<ErrorResponse><Error><Code>A</Code></Error></ErrorResponse>", 200, {}),
    **{
        f"{status} with a page": Answer(PAGE, status, HTML)
        for status in (300, 301, 302, 400, 403, 404, 407, 500, 502, 503)
    },
    **{f"{status} with {{}}": json_answer({}, status) for status in (400, 403, 500)},
    **{f"{status} with []": json_answer([], status) for status in (400, 403, 500)},
    **{f"{status} with text": Answer(b"no", status, {}) for status in (400, 403, 404, 500)},
    **{f"{status} with an empty refusal": Answer(b"<ErrorResponse/>", status, {}) for status in (400, 403, 500)},
    "a code that is no text": json_answer({"__type": 5, "message": []}, 400),
}


def good(operation: str) -> Answer:
    if operation in EKS:
        return json_answer(EKS[operation])
    if operation in OTHERS:
        return Answer(OTHERS[operation], 200, REGION)
    return Answer(XML[operation].encode())


def read(name: str, find: Find) -> Any:
    service, function, arguments, settings = READERS[name]
    return function(client(service, find), *arguments, **settings)


def used(name: str) -> list[str]:
    """The operations that the reader calls."""
    asked: list[str] = []

    def find(operation: str) -> Answer:
        asked.append(operation)
        return good(operation)

    well_typed.check(READERS[name][1], read(name, find))
    return list(dict.fromkeys(asked))


def instead(operation: str, answer: Answer) -> Find:
    return lambda asked: answer if asked == operation else good(asked)


def check(name: str, find: Find) -> str:
    """The text of the error that the reader raises, `""` if it returns what it promises."""
    try:
        found = read(name, find)
    except EpinioAwsError as error:
        text = str(error)
        assert len(text) < 400
        assert SECRET not in text
        assert text.isprintable()
        return text
    well_typed.check(READERS[name][1], found)
    return ""


def test_each_reader_is_in_the_table() -> None:
    public = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in MODULES
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == set(READERS) - {"sessions.assume"}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("name", READERS)
def test_an_answer_that_is_not_the_services(name: str, kind: str) -> None:
    answer = WHOLE[kind]
    for operation in used(name):
        text = check(name, instead(operation, answer))
        if operation == "HeadBucket" or (operation == "ListObjectsV2" and answer.status == 404):
            continue
        if (
            operation == "GetBucketPolicy"
            and answer.status < 300
            and answer.body[:1] == b"{"
            and answer.body[-1:] == b"}"
        ):
            continue
        if operation.startswith(("Get", "List")) and READERS[name][0] == "s3" and "empty refusal" in kind:
            assert text
            continue
        assert text.startswith("Could not "), (operation, text)
        assert "the answer is not " in text, (operation, text)
        assert text.endswith("Check AWS_ENDPOINT_URL and HTTPS_PROXY."), (operation, text)


def _xml_variants(text: str) -> Iterator[bytes]:
    """The XML with each element of it taken out, empty, doubled, renamed, or with other content."""
    for index in range(1, len(list(ElementTree.fromstring(text).iter()))):
        for change in (_drop, _empty, _text, _double, _rename, _nest):
            root = ElementTree.fromstring(text)
            element = list(root.iter())[index]
            parent = next(one for one in root.iter() if element in list(one))
            change(parent, element)
            yield ElementTree.tostring(root)


def _drop(parent: Any, element: Any) -> None:
    parent.remove(element)


def _empty(_parent: Any, element: Any) -> None:
    element.clear()


def _text(_parent: Any, element: Any) -> None:
    element.clear()
    element.text = "text"


def _double(parent: Any, element: Any) -> None:
    parent.append(deepcopy(element))


def _rename(_parent: Any, element: Any) -> None:
    element.tag = "other"


def _nest(_parent: Any, element: Any) -> None:
    element.clear()
    ElementTree.SubElement(element, "member")


def variants(operation: str) -> Iterator[Answer]:
    if operation in EKS:
        yield from map(json_answer, json_variants(EKS[operation]))
    elif operation in OTHERS:
        yield from (Answer(body, 200, {}) for body in (b"", b"{}", b"[]", b"1", b'{"Statement": 1}'))
    else:
        yield from (Answer(text) for text in _xml_variants(XML[operation]))


@pytest.mark.parametrize("name", READERS)
def test_each_part_of_an_answer_missing_or_of_another_type(name: str) -> None:
    for operation in used(name):
        for answer in variants(operation):
            text = check(name, instead(operation, answer))
            assert text == "" or text.startswith("Could not "), answer


def test_a_list_that_does_not_end() -> None:
    asked: list[str] = []

    def endless(operation: str) -> Answer:
        asked.append(operation)
        return json_answer({"nodegroups": [], "nextToken": "ab"[len(asked) % 2]})

    with pytest.raises(ServiceFailed, match="Could not list the node groups .* does not end after 1000 pages"):
        read("eks.read_node_groups", endless)
    assert len(asked) == 1001


def test_a_refusal_of_the_service_is_told_as_it_is() -> None:
    refusal = json.dumps({"message": "No cluster found"}).encode()
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "AccessDeniedException"}
    text = check("eks.read_cluster", lambda _operation: Answer(refusal, 403, headers))
    assert text.startswith("Could not read EKS cluster one: AccessDeniedException: No cluster found.")


@pytest.mark.parametrize("protocol", ["json", "smithy-rpc-v2-cbor"])
def test_a_protocol_that_is_not_known_here(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore reads the answer itself: that its form is none of the known ones says nothing."""
    parser = SimpleNamespace(parse=lambda *_: {"Arn": "a:b", "Account": "1"})
    monkeypatch.setattr(aws_answers, "_protocol", lambda _operation: protocol)
    monkeypatch.setattr(aws_answers, "create_parser", lambda _protocol: parser)
    answer = Answer(XML["GetCallerIdentity"].replace("GetCallerIdentityResponse", "other").encode())
    assert check("eks.read_caller", lambda _operation: answer) == ""
