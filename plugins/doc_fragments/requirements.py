# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oldest versions of the SDKs that modules run with, as in requirements.txt."""

from __future__ import annotations


class ModuleDocFragment:
    AWS = r"""
options: {}
requirements:
  - boto3 >= 1.39.2
  - botocore >= 1.39.2
"""
