"""IAM's policy language: what documents mean. Pure; nothing here knows requests, accounts or moto.

Source of the rules: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy element reference".
"""

# SPDX-License-Identifier: GPL-3.0-or-later
