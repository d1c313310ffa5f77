"""Controls that no metric may be fooled by."""
