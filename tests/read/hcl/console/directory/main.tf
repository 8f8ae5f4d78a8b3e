# Where the recorded expressions are evaluated: what functions of files and `templatestring` need.
locals {
  template = "x=$${x}%%{ if y } y%%{ endif }"
  broken   = "$${x"
  text     = "text"
  numbers  = [1, 2, 3]
  subnets = {
    a = { cidr = "10.0.1.0/24", public = true }
    b = { cidr = "10.0.2.0/24", public = false }
  }
}
