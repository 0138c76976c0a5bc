"""The cycle: features, value, risk, reasons, current scores."""
