"""The packet laboratory: a `Network` built from Linux namespaces, and DNS queries that really travel through it.

Read README.md beside this file first. Nothing here may know a verdict; only `compare` and `mutations` import `tf_cvpn_lint.reach`.
"""
