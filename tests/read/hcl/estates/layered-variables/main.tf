variable "environment" {
  type = string
}

variable "cidr" {
  type    = string
  default = "10.0.0.0/16"
}

variable "dns" {
  type    = list(string)
  default = []
}

variable "clients" {
  type    = object({ cidr = string, split = optional(bool, false) })
  default = { cidr = "172.16.0.0/20" }
}

variable "ports" {
  type    = set(number)
  default = [443]
}

variable "untyped" {
  default = null
}

variable "banner" {
  type     = string
  default  = "welcome"
  nullable = false
}

variable "secret" {
  type      = string
  default   = "s3cret"
  sensitive = true
}

locals {
  regions = {
    dev  = "eu-west-1"
    prod = "eu-central-1"
  }
  tags = merge({ Environment = var.environment }, var.untyped == null ? {} : { Extra = tostring(var.untyped) })
}

resource "aws_vpc" "this" {
  cidr_block = var.cidr
  tags       = merge(local.tags, { Region = lookup(local.regions, var.environment, "none") })
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  description            = "${var.environment}: ${var.banner}"
  client_cidr_block      = var.clients.cidr
  split_tunnel           = var.clients.split
  dns_servers            = coalescelist(var.dns, [cidrhost(var.cidr, 2)])
  vpn_port               = one([for port in var.ports : port if port != 1194])
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }
  connection_log_options {
    enabled = false
  }
  client_login_banner_options {
    enabled     = true
    banner_text = "token ${var.secret}"
  }
}
