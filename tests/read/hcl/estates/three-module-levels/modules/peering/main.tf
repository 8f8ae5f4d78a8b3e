variable "ends" {
  type = map(object({ vpc_id = string, cidr = string, tables = list(string) }))
}

variable "pairs" {
  type = list(tuple([string, string]))
}

locals {
  named = { for pair in var.pairs : join("-", pair) => { from = var.ends[pair[0]], to = var.ends[pair[1]] } }
}

resource "aws_vpc_peering_connection" "this" {
  for_each = local.named

  vpc_id      = each.value.from.vpc_id
  peer_vpc_id = each.value.to.vpc_id
  auto_accept = true
}

resource "aws_route" "there" {
  for_each = { for name, pair in local.named : name => pair.to.cidr }

  route_table_id            = local.named[each.key].from.tables[0]
  destination_cidr_block    = each.value
  vpc_peering_connection_id = aws_vpc_peering_connection.this[each.key].id
}
