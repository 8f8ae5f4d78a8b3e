variable "subnets" {
  type    = list(string)
  default = ["10.110.0.0/24", "10.110.1.0/24", "10.110.2.0/24"]
}

variable "create_nat" {
  type    = bool
  default = false
}

variable "existing_vpc_id" {
  type    = string
  default = ""
}

locals {
  create_vpc = var.existing_vpc_id == ""
  vpc_id     = local.create_vpc ? aws_vpc.this[0].id : var.existing_vpc_id
  public     = [for index, cidr in var.subnets : cidr if index % 2 == 0]
  vpn_count  = min(2, length(var.subnets))
}

resource "aws_vpc" "this" {
  count      = local.create_vpc ? 1 : 0
  cidr_block = "10.110.0.0/16"
}

resource "aws_subnet" "this" {
  count = length(var.subnets)

  vpc_id                  = local.vpc_id
  cidr_block              = var.subnets[count.index]
  availability_zone       = "eu-west-1${["a", "b"][count.index % 2]}"
  map_public_ip_on_launch = contains(local.public, var.subnets[count.index])
}

resource "aws_eip" "nat" {
  count  = var.create_nat ? 1 : 0
  domain = "vpc"
}

resource "aws_nat_gateway" "this" {
  count         = var.create_nat ? 1 : 0
  allocation_id = one(aws_eip.nat[*].id)
  subnet_id     = aws_subnet.this[0].id
}

resource "aws_route_table" "this" {
  count  = local.vpn_count
  vpc_id = local.vpc_id
}

resource "aws_route" "nat" {
  count = var.create_nat ? local.vpn_count : 0

  route_table_id         = element(aws_route_table.this[*].id, count.index)
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = try(aws_nat_gateway.this[0].id, null)
}

resource "aws_route_table_association" "this" {
  count = local.vpn_count

  subnet_id      = aws_subnet.this.*.id[count.index]
  route_table_id = aws_route_table.this[count.index].id
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  count = local.vpn_count > 0 ? 1 : 0

  client_cidr_block      = "172.23.0.0/20"
  split_tunnel           = length(aws_nat_gateway.this) == 0
  dns_servers            = [for vpc in aws_vpc.this : cidrhost(vpc.cidr_block, 2)]
  vpc_id                 = local.vpc_id
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
  count = local.vpn_count

  client_vpn_endpoint_id = join("", aws_ec2_client_vpn_endpoint.this[*].id)
  subnet_id              = element(aws_subnet.this.*.id, count.index)
}

resource "aws_ec2_client_vpn_route" "internet" {
  count = var.create_nat ? local.vpn_count : 0

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this[0].id
  destination_cidr_block = "0.0.0.0/0"
  target_vpc_subnet_id   = aws_ec2_client_vpn_network_association.this[count.index].subnet_id
}

resource "aws_ec2_client_vpn_authorization_rule" "vpc" {
  for_each = toset([for subnet in aws_subnet.this : subnet.cidr_block if subnet.map_public_ip_on_launch])

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this[0].id
  target_network_cidr    = each.value
  authorize_all_groups   = true
}
