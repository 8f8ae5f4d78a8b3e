locals {
  settings = yamldecode(file("${path.module}/config/settings.yaml"))
  networks = jsondecode(file("config/networks.json"))
  people   = csvdecode(file("${path.root}/config/people.csv"))
  files    = sort(fileset(path.module, "config/*"))
  merged   = merge(local.settings.defaults, [for set in local.settings.sets : set.values if set.enabled]...)
  groups   = { for person in local.people : person.team => person.name... }
  zones    = zipmap(local.settings.zones, range(length(local.settings.zones)))
  banner   = templatefile("${path.module}/config/banner.tftpl", { groups = local.groups, title = title(local.merged.name) })
  parsed   = regex("^(?P<net>[0-9.]+)/(?P<bits>\\d+)$", local.networks[0].cidr)
}

resource "aws_vpc" "this" {
  cidr_block           = local.networks[0].cidr
  enable_dns_hostnames = lookup(local.merged, "hostnames", false)
  enable_dns_support   = tobool(local.merged.support)
  tags = {
    Name    = replace(lower(local.merged.name), "/[^a-z]+/", "-")
    Files   = join(" ", local.files)
    Bits    = local.parsed.bits
    Mask    = cidrnetmask(local.networks[0].cidr)
    Hash    = substr(sha256(local.merged.name), 0, 8)
    Padded  = format("%05d|%x|%.2f|%q", 42, 255, 1.005, "q")
    Days    = length(setsubtract(local.settings.zones, ["b"]))
    Chunks  = jsonencode(chunklist(local.settings.zones, 2))
    Largest = max([for network in local.networks : tonumber(split("/", network.cidr)[1])]...)
    Sorted  = join(",", reverse(sort([for person in local.people : person.name])))
  }
}

resource "aws_subnet" "this" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(local.networks[0].cidr, 4, each.value)
  availability_zone = join("", ["eu-west-1", each.key])
  tags = {
    Range = "${cidrhost(cidrsubnet(local.networks[0].cidr, 4, each.value), 0)}-${cidrhost(cidrsubnet(local.networks[0].cidr, 4, each.value), -1)}"
  }
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  client_cidr_block      = local.networks[1].cidr
  dns_servers            = [for offset in local.merged.resolvers : cidrhost(local.networks[0].cidr, offset)]
  split_tunnel           = local.merged.split == "yes"
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }
  connection_log_options {
    enabled = false
  }
  client_login_banner_options {
    enabled     = true
    banner_text = local.banner
  }
}

resource "aws_ec2_client_vpn_authorization_rule" "this" {
  for_each = { for team, names in local.groups : team => length(names) }

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = local.networks[0].cidr
  access_group_id        = "${each.key}-${each.value}"
  description            = <<-EOT
    %{for name in local.groups[each.key]~}
    ${name}
    %{endfor~}
    end
  EOT
}
