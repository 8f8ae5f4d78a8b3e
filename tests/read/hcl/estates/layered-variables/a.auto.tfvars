environment = "stage"
dns         = ["10.60.0.53"]
