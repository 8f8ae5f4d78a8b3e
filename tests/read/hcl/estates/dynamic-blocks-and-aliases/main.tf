provider "aws" {
  alias  = "hub"
  region = var.hub_region
}

variable "hub_region" {
  type    = string
  default = "eu-central-1"
}

variable "rules" {
  type = list(object({ port = number, protocols = list(string), from = optional(list(string), ["10.0.0.0/8"]) }))
  default = [
    { port = 53, protocols = ["udp", "tcp"] },
    { port = 853, protocols = ["tcp"], from = ["10.1.0.0/16", "10.2.0.0/16"] },
  ]
}

variable "egress" {
  type    = bool
  default = true
}

module "hub" {
  source = "./hub"
  count  = 1
  providers = {
    aws = aws.hub
  }

  cidr = "10.80.0.0/16"
}

resource "aws_vpc" "vpn" {
  cidr_block = "10.81.0.0/16"
}

resource "aws_security_group" "vpn" {
  name   = "vpn"
  vpc_id = aws_vpc.vpn.id

  dynamic "ingress" {
    for_each = { for rule in flatten([
      for rule in var.rules : [for protocol in rule.protocols : merge(rule, { protocol = protocol })]
    ]) : "${rule.protocol}/${rule.port}" => rule }
    iterator = rule
    content {
      description = rule.key
      from_port   = rule.value.port
      to_port     = rule.value.port
      protocol    = rule.value.protocol
      cidr_blocks = rule.value.from
    }
  }

  dynamic "egress" {
    for_each = var.egress ? [aws_vpc.vpn.cidr_block, one(module.hub[*].cidr)] : []
    content {
      from_port   = 0
      to_port     = 0
      protocol    = "-1"
      cidr_blocks = [egress.value]
      description = "rule ${egress.key}"
    }
  }
}

resource "aws_network_acl" "vpn" {
  vpc_id = aws_vpc.vpn.id

  dynamic "egress" {
    for_each = range(2)
    content {
      rule_no    = 100 + egress.value
      action     = egress.value == 0 ? "allow" : "deny"
      protocol   = -1
      from_port  = 0
      to_port    = 0
      cidr_block = "0.0.0.0/0"
    }
  }
}

resource "aws_vpc_peering_connection" "hub" {
  vpc_id      = aws_vpc.vpn.id
  peer_vpc_id = module.hub[0].vpc_id
  peer_region = var.hub_region
}

resource "aws_vpc_peering_connection_accepter" "hub" {
  provider = aws.hub

  vpc_peering_connection_id = aws_vpc_peering_connection.hub.id
  auto_accept               = true
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  client_cidr_block      = "172.19.0.0/20"
  dns_servers            = [cidrhost(aws_vpc.vpn.cidr_block, 2)]
  vpc_id                 = aws_vpc.vpn.id
  security_group_ids     = toset([aws_security_group.vpn.id])
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }
  connection_log_options {
    enabled = false
  }
}
