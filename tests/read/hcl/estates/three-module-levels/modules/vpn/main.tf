variable "name" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = map(string)
}

variable "clients" {
  type = string
}

variable "split" {
  type    = bool
  default = true
}

variable "servers" {
  type    = list(string)
  default = []
}

variable "reachable" {
  type = set(string)
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  description            = var.name
  client_cidr_block      = var.clients
  split_tunnel           = var.split
  dns_servers            = length(var.servers) > 0 ? var.servers : null
  vpc_id                 = var.vpc_id
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }
  connection_log_options {
    enabled = false
  }
}

resource "aws_ec2_client_vpn_network_association" "this" {
  for_each = var.subnet_ids

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = each.value
}

resource "aws_ec2_client_vpn_authorization_rule" "this" {
  for_each = var.reachable

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = each.key
  authorize_all_groups   = true
}

output "servers" {
  value = aws_ec2_client_vpn_endpoint.this.dns_servers
}
