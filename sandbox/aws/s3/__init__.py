"""S3: moto keeps buckets and objects; who may do what, and whose bucket it is, is decided here."""

# SPDX-License-Identifier: GPL-3.0-or-later
