variable "name" {
  type = string
}

variable "site" {
  type = object({
    cidr    = string
    zones   = list(string)
    vpn     = object({ split = bool, clients = string })
    newbits = number
    clients = string
  })
}

module "network" {
  source = "../network"

  cidr    = var.site.cidr
  subnets = { for index, zone in var.site.zones : zone => cidrsubnet(var.site.cidr, var.site.newbits, index) }
}

module "vpn" {
  source = "../vpn"

  name       = "${var.name}-vpn"
  vpc_id     = module.network.vpc.id
  subnet_ids = module.network.subnet_ids
  clients    = var.site.clients
  split      = var.site.vpn.split
  servers    = [module.network.resolver]
  reachable  = toset([module.network.vpc.cidr])
}

output "vpc" {
  value = module.network.vpc
}

output "route_tables" {
  value = module.network.route_tables
}

output "dns_servers" {
  value = module.vpn.servers
}
