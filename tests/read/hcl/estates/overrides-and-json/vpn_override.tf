resource "aws_ec2_client_vpn_endpoint" "this" {
  split_tunnel = true
  dns_servers  = concat(local.servers, ["10.70.0.53"])
}

locals {
  zones = { b = 7, c = 8 }
}
