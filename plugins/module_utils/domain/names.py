# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for names, checked before any call.

Sources: botocore's model of IAM for names, paths, descriptions and tags; for namespaces and service accounts
https://kubernetes.io/docs/concepts/overview/working-with-objects/names/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
# A policy's path takes fewer characters than a role's; one variable serves both, so the narrower rule holds.
_PATH = re.compile(r"((/[A-Za-z0-9.,+@=_-]+)*)/")
# Printable ASCII and Latin-1, tabulator and line ends.
_DESCRIPTION = re.compile(r"[\t\n\r\x20-\x7E\xA1-\xFF]{0,1000}")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_TAG = re.compile(r"[\w .:/=+\-@]*")
LONGEST = {"policy": 128, "role": 64, "node role": 64}
# What people set: a module sees one name and not which of the variables it was made of.
_VARIABLES = {
    kind: f"correct epinio_{first}, epinio_staging_{kind}_name or epinio_name_suffix"
    for kind, first in (("policy", "policy_name"), ("role", "server_role_name"))
}
_VARIABLES["node role"] = "correct epinio_node_role_names"
_ACCOUNTS = "epinio_server_service_account or epinio_staging_service_account"
_LONGEST_PATH, _MOST_TAGS, _LONGEST_KEY, _LONGEST_VALUE = 512, 50, 128, 256


def check_name(kind: str, name: str, variable: str = "") -> None:
    """Raise `Refused` for a name that IAM does not take. `kind` is `policy`, `role` or `node role`.

    `variable` is the one that it was made of, with the suffix, where that is known.
    """
    mended = f"correct {variable} or epinio_name_suffix" if variable else _VARIABLES[kind]
    if not _NAME.fullmatch(name):
        raise Refused(f"The {kind} name {name!r} is malformed: {mended} (letters, digits and + = , . @ _ - only).")
    if len(name) > LONGEST[kind]:
        raise Refused(
            f"The {kind} name {name!r} has {len(name)} characters, and IAM takes at most {LONGEST[kind]}: {mended}."
        )


def check_node_roles(names: Iterable[str]) -> None:
    """Raise `Refused` for what can be no name of a node's role, such as its ARN."""
    for name in names:
        if not _NAME.fullmatch(name) or len(name) > LONGEST["role"]:
            raise Refused(
                f"{name!r} in epinio_node_role_names is not the name of a role: give the last part of its ARN."
            )


def check_path(path: str) -> None:
    """Raise `Refused` for a path that does not begin and end with a slash, or holds what IAM does not take."""
    if not _PATH.fullmatch(path) or len(path) > _LONGEST_PATH:
        raise Refused(
            f"The IAM path {path!r} is malformed: set epinio_iam_path to / or /some/path/, "
            f"up to {_LONGEST_PATH} characters."
        )


def check_description(text: str) -> None:
    """Raise `Refused` for a role's description that IAM does not take."""
    if not _DESCRIPTION.fullmatch(text):
        raise Refused(f"The description {text!r} is malformed: IAM takes up to 1000 characters of Latin-1.")


def check_namespace(name: str) -> None:
    """Raise `Refused` for anything but a DNS label; a wildcard would let other namespaces in."""
    if not _LABEL.fullmatch(name):
        raise Refused(
            f"The namespace {name!r} is malformed: set epinio_namespace to up to 63 lower-case letters, digits and -."
        )


def check_service_account(name: str, variable: str = _ACCOUNTS) -> None:
    """Raise `Refused` for anything but a DNS subdomain; a wildcard would let other service accounts in."""
    if not _SUBDOMAIN.fullmatch(name):
        raise Refused(
            f"The service account name {name!r} is malformed: set {variable} to lower-case letters, digits, - and ., "
            "at most 253."
        )


def check_pull_secrets(secrets: Iterable[str]) -> None:
    """Raise `Refused` for what can be no Secret's name."""
    for name in secrets:
        if not _SUBDOMAIN.fullmatch(name):
            raise Refused(
                f"{name!r} in epinio_staging_pull_secrets is no name of a Secret: lower-case letters, digits, - and ., "
                "at most 253."
            )


def check_domain(domain: str) -> None:
    """Raise `Refused` for what can be no host of an Ingress: Epinio's is `epinio.<domain>`."""
    if not _SUBDOMAIN.fullmatch(f"epinio.{domain}") or not all(map(_LABEL.fullmatch, domain.split("."))):
        raise Refused(
            f"epinio_domain is {domain!r}, which is no DNS name: give one such as apps.example.org, in lower case, "
            "without https:// and without *."
        )


def check_printable(variable: str, text: str) -> None:
    """Raise `Refused` for line ends and other control characters, which no path and no name has."""
    if not text.isprintable():
        # Not quoted: where it is the content of a kubeconfig, a token is in it.
        raise Refused(f"{variable} holds a line end or another character that cannot be printed: correct it.")


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise `Refused` for tags that IAM does not take."""
    if len(tags) > _MOST_TAGS:
        raise Refused(
            f"epinio_tags makes {len(tags)} tags, our mark included: AWS takes at most {_MOST_TAGS} for one object."
        )
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise Refused(f"The tag {key!r} of epinio_tags is malformed: keys that begin with aws: are AWS's own.")
        if not 0 < len(key) <= _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            raise Refused(
                f"The tag {key!r} of epinio_tags is too long: 1 to {_LONGEST_KEY} characters, "
                f"its value up to {_LONGEST_VALUE}."
            )
        if not _TAG.fullmatch(key) or not _TAG.fullmatch(value):
            raise Refused(f"The tag {key!r} of epinio_tags or its value holds a character that AWS does not take.")
