# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of this collection: what was attempted, on which object, the service's own reason, what to do next.

Everything below `main()` raises; `reporting` alone turns an error into a failed task.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.urls import without_credentials

DENIED = re.compile(r"not authorized to perform: (?P<action>\S+)(?: on resource: \"?(?P<resource>[^\s\"]+)\"?)?")
# An explicit deny, or a policy other than the caller's own that does not allow it.
OWNER_KIND = re.compile(
    r"(?:with an explicit deny in an?|because no) "
    r"(?P<kind>(?!identity-based policy allows)[\w\- ]+?)(?= allows |: |\.|,|$)"
)
# What to do about a refusal that is none of rights.
ADVICE = {
    "EntityAlreadyExists": (
        "IAM knows this name already, under another path or in other case: set epinio_iam_path to that path, "
        "or epinio_name_suffix to use names of its own."
    ),
    "BucketAlreadyExists": "The name belongs to somebody else: set epinio_bucket to another one.",
    "DeleteConflict": "Somebody began to use it meanwhile: run this again, which reports who does.",
    "LimitExceeded": "It is a quota: have it raised, or remove what nobody needs.",
    # https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and
    # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException"),
        "The caller's credentials have expired: renew them (those of AWS_PROFILE, or AWS_SESSION_TOKEN and its keys).",
    ),
    **dict.fromkeys(
        ("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"),
        "AWS does not know the caller's key there: check AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, "
        "and whether epinio_region is enabled for the account.",
    ),
    **dict.fromkeys(
        ("InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch"),
        "Check AWS_PROFILE, or AWS_SECRET_ACCESS_KEY, and the clock of this machine.",
    ),
}
# The code of a refusal that is not the service's.
FOREIGN = "ForeignAnswer"
_FOREIGN_ADVICE = "Check AWS_ENDPOINT_URL and HTTPS_PROXY."
# botocore has a class of its own for each way to have no credentials.
_NO_CREDENTIALS = re.compile("Credential|Login|SSO|Token")


class EpinioAwsError(Exception):
    """Any failure that this collection explains. `facts` are further keys for the failed task's result.

    Services and programs quote the URLs that they were given: no text shows their credentials.
    """

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(without_credentials(message))
        self.facts = facts


class Refused(EpinioAwsError):
    """The input or the state of the world forbids the task. Raised before anything is changed."""


class ServiceFailed(EpinioAwsError):
    """AWS, Kubernetes or Helm refused or did not answer. `code` is the service's own, `""` if it gave none."""

    def __init__(self, attempt: str, reason: str, *, code: str = "", advice: str = "", **facts: Any) -> None:
        super().__init__(sentence(attempt, reason, advice), **facts)
        self.code = code
        self.reason = without_credentials(reason)


class ForeignAnswer(EpinioAwsError):
    """What answered is not the service. `attempting` says what was attempted."""


class Disproven(EpinioAwsError):
    """The proof, or the look at what Epinio reads, found that the wiring does not work or allows too much."""


class Undecided(EpinioAwsError):
    """The proof could not be carried out from here: nothing is proven, and nothing is disproven."""


class NoJob(Undecided):
    """No Job can be made for the proof: rights, a quota or an admission policy forbid it, or it lacks an image."""


def sentence(attempt: str, reason: str, advice: str = "") -> str:
    """`Could not <attempt>: <reason>. <Advice>`."""
    text = f"Could not {attempt}: {reason.strip().rstrip('.')}."
    return f"{text} {advice}" if advice else text


@contextmanager
def attempting(attempt: str) -> Iterator[None]:
    """Turn an SDK's exception inside the block into a `ServiceFailed` that says what was attempted (`read role x`)."""
    try:
        yield
    except of_sdk() as error:
        code, reason, advice = told(error)
        raise ServiceFailed(attempt, reason, code=code, advice=advice) from error


def of_sdk() -> tuple[Any, ...]:
    """The exceptions that `told` knows."""
    client, other = (_of("botocore.exceptions", name) for name in ("ClientError", "BotoCoreError"))
    return ForeignAnswer, client, other, _of("botocore.parsers", "ResponseParserError")


