variable "cidr" {
  type = string
}

resource "aws_vpc" "hub" {
  cidr_block = var.cidr
}

resource "aws_route_table" "hub" {
  vpc_id = aws_vpc.hub.id

  dynamic "route" {
    for_each = toset(["10.90.0.0/16", "10.91.0.0/16"])
    content {
      cidr_block = route.value
      gateway_id = aws_internet_gateway.hub.id
    }
  }
}

resource "aws_internet_gateway" "hub" {
  vpc_id = aws_vpc.hub.id
}

output "vpc_id" {
  value = aws_vpc.hub.id
}

output "cidr" {
  value = aws_vpc.hub.cidr_block
}
