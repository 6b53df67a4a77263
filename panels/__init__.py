"""What an artist sees, one file per place; they only draw what the bridge knows."""