def told(error: Any) -> tuple[str, str, str]:
    """The service's code, its reason, and what to do next."""
    if isinstance(error, ForeignAnswer):
        return "", str(error), _FOREIGN_ADVICE
    if isinstance(error, _of("botocore.exceptions", "ClientError")):
        answer = error.response.get("Error", {})
        code, reason = answer.get("Code", ""), answer.get("Message") or str(error)
        return (
            (code, reason, _FOREIGN_ADVICE)
            if code == FOREIGN
            else (code, f"{code}: {reason}", aws_advice(code, reason))
        )
    if isinstance(error, _of("botocore.parsers", "ResponseParserError")):
        # Its text is the whole answer.
        return "", "the answer is not the service's (botocore cannot read it)", _FOREIGN_ADVICE
    return "", _unsent_reason(error), unsent_advice(error)


@contextmanager
def reading(attempt: str, advice: str = _FOREIGN_ADVICE) -> Iterator[None]:
    """Turn what the block cannot read of an answer into a `ServiceFailed`.

    The block holds the conversion of an answer and nothing else: a fault of ours in it would be taken for the answer's.
    """
    try:
        yield
    except ForeignAnswer as error:
        raise ServiceFailed(attempt, str(error), advice=advice) from error
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        reason = f"the answer has not the documented form ({type(error).__name__})"
        raise ServiceFailed(attempt, reason, advice=advice) from error


def _of(module: str, name: str) -> Any:
    """An SDK's class of exceptions. An SDK that is not loaded raises none, and loading it would cost every task."""
    return getattr(sys.modules.get(module), name, _Never)


class _Never(Exception):
    """Nobody raises it."""


def aws_advice(code: str, reason: str) -> str:
    """What the caller can do about a refusal.

    AWS names the kind of the policy that denies
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html): granting an action helps only
    where no identity-based policy allows it; an explicit deny is for the owner of that policy.
    """
    if code not in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "Forbidden"):
        return ADVICE.get(code, "")
    if re.search(r"(?i)\banonymous\b", reason):
        return "The request carried no credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    denying = OWNER_KIND.search(reason)
    if denying and denying["kind"] == "resource-based policy":
        named = DENIED.search(reason)
        whose = f"The policy of {(named and named['resource']) or 'the resource'} itself"
        explicit = "with an explicit deny" in reason
        return f"{whose} {'forbids it' if explicit else 'must allow it'}: ask its owner."
    if denying:
        return f"The {denying['kind']} forbids it: ask its owner."
    denied = DENIED.search(reason)
    if denied and "no identity-based policy allows" in reason:
        where = f" on {denied['resource']}" if denied["resource"] else ""
        return f"Grant {denied['action']}{where} to the caller."
    return "Ask the owner of the caller's permissions." if not denied else f"The caller needs {denied['action']}."


def _unsent_reason(error: Any) -> str:
    """botocore's reason, without the text of an error that quotes what it was given: a proxy's password, a header."""
    cause = getattr(error, "kwargs", {}).get("error")
    if isinstance(cause, ValueError):
        return f"the URL of a proxy or of an endpoint, or a header, is malformed ({type(cause).__name__})"
    return str(error)


def unsent_advice(error: Exception) -> str:
    """What the caller can do where no request was sent to AWS, or none was answered."""
    if _NO_CREDENTIALS.search(type(error).__name__):
        return "Set AWS_PROFILE (and log in to it), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    if isinstance(getattr(error, "kwargs", {}).get("error"), ValueError):
        return (
            "Check HTTPS_PROXY and AWS_ENDPOINT_URL: in the user name and the password of a URL, / is written %2F, "
            "? %3F, # %23 and @ %40."
        )
    if "Prox" in type(error).__name__:
        return "Check HTTPS_PROXY, and add what is reached without a proxy to NO_PROXY."
    return (
        "Check epinio_region, AWS_ENDPOINT_URL and HTTPS_PROXY if they are set, and that the endpoint can be reached "
        "from here."
    )


@contextmanager
def reporting(module: Any) -> Iterator[None]:
    """End the module with `fail_json` when the block raises one of this collection's errors."""
    try:
        yield
    except EpinioAwsError as error:
        module.fail_json(msg=str(error), **error.facts)
