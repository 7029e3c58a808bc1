# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for what people give for helm, checked before any call. Each raises `Refused` and names the variable.

Nothing that passes begins with a dash, has a control character, or carries credentials into helm's arguments.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from ansible_collections.epinio.aws.plugins.module_utils.domain.urls import without_credentials
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
_OF_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)+", re.ASCII)
_OCI = re.compile(r"oci://[A-Za-z0-9][\w.-]*(:\d{1,5})?(/[a-z0-9][\w.-]*)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# No blank, control character, quote or other character that must be escaped in a URL (RFC 3986, 2), and no fragment.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[\w.~:/?\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_HOST = re.compile(r"[a-z0-9_]([\w.-]*[a-z0-9_.])?|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NUMBER = r"(?:0|[1-9]\d*)"
_EXACT = re.compile(
    rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
# helm/helm, pkg/chart/common/util/validate_name.go: a DNS subdomain of at most 53 characters.
_RELEASE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_RELEASE = 53
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_PIECE = re.compile(r"(\d+(?:\.\d+)?)([hms])", re.ASCII)
# Seconds. Go counts a duration in nanoseconds of 64 bits, and adds it to the time: helm fails late with one too long.
_SHORTEST_TIMEOUT, _LONGEST_TIMEOUT = 1.0, 24 * 3600.0
_SHOWN = 100


def is_plain_name(reference: str) -> bool:
    """Whether the reference is a chart's name alone, which is looked up in the repository."""
    return _PLAIN_NAME.fullmatch(reference) is not None


def check_chart_ref(reference: str) -> None:
    """Raise `Refused` for anything but a chart's name, `repository/name`, a URL or an absolute path."""
    if reference.startswith((".", "~")):
        raise Refused(f"epinio_chart_ref is {_shown(reference)}: helm runs in an empty folder, give an absolute path.")
    if reference.startswith("/") and not _CONTROL.search(reference):
        return
    if reference.startswith("oci://"):
        _check_oci(reference)
    elif _SCHEME.match(reference):
        _check_chart_url(reference)
    elif not is_plain_name(reference) and not _OF_REPOSITORY.fullmatch(reference):
        raise Refused(
            f"epinio_chart_ref is {_shown(reference)}: give the name of a chart such as epinio, repository/name, "
            "an oci:// or https:// URL, or the absolute path of a chart."
        )


def check_chart_repo(url: str) -> None:
    """Raise `Refused` for anything but the URL of a chart repository. It may carry credentials, which are not shown."""
    if url.startswith("oci://"):
        raise Refused(
            f"epinio_chart_repo is {_shown(url)}: a registry is no chart repository for helm. Leave it out and set "
            "epinio_chart_ref to the chart in the registry, such as oci://registry.example.org/charts/epinio."
        )
    if _parts(url) is None or url.startswith("file://"):
        raise Refused(
            f"epinio_chart_repo (EPINIO_CHART_REPO) is {_shown(url)}: give the URL of a chart repository, such as "
            "https://epinio.github.io/helm-charts; what is special in a user name or password is percent-encoded."
        )


def check_chart_version(version: str) -> None:
    """Raise `Refused` for anything but one exact version, as helm reads it (https://semver.org)."""
    if not _EXACT.fullmatch(version):
        raise Refused(f"epinio_chart_version is {_shown(version)}: give one exact version, such as 1.13.9.")


def check_release(name: str) -> None:
    """Raise `Refused` for what helm takes for no release's name."""
    if not _RELEASE.fullmatch(name) or len(name) > _LONGEST_RELEASE:
        raise Refused(
            f"epinio_release is {_shown(name)}: a release's name has up to {_LONGEST_RELEASE} lower-case letters, "
            "digits, - and ., such as epinio (helm list --all-namespaces)."
        )


def check_helm_binary(binary: str) -> None:
    """Raise `Refused` for what can be no program's name or path."""
    if not binary.strip() or _CONTROL.search(binary):
        raise Refused(
            f"epinio_helm_binary is {_shown(binary)}: give the name of a program in PATH, such as helm, or its path."
        )


def check_helm_timeout(duration: str) -> float:
    """The seconds of a duration as helm takes it (`10m`, `1h30m`, `90s`). Raises `Refused` for anything else."""
    pieces = _PIECE.findall(duration)
    total = sum(float(number) * _UNITS[unit] for number, unit in pieces)
    if "".join(number + unit for number, unit in pieces) != duration or not pieces:
        raise Refused(f"epinio_helm_timeout is {_shown(duration)}: give a duration such as 10m or 1h30m.")
    if not _SHORTEST_TIMEOUT <= total <= _LONGEST_TIMEOUT:
        raise Refused(f"epinio_helm_timeout is {_shown(duration)}: give a duration between 1s and 24h, such as 10m.")
    return total


def _check_oci(reference: str) -> None:
    if "@" in reference.partition("@sha256:")[0]:
        raise Refused(
            "epinio_chart_ref has a user in its oci:// URL, which helm does not take: leave it out, and log in before "
            "with helm registry login."
        )
    if not _OCI.fullmatch(reference):
        raise Refused(
            f"epinio_chart_ref is {_shown(reference)}: give a chart in a registry such as "
            "oci://registry.example.org/charts/epinio."
        )


def _check_chart_url(reference: str) -> None:
    parts = _parts(reference)
    if parts is None or not parts.path.strip("/") or reference.startswith("file://"):
        raise Refused(
            f"epinio_chart_ref is {_shown(reference)}: give the URL of a packed chart, such as "
            "https://charts.example.org/epinio-1.13.9.tgz, or the absolute path of a chart."
        )
    if "@" in parts.netloc or parts.query:
        raise Refused(
            "epinio_chart_ref is a URL with a user or a query, which helm would show to everybody on this machine: "
            "give credentials in epinio_chart_repo, with epinio_chart_ref=epinio, or download the chart and give its "
            "absolute path."
        )


def _parts(url: str) -> SplitResult | None:
    """The parts of a URL with a host that helm can use; `None` for anything else.

    An @ behind the host is taken for the end of a password with an unescaped slash in it.
    """
    if not _URL.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        # Read for its ValueError: a port that is none.
        _port = parts.port
    except ValueError:
        return None
    sound = parts.hostname and _HOST.fullmatch(parts.hostname) and "@" not in f"{parts.path}{parts.query}"
    return parts if sound else None


def _shown(text: str) -> str:
    """What was given, as far as it may be shown: where it is malformed, all of it may be a password."""
    if "@" in text and _parts(text) is None:
        return "malformed (it holds an @, and is not shown)"
    address, query, _values = without_credentials(text).partition("?")
    shown = f"{address}{query and '?…'}"
    return repr(shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…")
