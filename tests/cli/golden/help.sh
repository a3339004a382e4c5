convlens --help
convlens plan --help
convlens list policies
convlens list variants
