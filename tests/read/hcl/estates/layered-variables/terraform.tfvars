environment = "dev"
cidr        = "10.60.0.0/16"
untyped     = 7
banner      = null
