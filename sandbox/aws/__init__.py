"""A stand-in for AWS: IAM, STS, EKS, EC2 and S3 as strict as the collection's work needs them.

It refuses what AWS refuses, evaluates policies and trust itself, and is consistent only eventually, as AWS is.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.aws.server import StandIn

__all__ = ["StandIn"]
