variable "name" {
  type    = string
  default = "core"
}

variable "enabled" {
  default = true
}

variable "cidrs" {
  type    = list(string)
  default = ["10.0.0.0/16", "10.1.0.0/16"]
}

variable "ports" {
  type    = set(number)
  default = [443, 53, 80]
}

variable "subnets" {
  type = map(object({
    cidr   = string
    zone   = optional(string, "a")
    public = optional(bool, false)
    tags   = optional(map(string), {})
    extra = optional(object({
      size = optional(number, 24)
      name = optional(string)
    }), {})
  }))
  default = {
    b = { cidr = "10.0.1.0/24", zone = "b" }
    a = { cidr = "10.0.0.0/24", public = true, tags = { team = "net" }, extra = { name = "x" } }
  }
}

variable "nothing" {
  type    = string
  default = null
}

variable "strict" {
  type     = string
  default  = "fallback"
  nullable = false
}

variable "numbers_as_text" {
  type    = list(number)
  default = ["1", "2.50", 3]
}

variable "anything" {
  type    = any
  default = { list = [1, "a"], map = { x = 1 } }
}

variable "pair" {
  type    = tuple([string, number])
  default = ["one", "2"]
}

variable "old_style" {
  type    = list(any)
  default = ["x"]
}

locals {
  one   = 1
  text  = "text"
  list  = ["a", "b", "c"]
  map   = { k1 = "v1", k2 = "v2" }
  deep  = { a = [{ b = { c = [10, 20] } }] }
  users = [{ name = "ann", groups = ["x", "y"] }, { name = "bob", groups = [] }]
  empty = []
  chain = local.second
  second = "${local.text}-${local.one}"
  null_list = var.nothing == null ? [] : [var.nothing]
  heredoc = <<-EOT
    server ${var.name}
      indented
    %{ for c in var.cidrs ~}
    net ${c}
    %{ endfor ~}
    end
  EOT
}
