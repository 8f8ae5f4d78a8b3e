"""The network in AWS's words, its edges objects. No Terraform in it but the addresses things are named by.

Entities compare by identity: two subnets with equal attributes are two subnets.
"""
