locals {
  networks = {
    shared = { cidrs = ["10.30.0.0/16", "10.31.0.0/16"], groups = ["ops", "dev"] }
    data   = { cidrs = ["10.40.0.0/20"], groups = [] }
  }
  destinations = distinct(flatten([for network in local.networks : network.cidrs]))
  routes = {
    for pair in setproduct(keys(aws_subnet.vpn), local.destinations) :
    "${pair[0]}/${pair[1]}" => { subnet = pair[0], cidr = pair[1] }
  }
  grants = flatten([
    for name, network in local.networks : [
      for cidr in network.cidrs : [
        for group in length(network.groups) > 0 ? network.groups : [null] : {
          key   = join(":", compact([name, cidr, group]))
          cidr  = cidr
          group = group
        }
      ]
    ]
  ])
}

resource "aws_vpc" "vpn" {
  cidr_block = "10.29.0.0/16"
}

resource "aws_subnet" "vpn" {
  for_each = { for index, zone in ["a", "b"] : zone => { index = index, zone = "eu-west-1${zone}" } }

  vpc_id            = aws_vpc.vpn.id
  cidr_block        = cidrsubnet(aws_vpc.vpn.cidr_block, 8, each.value.index + 10)
  availability_zone = each.value.zone
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  client_cidr_block      = "172.30.0.0/20"
  split_tunnel           = true
  dns_servers            = [for network in ["shared", "data"] : cidrhost(local.networks[network].cidrs[0], 2)]
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
  for_each = aws_subnet.vpn

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = each.value.id
}

resource "aws_ec2_client_vpn_route" "this" {
  for_each = local.routes

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = each.value.cidr
  target_vpc_subnet_id   = aws_ec2_client_vpn_network_association.this[each.value.subnet].subnet_id
  description            = format("%-12s via %s", each.value.cidr, upper(each.value.subnet))
}

resource "aws_ec2_client_vpn_authorization_rule" "this" {
  for_each = { for grant in local.grants : grant.key => grant }

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = each.value.cidr
  access_group_id        = each.value.group
  authorize_all_groups   = each.value.group == null ? true : null
  description            = each.key
}
