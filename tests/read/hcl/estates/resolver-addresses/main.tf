resource "aws_vpc" "a" {
  cidr_block = "10.50.0.0/16"
}

resource "aws_subnet" "dns" {
  count = 3

  vpc_id            = aws_vpc.a.id
  cidr_block        = element(cidrsubnets(aws_vpc.a.cidr_block, 8, 8, 8), count.index)
  availability_zone = "eu-west-1${element(["a", "b", "c"], count.index)}"
}

resource "aws_security_group" "dns" {
  name   = "dns"
  vpc_id = aws_vpc.a.id
}

resource "aws_route53_resolver_endpoint" "fixed" {
  direction          = "INBOUND"
  security_group_ids = [aws_security_group.dns.id]

  dynamic "ip_address" {
    for_each = aws_subnet.dns
    content {
      subnet_id = ip_address.value.id
      ip        = cidrhost(ip_address.value.cidr_block, 10 + ip_address.key)
    }
  }
}

resource "aws_route53_resolver_endpoint" "chosen" {
  direction          = "INBOUND"
  security_group_ids = aws_security_group.dns[*].id

  ip_address {
    subnet_id = aws_subnet.dns[0].id
  }
  ip_address {
    subnet_id = one(slice(aws_subnet.dns, 1, 2)).id
  }
}

locals {
  fixed  = [for address in aws_route53_resolver_endpoint.fixed.ip_address : address.ip]
  first  = slice(sort(local.fixed), 0, 2)
  chosen = aws_route53_resolver_endpoint.chosen.ip_address[*].ip
}

resource "aws_ec2_client_vpn_endpoint" "by_for" {
  client_cidr_block      = "172.31.0.0/20"
  dns_servers            = local.first
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }
  connection_log_options {
    enabled = false
  }
}

resource "aws_ec2_client_vpn_endpoint" "by_old_splat" {
  client_cidr_block      = "172.31.16.0/20"
  dns_servers            = [aws_route53_resolver_endpoint.fixed.ip_address.*.ip[0], element(local.fixed, 4)]
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }
  connection_log_options {
    enabled = false
  }
}

resource "aws_ec2_client_vpn_endpoint" "chosen" {
  client_cidr_block      = "172.31.32.0/20"
  dns_servers            = local.chosen
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }
  connection_log_options {
    enabled = false
  }
}

resource "aws_ec2_client_vpn_endpoint" "mixed" {
  client_cidr_block      = "172.31.48.0/20"
  dns_servers            = concat(slice(local.chosen, 0, 1), ["10.50.0.2"])
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }
  connection_log_options {
    enabled = false
  }
}

resource "aws_ec2_client_vpn_endpoint" "guarded" {
  client_cidr_block      = "172.31.64.0/20"
  dns_servers            = try([tolist(local.fixed)[9]], compact(["", cidrhost(aws_vpc.a.cidr_block, 2), null]))
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }
  connection_log_options {
    enabled = false
  }
}

resource "aws_ec2_client_vpn_authorization_rule" "each" {
  count = length(local.first)

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.by_for.id
  target_network_cidr    = "${local.first[count.index]}/32"
  authorize_all_groups   = true
}
