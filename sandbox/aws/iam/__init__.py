"""IAM: moto keeps the objects; what AWS refuses or answers differently is here."""

# SPDX-License-Identifier: GPL-3.0-or-later
