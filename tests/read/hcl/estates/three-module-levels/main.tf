variable "sites" {
  type = map(object({
    cidr    = string
    zones   = optional(list(string), ["a", "b"])
    vpn     = optional(object({ split = optional(bool, true), clients = optional(string) }), {})
    newbits = optional(number, 8)
  }))
  default = {
    dublin = { cidr = "10.20.0.0/16" }
    cork = {
      cidr = "10.21.0.0/16"
      vpn  = { split = false, clients = "172.20.0.0/20" }
    }
  }
}

locals {
  clients = { for index, name in sort(keys(var.sites)) : name => cidrsubnet("172.16.0.0/12", 10, index) }
}

module "platform" {
  source   = "./modules/platform"
  for_each = var.sites

  name = each.key
  site = merge(each.value, {
    clients = coalesce(each.value.vpn.clients, local.clients[each.key])
  })
}

module "peering" {
  source = "./modules/peering"

  ends  = { for name, platform in module.platform : name => { vpc_id = platform.vpc.id, cidr = platform.vpc.cidr, tables = platform.route_tables } }
  pairs = [["cork", "dublin"]]
}

output "dns" {
  value = { for name, platform in module.platform : name => platform.dns_servers }
}
