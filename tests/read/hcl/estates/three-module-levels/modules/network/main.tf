variable "cidr" {
  type = string
}

variable "subnets" {
  type = map(string)
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
}

resource "aws_subnet" "this" {
  for_each = var.subnets

  vpc_id            = aws_vpc.this.id
  cidr_block        = each.value
  availability_zone = "eu-west-1${each.key}"
}

resource "aws_route_table" "this" {
  for_each = aws_subnet.this
  vpc_id   = each.value.vpc_id
}

resource "aws_route_table_association" "this" {
  for_each = aws_subnet.this

  subnet_id      = each.value.id
  route_table_id = aws_route_table.this[each.key].id
}

output "vpc" {
  value = { id = aws_vpc.this.id, cidr = aws_vpc.this.cidr_block }
}

output "subnet_ids" {
  value = { for zone, subnet in aws_subnet.this : zone => subnet.id }
}

output "route_tables" {
  value = values(aws_route_table.this)[*].id
}

output "resolver" {
  value = cidrhost(aws_vpc.this.cidr_block, 2)
}
